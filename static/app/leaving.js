/**
 * What goes from this phone when its user logs out, or when the office has blocked it: everything that is not here alone, and
 * with it the key that opened it.
 *
 * Decides what is here alone: entries that the server has not acknowledged, and photos of entries that no receipt has named. They
 * come under a key of their own, and wait for their author. Does not decide when somebody leaves (session.js), nor
 * whether a blocked phone has delivered (sender.js). Safe to be killed at any moment, and to be done again. Invariant: what the
 * server has not acknowledged is not removed; what is removed cannot be read with what stays.
 */

import { sealEntries, sealFiles } from "./takeover.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Tables} Tables */
/** @typedef {{entries: number, photos: number}} Left */

/** What tells nothing of anybody, and makes this phone the same device when its user is back. */
const KEPT = ["device", "keys", "enrolling", "receipt_key", "lifeboat_key", "epoch", "logs", "ends"];

/**
 * @param {Store} store
 * @returns {Promise<Left>} what had to stay
 */
export function emptyStore(store) {
  const locks = globalThis.navigator?.locks;
  const work = () => emptyNow(store);
  // Two at once would take the key from under each other again and again.
  return locks ? locks.request(`fieldsvc-emptying-${store.name}`, work) : work();
}

/** @param {Store} store @returns {Promise<Left>} */
async function emptyNow(store) {
  for (;;) {
    const under = await store.vault.change();
    await sealEntries(store, ({ acked }) => acked === 0);
    await sealFiles(store, await store.read(["files", "bytes", "facts"], onlyHere));
    const left = await store.write(["log", "visits", "files", "bytes", "drafts", "facts"], (t) =>
      empty(t, store, under),
    );
    if (left) return left;
  }
}

/** Whether nothing is here alone but photos that the server has refused, which no waiting will change. @param {Store} store @returns {Promise<boolean>} */
export function isDelivered(store) {
  return store.read(["log", "files", "bytes", "facts"], async (t) => {
    if (await t.log.where("acked").equals(0).count()) return false;
    const files = await t.files.bulkGet(await onlyHere(t));
    return files.every((file) => file?.state === "failed");
  });
}

/** The photos of entries that no receipt of the present epoch has named, and that are whole enough to be here. @param {Tables} t @returns {Promise<string[]>} digests */
async function onlyHere(t) {
  const epoch = (await t.facts.get("epoch"))?.value;
  const here = new Set(await t.bytes.toCollection().primaryKeys());
  const files = await t.files.toArray();
  const own = files.filter(
    ({ op, state, held_in, sha256 }) => op && state !== "removed" && !(epoch && held_in === epoch) && here.has(sha256),
  );
  return own.filter(({ error }) => error !== "photo_damaged").map(({ sha256 }) => sha256);
}

/**
 * @param {Tables} t
 * @param {Store} store
 * @param {string} under  the key that what stays lies under
 * @returns {Promise<Left | null>} null: something was written meanwhile, or another tab does the same
 */
async function empty(t, store, under) {
  const photos = await onlyHere(t);
  const entries = await t.log.where("acked").equals(0).toArray();
  const bytes = await t.bytes.bulkGet(photos);
  const [ring, ...sealed] = [(await t.facts.get("vault"))?.value, ...entries, ...bytes];
  if (ring?.current !== under || sealed.some((row) => row?.vault !== under)) return null;
  await noteEnds(t);
  await t.log.where("acked").equals(1).delete();
  const stays = new Set(photos);
  for (const table of [t.files, t.bytes]) {
    await table.bulkDelete((await table.toCollection().primaryKeys()).filter((sha256) => !stays.has(sha256)));
  }
  await Promise.all([t.visits.clear(), t.drafts.clear()]);
  const facts = await t.facts.toCollection().primaryKeys();
  await t.facts.bulkDelete(facts.filter((key) => key !== "vault" && !KEPT.includes(key)));
  await store.vault.destroy(t, sealed.length > 0);
  return { entries: entries.length, photos: photos.length };
}

/** The numbers and links of the logs go on where they were. @param {Tables} t */
async function noteEnds(t) {
  const ends = { ...(await t.facts.get("ends"))?.value };
  for (const { device, seq, chain } of await t.log.where("acked").equals(1).toArray()) {
    if (seq > (ends[device]?.seq ?? 0)) ends[device] = { seq, chain };
  }
  const going = (await t.log.where("acked").equals(0).toArray()).map(({ device }) => device);
  const used = new Set([(await t.facts.get("device"))?.value.id, ...going]);
  const value = Object.fromEntries(Object.entries(ends).filter(([device]) => used.has(device)));
  await t.facts.put({ key: "ends", value });
}
