/**
 * What the screens read: visits with this phone's own entries laid on, and the list of what is not on the server.
 *
 * Decides what counts as unsent for a visit and what the outbox lists. Writes nothing. Invariant: an entry is laid on
 * until a complete pull has brought back what became of it, so nothing a person wrote ever blinks out of sight.
 */

import { filesUnderWay, underWay } from "./blobs.js";
import { standings } from "./custody.js";
import { unacked, unsettled } from "./log.js";
import { overlay } from "./overlay.js";
import { wordsFor } from "./problems.js";
import { boxesOf, forgetOthers, openEntries, openVisits } from "./sealed.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").LogRow} LogRow */

/**
 * @typedef {object} OutboxEntry
 * @property {string} id
 * @property {number} seq
 * @property {string} kind
 * @property {string} visit
 * @property {string} at
 * @property {number} size  bytes
 * @property {"waiting" | "held"} state  held: the office has it, and looks at it before it counts
 * @property {string} text  why it is held
 *
 * @typedef {object} OutboxPhoto
 * @property {string} sha256
 * @property {number} size  bytes
 * @property {number} offset  bytes the server has
 * @property {string} state
 * @property {string | null} error  in words
 * @property {string} visit
 * @property {string} purpose
 */

/**
 * What the server has vouched for of one visit.
 *
 * @typedef {object} Safe
 * @property {string} at  when it signed; the instant as it said it
 * @property {number} entries
 * @property {number} files
 */

/**
 * Whether everything this phone wrote and photographed for a visit is on the server, by the server's signed word:
 * checked receipts of the present epoch reach beyond the entries and name the files.
 *
 * @param {Store} store
 * @param {string} visit
 * @returns {Promise<Safe | null>} null: not, or not known
 */
export function safeOnServer(store, visit) {
  return store.read(["log", "files", "facts"], async (t) => {
    const entries = await t.log.where("visit").equals(visit).toArray();
    const files = await t.files.where("visit").equals(visit).toArray();
    const named = files.filter((file) => file.op && file.state !== "removed");
    const epoch = (await t.facts.get("epoch"))?.value;
    const logs = await standings(t);
    const words = entries.map(({ acked, seq, device }) => {
      const receipt = logs[device]?.receipt;
      return receipt && acked && receipt.epoch === epoch && seq <= receipt.acked_seq ? receipt.at : null;
    });
    const signed = words.filter((at) => at !== null).sort((a, b) => Date.parse(a) - Date.parse(b));
    const safe = entries.length > 0 && signed.length === words.length && named.every((file) => file.held_in === epoch);
    return safe ? { at: signed[signed.length - 1], entries: entries.length, files: named.length } : null;
  });
}

/**
 * The server's newest signed word about this phone's present log, in the present epoch.
 *
 * @param {Store} store
 * @returns {Promise<import("./receipt.js").Receipt | null>}
 */
export function latestReceipt(store) {
  return store.read(["facts"], async (t) => {
    const [device, epoch] = await t.facts.bulkGet(["device", "epoch"]);
    const receipt = (await standings(t))[device?.value.id]?.receipt;
    return receipt && receipt.epoch === epoch?.value ? receipt : null;
  });
}

/**
 * The visits of this phone, as shown; each with `unsent`, the count of its entries and photos not on the server. Read in
 * one transaction: a pull that ends meanwhile is in all of it or in none.
 *
 * @param {Store} store
 * @param {import("./overlay.js").Person} by  whose phone this is
 * @param {string} [only]  the id of the one that is wanted
 * @returns {Promise<Record<string, any>[]>}
 */
export async function visitsShown(store, by, only) {
  const { rows, closed, files, boxes } = await store.read(["visits", "log", "facts", "files"], async (t) => {
    const closed = (await unsettled(t)).filter(({ visit }) => !only || only === visit);
    const one = only ? await t.visits.get(only) : undefined;
    // A visit that this phone alone knows may be to a home that another one shows.
    const rows = only && (one || !closed.length) ? (one ? [one] : []) : await t.visits.toArray();
    return { rows, closed, files: await underWay(t), boxes: await boxesOf(store, t, rows) };
  });
  const [entries, pulled] = await Promise.all([
    openEntries(store, closed, { all: !only }),
    openVisits(store, rows, boxes),
  ]);
  if (!only) forgetOthers(store, rows);
  const homes = homesOf(pulled, entries);
  const own = byVisit(entries);
  const ids = only ? [only] : [...new Set([...pulled.keys(), ...own.keys()])];
  return ids.flatMap((id) => {
    const mine = own.get(id) ?? [];
    const ops = mine.map((row) => row.op);
    const shown = overlay(pulled.get(id), ops, by, homes.get(ops[0]?.data.customer));
    const unsent = mine.filter((row) => !row.acked).length + files.filter((file) => file.visit === id).length;
    return shown ? [{ ...shown, unsent }] : [];
  });
}

/**
 * Everything that is not yet on the server, and what the office has to look at.
 *
 * @param {Store} store
 * @returns {Promise<{entries: OutboxEntry[], photos: OutboxPhoto[]}>}
 */
export async function outboxShown(store) {
  const held = await store.read(["log"], (t) => t.log.where("result.status").equals("quarantined").toArray());
  const entries = [...(await unacked(store)), ...(await openEntries(store, held))].map(
    ({ id, seq, visit, op, text, acked, result }) => {
      /** @type {OutboxEntry} */
      const entry = { id, seq, kind: op.kind, visit, at: op.at, size: text.length, state: "waiting", text: "" };
      return acked ? { ...entry, state: /** @type {const} */ ("held"), text: result?.detail ?? "" } : entry;
    },
  );
  const photos = (await filesUnderWay(store)).map(({ sha256, size, offset, state, error, visit, purpose }) => {
    return { sha256, size, offset, state, error: error && wordsFor(error), visit, purpose };
  });
  return { entries, photos };
}

/**
 * The customers of visits that this phone alone knows, as other visits to them show them.
 *
 * @param {Map<string, Record<string, any>>} pulled
 * @param {LogRow[]} entries
 * @returns {Map<string, Record<string, any>>} a visit to each, by the customer's id
 */
function homesOf(pulled, entries) {
  const opened = entries.filter(({ op, visit }) => op.kind === "visit.create" && !pulled.has(visit));
  const wanted = new Set(opened.map(({ op }) => op.data.customer));
  const found = [...pulled.values()].filter(({ customer }) => wanted.has(customer?.id));
  return new Map(found.map((document) => [document.customer.id, document]));
}

/**
 * @param {LogRow[]} rows
 * @returns {Map<string, LogRow[]>}
 */
function byVisit(rows) {
  /** @type {Map<string, LogRow[]>} */
  const visits = new Map();
  for (const row of rows) visits.set(row.visit, [...(visits.get(row.visit) ?? []), row]);
  return visits;
}
