/**
 * How far the server holds each of this phone's logs.
 *
 * A phone has one log for each device id it has had: a copied phone gives what is not acknowledged to a new id, and keeps
 * the former log, because a server restored from a backup may need it again. Decides which entries count as
 * acknowledged, which logs have something to say or to ask, and what may be forgotten. Sends nothing (exchange.js).
 * Invariant: an entry is acknowledged when a genuine receipt of the present epoch names this log's own link at or beyond
 * it; nothing that is not acknowledged is ever removed.
 */

import { canonical, chainNext, chainStart } from "./chain.js";
import { KEEP_MS, lastOf, linkAt } from "./log.js";
import { openEntries, sealEntry } from "./sealed.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Tables} Tables */
/** @typedef {import("./store.js").LogRow} LogRow */
/** @typedef {import("./store.js").StoredEntry} StoredEntry */
/** @typedef {import("./receipt.js").Receipt} Receipt */

/**
 * @typedef {object} Standing  Of one log.
 * @property {number} acked  the server's chain was seen to be this log's up to here, in `epoch`
 * @property {string | undefined} epoch  when it is not the present one, the server is asked before anything is sent
 * @property {Receipt | null} receipt  the newest that speaks of this log
 *
 * @typedef {object} Custody  What a receipt has changed.
 * @property {boolean} isOurs  the server's chain is this log's
 * @property {boolean} isRestored  the server holds less than before, or another history
 * @property {boolean} isFurther  more is acknowledged than before
 * @property {boolean} isWaiting  the log goes on beyond what the server holds
 * @property {boolean} asksOthers  the logs under former ids have to be asked about too
 */

/** The server holds another log under this device id than this phone does, or the phone no longer has all of its own. */
export class Forked extends Error {}

/** @type {Standing} */
const UNHEARD = { acked: 0, epoch: undefined, receipt: null };

/**
 * The device ids of the logs that have something to say or to ask: former ones with entries that are not acknowledged in the
 * present epoch, in the order of their writing; the present one last, always.
 *
 * @param {Store} store
 * @returns {Promise<string[]>}
 */
export function openLogs(store) {
  return store.read(["log", "facts"], async (t) => {
    const present = await presentDevice(t);
    if (!present) throw new Error("an exchange needs an enrolled device");
    const logs = await standings(t);
    /** @type {string[]} */
    const open = [];
    for (const device of await formerDevices(t)) {
      if ((await lastSeq(t, device)) > (logs[device] ?? UNHEARD).acked) open.push(device);
    }
    return [...open, present];
  });
}

/**
 * The next entries of a log to send, from the first one that is not acknowledged; none before the server has been asked
 * how far it holds the log in the present epoch.
 *
 * @param {Store} store
 * @param {string} device
 * @param {number} limit
 * @returns {Promise<LogRow[]>} contiguous, ascending; throws Forked when what the server needs is no longer here
 */
export async function nextBatch(store, device, limit) {
  const rows = await store.read(["log", "facts"], async (t) => {
    const { acked, epoch } = (await standings(t))[device] ?? UNHEARD;
    if (epoch !== (await t.facts.get("epoch"))?.value) return [];
    const rows = await behind(t, device, acked).limit(limit).toArray();
    if (rows.length && rows[0].seq !== acked + 1) throw new Forked("the log has a hole");
    return rows;
  });
  return openEntries(store, rows);
}

/**
 * Take in whose the server's log is and how far it reaches.
 *
 * @param {Tables} t  with log and facts, in a transaction that writes
 * @param {Receipt} receipt  genuine
 * @param {string} start  the link before the log's first entry
 * @returns {Promise<Custody>}
 */
export async function takeCustody(t, receipt, start) {
  const { device, epoch, acked_seq, chain } = receipt;
  const isNew = await enterEpoch(t, epoch);
  const logs = await standings(t);
  const before = logs[device] ?? UNHEARD;
  const isOurs = chain === (acked_seq ? await linkAt(t, device, acked_seq) : start);
  const heard = { ...before, epoch, receipt: isOurs ? receipt : before.receipt };
  await t.facts.put({ key: "logs", value: { ...logs, [device]: heard } });
  const isLess = acked_seq < before.acked;
  // A log that is not ours and has shrunk holds none of what it once acknowledged.
  if (isOurs || isLess) await acknowledge(t, device, isOurs ? acked_seq : 0);
  const asksOthers = isNew && (await formerDevices(t)).length > 0;
  const isWaiting = (await lastSeq(t, device)) > acked_seq;
  return { isOurs, isRestored: isNew || isLess, isFurther: isOurs && acked_seq > before.acked, isWaiting, asksOthers };
}

/**
 * Notice another history: a server restored from a backup may hold less of everything, so nothing is confirmed in it.
 *
 * @param {Tables} t
 * @param {string} epoch
 * @returns {Promise<boolean>} whether it is new
 */
async function enterEpoch(t, epoch) {
  if ((await t.facts.get("epoch"))?.value === epoch) return false;
  await t.log.where("acked").equals(1).modify({ acked: 0, settled: 0 });
  const logs = Object.entries(await standings(t)).map(([device, standing]) => [device, { ...standing, acked: 0 }]);
  await t.facts.bulkPut([
    { key: "epoch", value: epoch },
    { key: "logs", value: Object.fromEntries(logs) },
  ]);
  return true;
}

/**
 * Count a log's entries up to a number as acknowledged, and none beyond.
 *
 * @param {Tables} t  with log and facts, in a transaction that writes
 * @param {string} device
 * @param {number} upTo
 * @returns {Promise<void>}
 */
export async function acknowledge(t, device, upTo) {
  const logs = await standings(t);
  const standing = logs[device] ?? UNHEARD;
  await t.facts.put({ key: "logs", value: { ...logs, [device]: { ...standing, acked: upTo } } });
  if (upTo > standing.acked) {
    await t.log
      .where("[device+seq]")
      .between([device, standing.acked], [device, upTo], false, true)
      .modify({ acked: 1, acked_at: Date.now() });
  } else if (upTo < standing.acked) {
    await behind(t, device, upTo).modify({ acked: 0, settled: 0 });
  }
}

/**
 * The server holds less of a log than was assumed: go back and send from there.
 *
 * @param {Store} store
 * @param {string} device
 * @param {number} upTo
 * @returns {Promise<void>}
 */
export async function goBack(store, device, upTo) {
  await store.write(["log", "facts"], async (t) => {
    const { acked } = (await standings(t))[device] ?? UNHEARD;
    if (upTo < acked) await acknowledge(t, device, Math.max(0, upTo));
  });
}

/**
 * Before anything more of a log is sent, ask the server what it holds of it.
 *
 * @param {Store} store
 * @param {string} device
 * @returns {Promise<void>}
 */
export async function askFirst(store, device) {
  await store.write(["facts"], async (t) => {
    const logs = await standings(t);
    const asking = { ...(logs[device] ?? UNHEARD), epoch: "" };
    await t.facts.put({ key: "logs", value: { ...logs, [device]: asking } });
  });
}

/**
 * Say whether nothing will ever come of a log: it is a former one, and all of it is acknowledged.
 *
 * @param {Store} store
 * @param {string} device
 * @returns {Promise<boolean>}
 */
export function isFinished(store, device) {
  return store.read(["log", "facts"], async (t) => {
    const { acked } = (await standings(t))[device] ?? UNHEARD;
    return device !== (await presentDevice(t)) && (await lastSeq(t, device)) <= acked;
  });
}

/**
 * Give what is not acknowledged of a log to another device id, in its order, numbered from 1, with its ids; the rest of the
 * log stays as it was. New entries go under the new id when they went under the old one.
 *
 * @param {Store} store
 * @param {string} from
 * @param {{id: string, code: string}} fresh  already enrolled, and never used
 * @returns {Promise<void>}
 */
export function moveToDevice(store, from, fresh) {
  return store.vault.again(() => moveNow(store, from, fresh));
}

/** @param {Store} store @param {string} from @param {{id: string, code: string}} fresh @returns {Promise<void>} */
async function moveNow(store, from, fresh) {
  for (;;) {
    const under = await store.vault.name();
    const waiting = await openEntries(store, await store.read(["log", "facts"], (t) => unacknowledged(t, from)));
    let chain = await chainStart(fresh.id);
    /** @type {StoredEntry[]} */
    const moved = [];
    for (const { op: before, text: _text, ...row } of waiting) {
      const op = { ...before, seq: moved.length + 1 };
      const text = canonical(op);
      chain = await chainNext(chain, text);
      const head = {
        ...row,
        chain,
        device: fresh.id,
        seq: op.seq,
        acked: /** @type {const} */ (0),
        settled: /** @type {const} */ (0),
      };
      moved.push({ ...head, ...(await sealEntry(store, head, text)) });
    }
    const put = async (/** @type {Tables} */ t) => {
      const now = await unacknowledged(t, from);
      if (now.length !== moved.length || now.some(({ id }, n) => id !== moved[n].id)) return false;
      const epoch = (await t.facts.get("epoch"))?.value;
      const logs = { ...(await standings(t)), [fresh.id]: { ...UNHEARD, epoch } };
      if ((await presentDevice(t)) === from) await t.facts.put({ key: "device", value: fresh });
      await t.facts.put({ key: "logs", value: logs });
      await t.facts.delete("enrolling");
      if (moved.length) await t.log.bulkPut(moved);
      return true;
    };
    if (await store.write(["log", "facts"], put, { under })) return;
  }
}

/**
 * What a lifeboat carries of every log: the entries that are not acknowledged, after which number they come, and the link
 * there. The present log is there even without such entries: its phone can still prove itself, and bring photos.
 *
 * @param {Store} store
 * @returns {Promise<{device: string, after: number, before: string | null, rows: LogRow[]}[]>} null: nothing comes before
 */
export async function unsentLogs(store) {
  const closed = await store.read(["log", "facts"], async (t) => {
    const present = await presentDevice(t);
    const logs = [];
    for (const device of [...(await formerDevices(t)), ...(present ? [present] : [])]) {
      const rows = await unacknowledged(t, device);
      if (!rows.length && device !== present) continue;
      const after = rows.length ? rows[0].seq - 1 : ((await standings(t))[device] ?? UNHEARD).acked;
      logs.push({ device, after, before: (await linkAt(t, device, after)) ?? null, rows });
    }
    return logs;
  });
  return Promise.all(closed.map(async (log) => ({ ...log, rows: await openEntries(store, log.rows) })));
}

/**
 * Forget what the server has held for thirty days, and former logs of which nothing is left.
 *
 * @param {Store} store
 * @param {number} [now]  ms
 * @returns {Promise<void>}
 */
export async function prune(store, now = Date.now()) {
  const isOld = (/** @type {StoredEntry} */ row) => row.settled === 1 && (row.acked_at ?? now) < now - KEEP_MS;
  const old = await store.read(["log"], (t) => t.log.where("acked").equals(1).filter(isOld).count());
  if (!old) return; // as on most days: nothing is written, so nothing has to be read again
  await store.write(["log", "facts"], async (t) => {
    const logs = await standings(t);
    const present = await presentDevice(t);
    // The last acknowledged entry stays where others follow it: their numbers and links, and the server's word, hang on it.
    const needed = new Map([[present, logs[present ?? ""]?.acked ?? 0]]);
    for (const device of await formerDevices(t)) {
      const { acked } = logs[device] ?? UNHEARD;
      if ((await lastSeq(t, device)) > acked) needed.set(device, acked);
    }
    await t.log
      .where("acked")
      .equals(1)
      .filter(isOld)
      .filter((row) => row.seq < (needed.get(row.device) ?? Infinity))
      .delete();
    const left = new Set([present, ...(await formerDevices(t))]);
    const kept = Object.entries(logs).filter(([device]) => left.has(device));
    await t.facts.put({ key: "logs", value: Object.fromEntries(kept) });
  });
}

/**
 * How each log stands, by device id.
 *
 * @param {Tables} t
 * @returns {Promise<Record<string, Standing>>}
 */
export function standings(t) {
  return t.facts.get("logs").then((row) => row?.value ?? {});
}

/** @param {Tables} t @returns {Promise<string | undefined>} the id under which new entries are written */
function presentDevice(t) {
  return t.facts.get("device").then((row) => row?.value.id);
}

/** @param {Tables} t @returns {Promise<string[]>} in the order of their writing */
async function formerDevices(t) {
  const present = await presentDevice(t);
  /** @type {StoredEntry[]} */
  const firsts = [];
  let first = await t.log.orderBy("[device+seq]").first();
  while (first) {
    firsts.push(first);
    first = await t.log.where("[device+seq]").above([first.device, Infinity]).first();
  }
  const former = firsts.filter((row) => row.device !== present);
  return former.sort((a, b) => a.made_at - b.made_at).map((row) => row.device);
}

/** @param {Tables} t @param {string} device @param {number} seq */
function behind(t, device, seq) {
  return t.log.where("[device+seq]").between([device, seq], [device, Infinity], false, true);
}

/** @param {Tables} t @param {string} device @returns {Promise<number>} 0: it is empty */
function lastSeq(t, device) {
  return lastOf(t, device).then((end) => end?.seq ?? 0);
}

/** @param {Tables} t @param {string} device @returns {Promise<StoredEntry[]>} in their order */
async function unacknowledged(t, device) {
  const { acked } = (await standings(t))[device] ?? UNHEARD;
  return behind(t, device, acked).toArray();
}
