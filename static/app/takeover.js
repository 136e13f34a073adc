/**
 * Brings what lies on this phone under the present key, in place: rows that an older app left open, and boxes of visits of
 * which part is old.
 *
 * Decides in which portions; each is one transaction, so a kill between two leaves rows of both kinds, and both are read. A row
 * that has changed meanwhile is left to whoever changed it. Sends nothing, and shows nothing. Invariant: a row is replaced by
 * the same row, sealed, or not at all.
 */

import {
  BOXES,
  boxesOf,
  openBytes,
  openEntries,
  openVisits,
  sealBytes,
  sealDraft,
  sealEntry,
  sealVisits,
} from "./sealed.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").StoredEntry} StoredEntry */
/** @typedef {import("./store.js").VisitRow} VisitRow */

const PORTION = 100;
/** A box with fewer visits is put together with others. */
const SMALL = 25;
const DONE = "sealed";

/**
 * Seal what an older app left open, and pack the visits anew.
 *
 * @param {Store} store
 * @param {() => boolean} [goesOn]  false: who is here has left, and no key is made for them any more
 * @returns {Promise<void>}
 */
export async function takeOver(store, goesOn = () => true) {
  if (goesOn()) await store.vault.again(() => packVisits(store));
  if ((await store.fact(DONE)) && !(await hasOpen(store))) return;
  const every = () => true;
  if (goesOn()) await sealEntries(store, every);
  const digests = await store.read(["bytes"], (t) => t.bytes.toCollection().primaryKeys());
  for (const sha256 of digests) if (goesOn()) await sealFiles(store, [sha256]);
  if (goesOn()) await store.vault.again(() => sealDrafts(store));
  if (goesOn()) await store.setFact(DONE, true);
}

/** Whether an older app, open in another tab, has written since. @param {Store} store @returns {Promise<boolean>} */
function hasOpen(store) {
  return store.read(["log", "drafts"], async (t) => {
    const [entries, drafts] = await Promise.all([t.log.where("settled").equals(0).toArray(), t.drafts.toArray()]);
    return [...entries, ...drafts].some(({ vault }) => !vault);
  });
}

/**
 * @param {Store} store
 * @param {(row: StoredEntry) => boolean} wanted
 * @returns {Promise<void>}
 */
export async function sealEntries(store, wanted) {
  /** @type {[string, number]} */
  let last = ["", 0];
  for (;;) {
    const after = last;
    const rows = await store.read(["log"], (t) => t.log.where("[device+seq]").above(after).limit(PORTION).toArray());
    const end = rows.at(-1);
    if (!end) return;
    await store.vault.again(() => sealPortion(store, rows.filter(wanted)));
    last = [end.device, end.seq];
  }
}

/** @param {Store} store @param {StoredEntry[]} rows */
async function sealPortion(store, rows) {
  if (!rows.length) return; // where there is nothing to seal no key is made
  const under = await store.vault.name();
  const other = rows.filter(({ vault }) => vault !== under);
  if (!other.length) return;
  const opened = await openEntries(store, other);
  const sealed = await Promise.all(opened.map((row) => sealEntry(store, row, row.text)));
  const put = async (/** @type {import("./store.js").Tables} */ t) => {
    for (const [n, { id, device, seq, vault }] of other.entries()) {
      const now = await t.log.get(id);
      if (now?.device !== device || now.seq !== seq || now.vault !== vault) continue;
      const { op: _op, text: _text, ...head } = now;
      await t.log.put({ ...head, ...sealed[n] });
    }
  };
  await store.write(["log"], put, { under });
}

/** @param {Store} store @param {string[]} digests @returns {Promise<void>} */
export async function sealFiles(store, digests) {
  for (const sha256 of digests) await store.vault.again(() => sealFile(store, sha256));
}

/** @param {Store} store @param {string} sha256 */
async function sealFile(store, sha256) {
  const under = await store.vault.name();
  const row = await store.read(["bytes"], (t) => t.bytes.get(sha256));
  if (!row || row.vault === under) return;
  const bytes = await openBytes(store, row).catch(() => null);
  if (!bytes) {
    await store.write(["files"], (t) => t.files.update(sha256, { state: "failed", error: "photo_damaged" }));
    return;
  }
  const sealed = await sealBytes(store, sha256, bytes);
  const put = async (/** @type {import("./store.js").Tables} */ t) => {
    if ((await t.bytes.get(sha256))?.vault === row.vault) await t.bytes.put(sealed);
  };
  await store.write(["bytes"], put, { under });
}

/** @param {Store} store */
async function sealDrafts(store) {
  const open = (await store.read(["drafts"], (t) => t.drafts.toArray())).filter(({ vault }) => !vault);
  if (!open.length) return;
  const under = await store.vault.name();
  const sealed = await Promise.all(open.map(({ key, value }) => sealDraft(store, key, value)));
  const put = async (/** @type {import("./store.js").Tables} */ t) => {
    for (const [n, { key, value }] of open.entries()) {
      const now = await t.drafts.get(key);
      if (now && !now.vault && JSON.stringify(now.value) === JSON.stringify(value)) await t.drafts.put(sealed[n]);
    }
  };
  await store.write(["drafts"], put, { under });
}

/**
 * Put visits together anew that lie open, in small boxes, or in boxes of which some are gone or have changed since.
 *
 * @param {Store} store
 * @returns {Promise<void>}
 */
export async function packVisits(store) {
  const { rows, boxes, unused } = await store.read(["visits", "facts"], async (t) => {
    const all = await t.visits.toArray();
    const rows = loose(all);
    return { rows, boxes: await boxesOf(store, t, rows), unused: await unusedBoxes(t, all) };
  });
  if (!rows.length && !unused.length) return; // nothing is written, so nothing has to be read again
  const under = rows.length ? await store.vault.name() : "";
  const documents = await openVisits(store, rows, boxes);
  const found = rows.filter(({ id }) => documents.has(id));
  for (let n = 0; n < found.length; n += PORTION) {
    await pack(store, under, found.slice(n, n + PORTION), documents);
  }
  await store.write(["visits", "facts"], async (t) => {
    await t.facts.bulkDelete(await unusedBoxes(t, await t.visits.toArray()));
  });
}

/** @param {import("./store.js").Tables} t @param {VisitRow[]} rows  all */
async function unusedBoxes(t, rows) {
  const needed = new Set(rows.map(({ box }) => box));
  const keys = await t.facts.where("key").between(BOXES, `${BOXES}\uffff`).primaryKeys();
  return keys.filter((key) => !needed.has(key));
}

/** @param {Store} store @param {string} under @param {VisitRow[]} rows @param {Map<string, Record<string, any>>} documents */
async function pack(store, under, rows, documents) {
  const sealed = await sealVisits(
    store,
    rows.map(({ id }) => /** @type {Record<string, any>} */ (documents.get(id))),
  );
  const put = async (/** @type {import("./store.js").Tables} */ t) => {
    if (!sealed) return;
    await t.facts.put(sealed.fact);
    for (const [n, row] of sealed.rows.entries()) {
      const now = await t.visits.get(row.id);
      if (now && isSame(now, rows[n])) await t.visits.put({ ...row, gone: now.gone });
    }
  };
  await store.write(["visits", "facts"], put, { under });
}

/** @param {VisitRow} now @param {VisitRow} before */
function isSame(now, before) {
  return now.box === before.box && now.at === before.at && now.document?.version === before.document?.version;
}

/** @param {VisitRow[]} rows  all @returns {VisitRow[]} those that are to be packed anew */
function loose(rows) {
  /** @type {Map<string, VisitRow[]>} */
  const boxes = new Map();
  for (const row of rows) if (row.box) boxes.set(row.box, [...(boxes.get(row.box) ?? []), row]);
  const open = rows.filter(({ box }) => !box);
  const partly = [...boxes.values()].filter((held) => held.length < (held[0].of ?? 0));
  const small = [...boxes.values()].filter((held) => held.length === held[0].of && held.length < SMALL);
  return [...open, ...partly.flat(), ...(small.length > 1 || open.length || partly.length ? small.flat() : [])];
}
