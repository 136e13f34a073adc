/**
 * The list of a visit, made of the catalogue: which points its kind asks, in which steps, by which rules.
 *
 * Decides what of the catalogue belongs to a visit. Pure; what is missing of it is missing.js's business.
 */

import { STEP_ORDER } from "./missing.js";

/** @typedef {any} VisitDocument */

/** Who signs, where a kind of visit says nothing of it. */
const USUAL_SIGNERS = [{ role: "customer" }, { role: "technician" }];

/**
 * What a visit is gone through by: its list with the points, steps, words and rules of its kind.
 *
 * @param {any} catalog
 * @param {VisitDocument} visit
 * @returns {any}
 */
export function listOf(catalog, visit) {
  const { checklists = [], visit_types = [] } = catalog;
  const type = visit_types.find((/** @type {any} */ each) => each.id === visit.type);
  // A visit that this phone opened does not know its list yet: its kind does.
  const id = visit.checklist ?? type?.checklist;
  const list = checklists.find((/** @type {any} */ each) => each.id === id) ?? checklists[0] ?? { id: "", items: [] };
  const { steps = STEP_ORDER, signs = USUAL_SIGNERS, evacuates, meter = "read" } = type ?? {};
  const items = byStandard(asked(list.items, type?.asks), catalog.company?.heating);
  const said = { script: ofTrade(list.script, visit), talk: ofTrade(list.talk, visit) };
  const rules = worded(catalog, type?.rules);
  return {
    ...list,
    items,
    ...said,
    steps,
    signs,
    evacuates,
    meter,
    rules,
    prices: catalog.prices,
    say: type?.say,
  };
}

/** Whether a visit's list asks a point. @param {{items: any[]}} list @param {string} id */
export function asksPoint({ items }, id) {
  return items.some(({ points }) => points.some((/** @type {{id: string}} */ point) => point.id === id));
}

/**
 * The items with the limits that the company decides: how warm a room has to be, and whether each room or their average.
 *
 * @param {any[]} items
 * @param {{room_least: string, room_by: "each" | "average"} | undefined} heating  missing where the server is older
 */
function byStandard(items, heating) {
  if (!heating) return items;
  const judged = (/** @type {any} */ point) =>
    point.standard === "room_temperature"
      ? { ...point, limit: { op: ">=", value: heating.room_least }, mean: heating.room_by === "average" }
      : point;
  return items.map((item) => ({ ...item, points: item.points.map(judged) }));
}

/** The items with the points that a kind of visit asks; all of them where it does not say. @param {any[]} items @param {string[] | undefined} asks */
function asked(items, asks) {
  if (!asks) return items;
  return items.map((item) => ({
    ...item,
    points: item.points.filter((/** @type {any} */ { id }) => asks.includes(id)),
  }));
}

/** What is said, and what can be chosen, at visits of this trade. @param {any[] | undefined} terms @param {VisitDocument} visit */
export function ofTrade(terms, { type }) {
  return terms?.filter(({ trades }) => !trades || trades.includes(type?.split(".")[0]));
}

/**
 * The rules of a kind of visit with their words; nothing where the catalogue is from before there were any.
 *
 * @param {any} catalog
 * @param {any[] | undefined} declared
 * @returns {any[] | undefined}
 */
function worded({ rules = [] }, declared) {
  return declared?.map((rule) => ({ ...rules.find((/** @type {any} */ words) => words.id === rule.id), ...rule }));
}
