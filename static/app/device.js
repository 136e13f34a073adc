/**
 * This browser as an enrolled device: its id, its short code and its key.
 *
 * Decides how a device id is enrolled (the first log-in; a copied or restored phone) and signs the chain. The private
 * key is made not extractable: not even this code can read it. Knows nothing of what is signed. Invariants: the key pair
 * is on disk before the server hears of it, so that an enrolment whose answer is lost can be repeated; nobody but the
 * owner of the log enrols it.
 */

import { fromHex, toBase64Url } from "./chain.js";
import { isFinished, moveToDevice } from "./custody.js";
import { newId } from "./log.js";
import { ApiProblem, StorageProblem } from "./problems.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./api.js").Api} Api */

/**
 * @typedef {object} Device
 * @property {string} id
 * @property {string} code  short, for people and document numbers: D07
 */

const CURVE = { name: "ECDSA", namedCurve: "P-256" };

/**
 * Give the device of this user on this phone, enrolling it on the first log-in. Needs the network only then.
 *
 * @param {Store} store
 * @param {Api} api
 * @returns {Promise<Device>}
 */
export async function ensureDevice(store, api) {
  const known = await store.fact("device");
  if (known) return known;
  const { device, receiptKey, lifeboatKey } = await enrol(store, api);
  await store.write(["facts"], async (t) => {
    await t.facts.bulkPut([
      { key: "device", value: device },
      { key: "receipt_key", value: receiptKey },
      { key: "lifeboat_key", value: lifeboatKey },
    ]);
    await t.facts.delete("enrolling");
  });
  return device;
}

/**
 * Enrol a new id and give it everything of a log that the server has not acknowledged (a copied phone, or a log with a
 * hole).
 *
 * @param {Store} store
 * @param {Api} api
 * @param {string} from  the device id of that log
 * @returns {Promise<string | null>} the new id; null when there is nothing to give, now or later
 */
export async function replaceDevice(store, api, from) {
  if (await isFinished(store, from)) return null;
  const { device } = await enrol(store, api);
  await moveToDevice(store, from, device);
  return device.id;
}

/**
 * Tell the server of a device again: one restored from an older backup may never have heard of it, and one whose key for
 * receipts has changed says the new one.
 *
 * @param {Store} store
 * @param {Api} api
 * @param {string} id
 * @returns {Promise<boolean>} false: the id belongs to another phone there
 */
export async function enrolAgain(store, api, id) {
  await needOwner(store, api);
  try {
    const told = await api.enrol({ id, name: phoneName(), public_key: await publicKey(store) });
    await store.setFact("receipt_key", told.receipt_key ?? null);
    await store.setFact("lifeboat_key", told.lifeboat_key ?? null);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "device_exists") return false;
    throw error;
  }
}

/**
 * Sign the last link of the chain.
 *
 * @param {Store} store
 * @param {string} chain  hex
 * @returns {Promise<{chain: string, sig: string}>} the proof that a sync request carries
 */
export async function prove(store, chain) {
  const { privateKey } = await keys(store);
  const signed = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, fromHex(chain));
  return { chain, sig: toBase64Url(new Uint8Array(signed)) };
}

/**
 * Enrol a new id, or the one whose enrolment was begun and perhaps not answered.
 *
 * @param {Store} store
 * @param {Api} api
 */
async function enrol(store, api) {
  const public_key = await publicKey(store);
  const [present, begun] = [await store.fact("device"), await store.fact("enrolling")];
  let id = begun && begun !== present?.id ? begun : newId();
  for (;;) {
    await needOwner(store, api);
    await store.setFact("enrolling", id);
    try {
      const answer = await api.enrol({ id, name: phoneName(), public_key });
      const named = typeof answer.device === "object" ? answer.device.code : undefined;
      const [receiptKey, lifeboatKey] = [answer.receipt_key ?? null, answer.lifeboat_key ?? null];
      return { device: { id, code: answer.code ?? named ?? "" }, receiptKey, lifeboatKey };
    } catch (error) {
      if (!(error instanceof ApiProblem && error.code === "device_exists")) throw error;
      id = newId();
    }
  }
}

/**
 * See that the owner of this log is logged in: whoever has borrowed the phone must not enrol it as theirs.
 *
 * @param {Store} store
 * @param {Api} api
 * @returns {Promise<void>} throws `not_your_device`
 */
async function needOwner(store, api) {
  const { user } = await api.me();
  if (user.id !== store.owner) throw new ApiProblem(403, "not_your_device");
}

/** @param {Store} store */
async function publicKey(store) {
  const pair = await keys(store); // first: on an address that is not secure it says so, where crypto.subtle is missing
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty, crv, x, y };
}

/**
 * @param {Store} store
 * @returns {Promise<CryptoKeyPair>}
 */
async function keys(store) {
  const held = await store.fact("keys");
  if (held) return held;
  if (!crypto.subtle) throw new StorageProblem("not_secure");
  const made = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  // Two tabs may get here at once: the first pair on disk is the phone's.
  return store.write(["facts"], async (t) => {
    const first = await t.facts.get("keys");
    if (first) return first.value;
    await t.facts.add({ key: "keys", value: made });
    return made;
  });
}

function phoneName() {
  const agent = globalThis.navigator?.userAgent ?? "";
  const system = /iPhone|iPad|Android|Windows|Macintosh|Linux/.exec(agent)?.[0] ?? "";
  const browser = /MicroMessenger|HuaweiBrowser|Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? "";
  return [system, browser].filter(Boolean).join(" ") || "phone";
}
