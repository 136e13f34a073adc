/**
 * This browser as an enrolled device: its id, its short code and its key.
 *
 * Decides when a new device id is needed (the first log-in; a copied or restored phone) and signs the chain. The
 * private key is made not extractable: not even this code can read it. Knows nothing of what is signed. Invariant: the
 * key pair is on disk before the server hears of it, so that an enrolment whose answer is lost can be repeated.
 */

import { fromHex, toBase64Url } from "./chain.js";
import { moveToDevice, newId } from "./log.js";
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
  const { device, epoch, acked, receiptKey } = await enrol(store, api, (await store.fact("enrolling")) ?? newId());
  await store.write(["facts"], async (t) => {
    await t.facts.bulkPut([
      { key: "device", value: device },
      { key: "epoch", value: epoch },
      { key: "acked_seq", value: acked },
      { key: "sent_seq", value: acked },
      { key: "receipt_key", value: receiptKey },
    ]);
    await t.facts.delete("enrolling");
  });
  return device;
}

/**
 * Enrol under a new id and move every unacknowledged op there (a copied phone, or a log with a hole).
 *
 * @param {Store} store
 * @param {Api} api
 * @returns {Promise<Device>}
 */
export async function replaceDevice(store, api) {
  const { device, epoch } = await enrol(store, api, newId());
  await moveToDevice(store, device, epoch);
  return device;
}

/**
 * Tell the server of this device again: one restored from an older backup may never have heard of it, and one whose
 * key for receipts has changed says the new one.
 *
 * @param {Store} store
 * @param {Api} api
 * @returns {Promise<void>}
 */
export async function enrolAgain(store, api) {
  const { id } = await store.fact("device");
  const { receipt_key } = await api.enrol({ id, name: phoneName(), public_key: await publicKey(store) });
  await store.setFact("receipt_key", receipt_key ?? null);
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
 * @param {Store} store
 * @param {Api} api
 * @param {string} id
 */
async function enrol(store, api, id) {
  const public_key = await publicKey(store);
  for (;;) {
    await store.setFact("enrolling", id);
    try {
      const answer = await api.enrol({ id, name: phoneName(), public_key });
      const named = typeof answer.device === "object" ? answer.device.code : undefined;
      const device = { id, code: answer.code ?? named ?? "" };
      return { device, epoch: answer.epoch, acked: answer.acked_seq ?? 0, receiptKey: answer.receipt_key ?? null };
    } catch (error) {
      if (!(error instanceof ApiProblem && error.code === "device_exists")) throw error;
      id = newId();
    }
  }
}

/** @param {Store} store */
async function publicKey(store) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", (await keys(store)).publicKey);
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
