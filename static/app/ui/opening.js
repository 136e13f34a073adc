/**
 * What an unplanned visit is written as: its ids, who it is, and what the office's file lacks of them.
 *
 * Decides what is told of a customer and when a half-opened visit is another one; asks nothing and draws nothing.
 * Invariant: opening twice the same form makes one visit, whatever of it was saved the first time.
 */

import { newId } from "../log.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {{id: string, customer: string, meter: string, type: string, typed: string, picked: string, by_hand: boolean, account: string, serial: string, name: string, phone: string, address: string, building: string, unit: string, room: string, lookup: string, home: string}} Form  home: for which the ids were made */

/** What the office takes of one visit. */
const MOST_METERS = 10;
/** What is typed of a customer, and told as corrections of an empty file. */
const OF_CUSTOMER = /** @type {const} */ (["address", "building", "unit", "room", "name", "phone"]);

/** The ids that stand in the form; another home than the one they were made for is another visit. @param {Form} form @param {VisitDocument | undefined} picked @returns {Form} */
export function withIds(form, picked) {
  const home = picked?.customer.id ?? "typed";
  if (form.id && (form.home || home) === home) return { ...form, home, lookup: form.lookup || newLookup() };
  return { ...form, id: newId(), customer: newId(), meter: newId(), lookup: newLookup(), home };
}

/** The visit of a form that was turned to another home: what never reached the disk was not meant. @param {Stage} stage @param {string} visit */
export async function giveUp(stage, visit) {
  if (!visit || (await stage.app.visit(visit))) return;
  stage.notSaved = stage.notSaved.filter((entry) => entry.visit !== visit);
}

/** @param {Stage} stage @param {Form} form @param {VisitDocument | undefined} picked @returns {Promise<boolean>} whether all of it is on the disk */
export async function written(stage, form, picked) {
  const put = (/** @type {string} */ kind, /** @type {object} */ data) => stage.put({ visit: form.id, kind, data });
  if (!(await stage.allSaved(form.id))) return false;
  const here = await stage.app.visit(form.id);
  const { type, lookup } = form;
  if (!here && !(await put("visit.create", { type, lookup, ...homeWritten(form, picked) }))) return false;
  const source = /** @type {Record<string, string>} */ (picked ? notOnFile(picked) : form);
  for (const field of OF_CUSTOMER) {
    const value = source[field]?.trim();
    if (value && here?.customer[field] !== value && !(await put("customer.correct", { field, value }))) return false;
  }
  return true;
}

/** What the office's file lacks of a customer on this phone: all of one of whom no document of the server tells. @param {VisitDocument} picked */
function notOnFile({ version, customer }) {
  const { corrected = {} } = customer;
  const isLacking = (/** @type {string} */ field) => !version || (field in corrected && !corrected[field]);
  return Object.fromEntries(OF_CUSTOMER.filter(isLacking).map((field) => [field, customer[field]]));
}

/** Who it is, as the entry says it. @param {Form} form @param {VisitDocument | undefined} picked */
function homeWritten(form, picked) {
  if (picked) {
    // Under the ids of the visit at hand: a reading names them before the office's file comes.
    const known = picked.meters.slice(0, MOST_METERS);
    const meters = known.map((/** @type {any} */ { id, serial }) => ({ id, serial }));
    const { id: customer, account } = picked.customer;
    return { customer, meters, ...(!picked.version && { account }) };
  }
  const serial = form.serial.trim();
  const meters = serial ? [{ id: form.meter, serial }] : [];
  return { customer: form.customer, account: form.account.trim(), meters };
}

/** What the QR code leads to: 128 random bits, in letters that an address carries. @returns {string} */
function newLookup() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  return /^[A-Za-z0-9]/.test(text) ? text : newLookup();
}
