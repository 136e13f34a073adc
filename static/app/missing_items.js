/**
 * What the list of a visit still needs: its points, the hazards found at them, and those of last time.
 *
 * Decides what a point and a hazard owe; missing.js adds up the steps. Pure. Which rule wants an answer, and which declared rules
 * are broken, is rules.js's business.
 */

import { asksFor, breaches, keeps, sayOf } from "./rules.js";
import { _, textOf } from "./text.js";

/** @typedef {import("./missing.js").Missing} Missing */
/** @typedef {import("./missing.js").Duty} Duty */
/** @typedef {Record<string, any>} Json */

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {[string, Duty][]} by item id; an empty id holds hazards that belong to no item of the checklist
 */
export function items(document, checklist) {
  const hazards = Object.values(document.hazards ?? {}).filter((hazard) => !hazard.withdrawn);
  /** @type {Json[]} */
  const list = checklist.items ?? [];
  const known = new Set(list.map((item) => item.id));
  /** @type {[string, Duty][]} */
  const duties = list.map((item) => [
    item.id,
    itemDuty(
      document,
      checklist,
      item,
      hazards.filter((hazard) => hazard.item === item.id),
    ),
  ]);
  const before = document.previous?.open_hazards ?? [];
  if (before.length) duties.unshift(["earlier", earlier(document, checklist, before)]);
  const stray = hazards.filter((hazard) => !known.has(hazard.item));
  return stray.length ? [...duties, ["", itemDuty(document, checklist, { id: "", points: [] }, stray)]] : duties;
}

/**
 * What earlier visits left open is looked at again, whatever this visit came for.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @param {Json[]} hazards
 * @returns {Duty}
 */
function earlier(document, checklist, hazards) {
  const open = hazards.filter(({ id }) => !document.verifications?.[id]);
  const text = _("Say whether the hazard of last time was put right");
  /** @type {Missing[]} */
  const unsaid = open.map(({ id }) => ({ step: "items", point: `earlier-${id}`, text }));
  const broken = wants(document, checklist, (breach) => Boolean(breach.hazard)).map(({ rule, hazard, text }) => ({
    ...{ step: /** @type {const} */ ("items"), point: `earlier-${hazard}`, text, rule },
  }));
  return { missing: [...unsaid, ...broken], total: hazards.length + broken.length };
}

/**
 * What declared rules want of one place, in the words of the rule.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @param {(breach: import("./rules.js").Breach) => boolean} here
 */
export function wants(document, checklist, here) {
  return breaches(document, checklist)
    .filter(here)
    .map((breach) => ({ ...breach, text: sayOf(checklist, breach.rule) }));
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @param {Json} item
 * @param {Json[]} hazards  live ones of this item
 * @returns {Duty}
 */
function itemDuty(document, checklist, item, hazards) {
  const checks = document.checks?.[item.id] ?? {};
  const names = new Map(item.points.map((/** @type {Json} */ { id, name }) => [id, textOf(name)]));
  /** @type {(Missing | null)[]} */
  const points = item.points
    .map((/** @type {Json} */ point) => ({ point, rule: asksFor(document, checklist, item, point) }))
    .filter((/** @type {Json} */ { point, rule }) => rule || checks[point.id])
    .map((/** @type {Json} */ { point, rule }) => {
      const missing = missingOfPoint(checklist, item.id, point, checks[point.id], hazards);
      return missing && { rule, ...missing };
    });
  /** @type {(Missing | null)[]} */
  const owed = hazards.flatMap((hazard) => missingOfHazard(document, checklist, item.id, hazard));
  /** @type {Missing[]} */
  const broken = wants(document, checklist, ({ point }) => names.has(point)).map(({ rule, point, text }) => ({
    ...{ step: "items", item: item.id, point, text: `${names.get(point)} · ${text}`, rule },
  }));
  const all = [...points, ...owed, ...broken];
  return { missing: all.filter((one) => one !== null), total: all.length };
}

/**
 * Whether what fails here is a hazard: at an inspection always. A job's work that fails says why instead.
 *
 * @param {Json} checklist
 * @param {Json} point
 * @returns {boolean}
 */
export function leadsToHazard({ inspects = true }, point) {
  return inspects || Boolean(point.hazards?.length);
}

/**
 * @param {Json} checklist
 * @param {string} item
 * @param {Json} point
 * @param {Json | undefined} check
 * @param {Json[]} hazards
 * @returns {Missing | null}
 */
function missingOfPoint(checklist, item, point, check, hazards) {
  const name = textOf(point.name);
  const here = /** @type {const} */ ({ step: "items", item, point: point.id });
  if (!check?.result) return { ...here, text: name };
  const unseen = check.result === "not_accessible" || (check.result === "na" && point.required !== false);
  if (unseen && !check.note) return { ...here, text: _("Say why: %(point)s", { point: name }) };
  if (check.result === "fail" && !leadsToHazard(checklist, point))
    return check.note ? null : { ...here, text: _("Say why: %(point)s", { point: name }) };
  if (check.result === "fail" && !hazards.length && keeps(checklist, "hazard_told"))
    return { ...here, text: _("Record the hazard: %(point)s", { point: name }), rule: "hazard_told" };
  return null;
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @param {string} item
 * @param {Json} hazard
 * @returns {(Missing | null)[]} one for each thing a hazard needs; null when it is there
 */
function missingOfHazard(document, checklist, item, hazard) {
  const here = /** @type {const} */ ({ step: "items", ...(item && { item }), hazard: hazard.id });
  const told = { ...here, rule: "hazard_told" };
  const cured = { ...here, rule: "one_or_two_solutions" };
  const remedies = hazard.solutions?.length ?? 0;
  const pictured = photos(document).some((photo) => photo.purpose === "hazard" && photo.ref === hazard.id);
  /** @type {(Missing | null)[]} */
  const all = [
    pictured ? null : { ...told, text: _("Take a photo of the hazard") },
    remedies === 1 || remedies === 2 ? null : { ...cured, text: _("Choose what has to be done") },
    hazard.due ? null : { ...cured, text: _("Say by when it has to be done") },
    hazard.position ? null : { ...cured, text: _("Say where it lies: who must act follows from it") },
  ];
  return all.filter((one) => one === null || keeps(checklist, String(one.rule)));
}

/**
 * @param {Json} document
 * @returns {Json[]} those that were not removed
 */
export function photos(document) {
  return Object.values(document.photos ?? {}).filter((photo) => !photo.removed);
}
