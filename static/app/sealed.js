/**
 * What lies sealed on this phone: entries, visits, photos, half-filled forms; how each is put away and found again.
 *
 * Decides what of a row stays readable: ids, numbers, states, what indexes and transactions need; nothing of a home or a person.
 * The visits of one answer lie in one box: a start opens a few boxes and not two thousand rows. A box is never changed, so what
 * this tab has opened once it need not open again. Rows that an older app left open are read as they are (takeover.js).
 * Invariant: what is read back is what was put away, or it does not open; visits, which are there to be shown, without the
 * characters that turn a text round.
 */

import { calm } from "./calm.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Tables} Tables */
/** @typedef {import("./store.js").LogRow} LogRow */
/** @typedef {import("./store.js").StoredEntry} StoredEntry */
/** @typedef {import("./store.js").VisitRow} VisitRow */
/** @typedef {import("./vault.js").Sealed} Sealed */
/** @typedef {Record<string, any>} VisitDocument */

/** Boxes of visits lie among the facts, under names that begin so. */
export const BOXES = "visits/";

/** @typedef {{text: Map<string, string>, boxes: Map<string, VisitDocument[]>}} Opened  what this tab has opened */
/** @type {WeakMap<Store, Opened>} */
const opened = new WeakMap();

/** @param {Store} store @returns {Opened} */
function openedOf(store) {
  const known = opened.get(store) ?? { text: new Map(), boxes: new Map() };
  opened.set(store, known);
  return known;
}

/** @param {{id: string, device: string, seq: number}} row */
const placeOfEntry = ({ id, device, seq }) => `log/${device}/${seq}/${id}`;

/**
 * @param {Store} store
 * @param {{id: string, device: string, seq: number}} row
 * @param {string} text  canonical
 * @returns {Promise<Sealed>}
 */
export async function sealEntry(store, row, text) {
  const sealed = await store.vault.seal(placeOfEntry(row), text);
  openedOf(store).text.set(placeOfEntry(row), text);
  return sealed;
}

/**
 * Entries with their content.
 *
 * @param {Store} store
 * @param {StoredEntry[]} rows
 * @param {{all?: boolean}} [how]  all: no others will be asked for soon
 * @returns {Promise<LogRow[]>}
 */
export async function openEntries(store, rows, { all = false } = {}) {
  const known = openedOf(store);
  const texts = await Promise.all(
    rows.map((row) => row.text ?? known.text.get(placeOfEntry(row)) ?? store.vault.text(placeOfEntry(row), boxOf(row))),
  );
  if (all) known.text = new Map();
  return rows.map((row, n) => {
    const text = texts[n];
    if (row.box) known.text.set(placeOfEntry(row), text);
    const { box, vault, ...rest } = row;
    return { ...rest, op: row.op ?? JSON.parse(text), text };
  });
}

/** @param {{vault?: string, box?: ArrayBuffer}} row @returns {Sealed} */
function boxOf({ vault = "", box = new ArrayBuffer(0) }) {
  return { vault, box };
}

/**
 * Put the visits of an answer away together.
 *
 * @param {Store} store
 * @param {VisitDocument[]} documents
 * @returns {Promise<{fact: {key: string, value: Sealed}, rows: VisitRow[]} | null>} null: there are none
 */
export async function sealVisits(store, documents) {
  if (!documents.length) return null;
  const key = BOXES + crypto.randomUUID();
  const value = await store.vault.seal(key, JSON.stringify(documents));
  const rows = documents.map(({ id, version, missing_blobs }, at) => {
    const lacks = missing_blobs?.length ? { lacks: missing_blobs } : {};
    return { id, gone: /** @type {const} */ (0), version, ...lacks, box: key, at, of: documents.length };
  });
  return { fact: { key, value }, rows };
}

/**
 * Inside a transaction: what has to be read to open these visits.
 *
 * @param {Store} store
 * @param {Tables} t  with facts
 * @param {VisitRow[]} rows
 * @returns {Promise<{key: string, value: Sealed}[]>}
 */
export async function boxesOf(store, t, rows) {
  const known = openedOf(store).boxes;
  const wanted = new Set(rows.flatMap(({ box }) => (box && !known.has(box) ? [box] : [])));
  const [boxes] = await Promise.all([t.facts.bulkGet([...wanted]), store.vault.learn(t)]);
  return boxes.filter((box) => box !== undefined);
}

/**
 * After it: the documents.
 *
 * @param {Store} store
 * @param {VisitRow[]} rows
 * @param {{key: string, value: Sealed}[]} boxes  as boxesOf gave them for these rows
 * @returns {Promise<Map<string, VisitDocument>>} by id
 */
export async function openVisits(store, rows, boxes) {
  const known = openedOf(store).boxes;
  const found = await Promise.all(boxes.map(({ key, value }) => store.vault.text(key, value)));
  boxes.forEach(({ key }, n) => known.set(key, JSON.parse(calm(found[n]))));
  const documents = new Map();
  for (const { id, document, box = "", at = 0 } of rows) {
    const here = document ?? known.get(box)?.[at];
    if (here) documents.set(id, here);
  }
  return documents;
}

/** Forget what was opened and is needed no more. @param {Store} store @param {VisitRow[]} rows  all there are */
export function forgetOthers(store, rows) {
  const { boxes } = openedOf(store);
  const needed = new Set(rows.map(({ box }) => box));
  for (const key of boxes.keys()) if (!needed.has(key)) boxes.delete(key);
}

/** The version of a visit as it was pulled. @param {VisitRow | undefined} row */
export function versionOf(row) {
  return row?.version ?? row?.document?.version ?? 0;
}

/** The digests that the server lacked of a visit. @param {VisitRow} row @returns {string[]} */
export function lackedBy({ lacks, document }) {
  return lacks ?? document?.missing_blobs ?? [];
}

/**
 * @param {Store} store
 * @param {string} sha256
 * @param {ArrayBuffer} bytes
 * @returns {Promise<{sha256: string, vault: string, bytes: ArrayBuffer}>}
 */
export async function sealBytes(store, sha256, bytes) {
  const { vault, box } = await store.vault.seal(`bytes/${sha256}`, bytes);
  return { sha256, vault, bytes: box };
}

/** @param {Store} store @param {{sha256: string, vault?: string, bytes: ArrayBuffer}} row @returns {Promise<ArrayBuffer>} */
export async function openBytes(store, { sha256, vault, bytes }) {
  return vault ? store.vault.open(`bytes/${sha256}`, { vault, box: bytes }) : bytes;
}

/**
 * @param {Store} store
 * @param {string} key
 * @param {any} value
 * @returns {Promise<import("./store.js").DraftRow>}
 */
export async function sealDraft(store, key, value) {
  if (value instanceof ArrayBuffer) return { key, value }; // a trial of whether there is room: it says nothing
  return { key, ...(await store.vault.seal(`drafts/${key}`, JSON.stringify(value))) };
}

/** @param {Store} store @param {import("./store.js").DraftRow | undefined} row @returns {Promise<any>} undefined: there is none */
export async function openDraft(store, row) {
  if (!row?.vault) return row?.value;
  return JSON.parse(await store.vault.text(`drafts/${row.key}`, boxOf(row)));
}
