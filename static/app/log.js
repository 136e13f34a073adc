/**
 * This phone's log: what is written at the door, numbered 1, 2, 3 … and never changed.
 *
 * Decides an op's number, id, time and base. Does not decide what the server holds of it (custody.js), does not send
 * (exchange.js) and does not show (overlay.js). A link of the chain needs an asynchronous hash, which an IndexedDB
 * transaction does not outlive; so the link is computed first and the transaction checks that the log still ends where
 * it did, else it is computed again. Invariant: the log of a device has no gap and no fork, whatever two tabs do at once.
 */

import { canonical, chainNext, chainStart } from "./chain.js";
import { StorageProblem } from "./problems.js";
import { openEntries, sealEntry, versionOf } from "./sealed.js";
import { KeyChanged } from "./vault.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Op} Op */
/** @typedef {import("./store.js").LogRow} LogRow */
/** @typedef {import("./store.js").StoredEntry} StoredEntry */
/** @typedef {import("./store.js").Tables} Tables */

/** How long acknowledged entries and photos stay on the phone, in case the server is restored from a backup. */
export const KEEP_MS = 30 * 24 * 3600 * 1000;

/** Where new ops go: the number and the link to follow. @typedef {{device: string, seq: number, chain: string}} Tip */

/** Where an op of a visit goes, and what it is based on. @typedef {{tip: Tip, visit: string, base: number}} Place */

/** Longer than any entry a person writes, and short enough that one entry always fits in a request (lesson 12). */
const LONGEST_ENTRY = 500_000;

/** @type {WeakMap<Store, Promise<unknown>>} appends of this tab wait for each other instead of racing */
const queues = new WeakMap();

/**
 * What could not be written, by content, with the id it had: a browser that lost its database may still finish a write
 * after it was given up, and saving the same again must then find it instead of doubling it.
 *
 * @type {WeakMap<Store, Map<string, string>>}
 */
const unsure = new WeakMap();

/**
 * Where the last op of this tab left its log. The next one mostly goes right behind it, so that it can be made without asking
 * the disk first; the transaction that writes it sees whether that is so.
 *
 * @type {WeakMap<Store, Place>}
 */
const places = new WeakMap();

/**
 * What is written with an op, in one transaction: the bytes of a photo that the op names.
 *
 * @typedef {{vault: string, write: (tables: Tables) => Promise<void>}} Ready  sealed, under that key
 * @typedef {{tables: import("./store.js").TableName[], seal: (store: Store) => Promise<Ready>}} Alongside
 *
 * @typedef {{visit: string, kind: string, data?: Record<string, any>, alongside?: Alongside}} What
 */

/**
 * Write one op to the log; it is on disk when this resolves.
 *
 * The photos and signature images that the op names (`sha256`, `image`, `photo`) become due for sending in the same
 * transaction.
 *
 * @param {Store} store
 * @param {What} what
 * @returns {Promise<Op>}
 */
export function append(store, what) {
  const before = queues.get(store) ?? Promise.resolve();
  const appended = before.then(
    () => appendNow(store, what),
    () => appendNow(store, what),
  );
  queues.set(store, appended);
  return appended;
}

/**
 * @param {Store} store
 * @param {What} what
 * @returns {Promise<Op>}
 */
async function appendNow(store, { visit, kind, data = {}, alongside }) {
  const said = wellFormed(data);
  const content = canonical({ visit, kind, data: said });
  if (content.length > LONGEST_ENTRY) throw new StorageProblem("too_long");
  const before = unsure.get(store) ?? new Map();
  unsure.set(store, before);
  const earlier = before.get(content);
  const id = earlier ?? newId();
  before.set(content, id);
  const entry = { id, visit, kind, data: said, isRepeat: Boolean(earlier) };
  const op = await store.vault.again(() => write(store, entry, alongside));
  before.delete(content);
  return op;
}

/**
 * @param {Store} store
 * @param {{id: string, visit: string, kind: string, data: Record<string, any>, isRepeat: boolean}} what
 * @param {Alongside} [alongside]
 * @returns {Promise<Op>}
 */
async function write(store, { id, visit, kind, data, isRepeat }, alongside) {
  const at = localInstant(new Date());
  const beside = await alongside?.seal(store);
  for (;;) {
    const known = places.get(store);
    places.delete(store);
    const place =
      known?.visit === visit ? known : await store.read(["log", "visits", "facts"], (t) => placeOf(t, visit));
    const { tip, base } = place;
    const op = { id, seq: tip.seq + 1, visit, kind, at, base, data };
    const text = canonical(op);
    const head = { id, device: tip.device, seq: op.seq, visit, made_at: Date.now() };
    const follow = async () => chainNext(tip.chain || (await chainStart(tip.device)), text);
    const [chain, sealed] = await Promise.all([follow(), sealEntry(store, head, text)]);
    if (beside && beside.vault !== sealed.vault) throw new KeyChanged();
    /** @type {StoredEntry & {vault: string}} */
    const row = { ...head, ...sealed, chain, acked: 0, settled: 0 };
    const put = { tables: alongside?.tables, beside };
    const there = await putAt(store, place, { row, op }, { isRepeat, ...put });
    if (there === row) places.set(store, { ...place, tip: { device: tip.device, seq: op.seq, chain } });
    if (there) return there === row ? op : (await openEntries(store, [there]))[0].op;
  }
}

/**
 * @param {Store} store
 * @param {Place} place  where the log ended, and which version of the visit was here, when the row was made
 * @param {{row: StoredEntry & {vault: string}, op: Op}} entry
 * @param {{isRepeat: boolean, tables?: import("./store.js").TableName[], beside?: Ready}} how  `isRepeat`: an entry of this id may be there
 * @returns {Promise<StoredEntry | null>} the one that is there; null when the log ends elsewhere now
 */
function putAt(store, place, { row, op }, { isRepeat, tables = [], beside }) {
  const own = /** @type {const} */ (["log", "visits", "facts", "files"]);
  let tries = 0;
  const put = async (/** @type {Tables} */ t) => {
    tries += 1;
    const before = isRepeat || tries > 1 ? t.log.get(row.id) : undefined;
    const [through, now] = await Promise.all([before, placeOf(t, row.visit, place.tip.device)]);
    if (through) return through; // a replay after a lost connection: it did get through
    if (canonical(now) !== canonical(place)) return null;
    await t.log.add(row);
    await beside?.write(t);
    for (const sha of digestsIn(op)) await t.files.update(sha, { op: row.id, visit: row.visit });
    if (op.kind === "photo.remove") {
      const file = await t.files.get(op.data.sha256);
      if (file?.state === "failed") await t.files.update(file.sha256, { state: "removed" });
    }
    return row;
  };
  return store.write([...own, ...tables], put, { bulky: Boolean(beside), under: row.vault });
}

/**
 * @param {Tables} t  with log, visits and facts
 * @param {string} visit
 * @param {string} [likely]  the id under which this phone mostly writes: its log is looked at without waiting for the answer
 * @returns {Promise<Place>}
 */
async function placeOf(t, visit, likely = "") {
  const [present, held, end] = await Promise.all([t.facts.get("device"), t.visits.get(visit), lastOf(t, likely)]);
  const device = present?.value.id;
  if (!device) throw new Error("the log needs an enrolled device");
  const last = device === likely ? end : await lastOf(t, device);
  const tip = { device, seq: last?.seq ?? 0, chain: last?.chain ?? "" };
  return { tip, visit, base: versionOf(held) };
}

/** Where what a log-out let go of a log ended. @typedef {{seq: number, chain: string}} End */

/** @param {Tables} t  with facts @param {string} device @returns {Promise<End | undefined>} */
export async function endLetGo(t, device) {
  return (await t.facts.get("ends"))?.value[device];
}

/** The end of a log, be that entry still here or not. @param {Tables} t  with log and facts @param {string} device @returns {Promise<End | undefined>} */
export async function lastOf(t, device) {
  const last = await t.log.where("[device+seq]").between([device, 0], [device, Infinity]).last();
  return last ?? endLetGo(t, device);
}

/** An entry's link in the chain, or that of the last one let go. @param {Tables} t  with log and facts @param {string} device @param {number} seq */
export async function linkAt(t, device, seq) {
  const row = await t.log.where("[device+seq]").equals([device, seq]).first();
  if (row) return row.chain;
  const end = await endLetGo(t, device);
  return end?.seq === seq ? end.chain : undefined;
}

/**
 * The digests of photos and signature images that an op refers to.
 *
 * @param {Op} op
 * @returns {string[]}
 */
export function digestsIn(op) {
  if (op.kind === "photo.remove") return [];
  return ["sha256", "image", "photo"].map((name) => op.data[name]).filter((value) => typeof value === "string");
}

/**
 * All ops the server has not acknowledged, in the order in which they were made.
 *
 * @param {Store} store
 * @returns {Promise<LogRow[]>}
 */
export async function unacked(store) {
  return openEntries(store, await store.read(["log", "facts"], (t) => asWritten(t, "acked")));
}

/** How many they are. @param {Store} store @returns {Promise<number>} */
export function countUnacked(store) {
  return store.read(["log"], (t) => t.log.where("acked").equals(0).count());
}

/**
 * All ops whose fate is not yet in the pulled documents, in the order in which they were made.
 *
 * @param {Tables} t  log and facts
 * @returns {Promise<StoredEntry[]>}  closed: no transaction outlives a cipher
 */
export function unsettled(t) {
  return asWritten(t, "settled");
}

/**
 * A log has its own order; of several logs the present one is the newest, and the others go by when they began.
 *
 * @param {Tables} t
 * @param {"acked" | "settled"} lacking
 * @returns {Promise<StoredEntry[]>}
 */
async function asWritten(t, lacking) {
  const [device, rows] = await Promise.all([t.facts.get("device"), t.log.where(lacking).equals(0).toArray()]);
  const present = device?.value.id;
  /** @type {Map<string, number>} */
  const began = new Map();
  for (const { device, made_at } of rows) began.set(device, Math.min(made_at, began.get(device) ?? Infinity));
  began.set(present, Infinity);
  const order = [...began.keys()].sort((a, b) => Number(began.get(a)) - Number(began.get(b)));
  const place = new Map(order.map((device, n) => [device, n]));
  return rows.sort((a, b) => Number(place.get(a.device)) - Number(place.get(b.device)) || a.seq - b.seq);
}

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits.
 *
 * @returns {string}
 */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(Date.now()) << 16n) | BigInt((bytes[6] << 8) | bytes[7]));
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * An instant as this phone's clock and zone say it: `2026-11-21T09:12:33.123+08:00` (lesson 17).
 *
 * @param {Date} when
 * @returns {string}
 */
export function localInstant(when) {
  const ahead = -when.getTimezoneOffset();
  const local = new Date(when.getTime() + ahead * 60_000).toISOString().slice(0, 23);
  const two = (/** @type {number} */ n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  return `${local}${ahead < 0 ? "-" : "+"}${two(ahead / 60)}:${two(ahead % 60)}`;
}

/**
 * Give data as it will be on the wire: no undefined members, and half characters (a text cut inside an emoji) replaced.
 *
 * @param {Record<string, any>} data
 * @returns {Record<string, any>}
 */
function wellFormed(data) {
  return JSON.parse(JSON.stringify(data), (_name, value) =>
    typeof value === "string" ? value.replace(/\p{Surrogate}/gu, "\u{fffd}") : value,
  );
}
