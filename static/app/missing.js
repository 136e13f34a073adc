/**
 * What a visit still needs before it can be closed, and how far each step has got.
 *
 * Decides completeness only; it never judges a value and never blocks a tap. Pure: from the shown document and its
 * checklist, which carries the doorstep script and the safety talk (app.js puts them there). Invariant: a step's
 * `done` equals its `total` exactly when nothing of it is missing.
 */

import { _, textOf } from "./text.js";

/**
 * @typedef {"door" | "customer" | "items" | "meter" | "talk" | "sign"} Step
 *
 * @typedef {object} Missing
 * @property {Step} step
 * @property {string} text  in the current language
 * @property {string} [item]
 * @property {string} [point]
 * @property {string} [hazard]
 * @property {string} [meter]
 *
 * @typedef {{done: number, total: number}} Part
 *
 * @typedef {object} Progress
 * @property {Part} door
 * @property {Part} customer
 * @property {Record<string, Part>} items  by item id
 * @property {Part} allItems  the sum of them
 * @property {Part} meter
 * @property {Part} talk
 * @property {Part} sign
 *
 * @typedef {{missing: Missing[], total: number}} Duty  what is not done of so many things to do
 * @typedef {Record<string, any>} Json
 */

/**
 * List what is missing, in the order of the steps.
 *
 * A visit that ends at the door (`no_access`, `refused`) needs only a reason and a photo of the door; one that was
 * stopped needs a reason.
 *
 * @param {Json} document  as shown
 * @param {Json} checklist
 * @param {{outcome?: string, reason?: string}} [ending]  the outcome that is about to be written
 * @returns {Missing[]}
 */
export function whatIsMissing(document, checklist, ending = document.outcome ?? {}) {
  if (ending.outcome && ending.outcome !== "completed") return missingToEnd(document, ending);
  return [
    door(document, checklist),
    customer(document),
    ...items(document, checklist).map(([, duty]) => duty),
    meter(document),
    talk(document, checklist),
    sign(document),
  ].flatMap((duty) => duty.missing);
}

/**
 * Say how far each step has got.
 *
 * @param {Json} document  as shown
 * @param {Json} checklist
 * @returns {Progress}
 */
export function progress(document, checklist) {
  const perItem = items(document, checklist).map(([id, duty]) => /** @type {const} */ ([id, part(duty)]));
  const sum = (/** @type {"done" | "total"} */ figure) => perItem.reduce((all, [, one]) => all + one[figure], 0);
  return {
    door: part(door(document, checklist)),
    customer: part(customer(document)),
    items: Object.fromEntries(perItem.filter(([id]) => id)),
    allItems: { done: sum("done"), total: sum("total") },
    meter: part(meter(document)),
    talk: part(talk(document, checklist)),
    sign: part(sign(document)),
  };
}

/**
 * @param {Duty} duty
 * @returns {Part}
 */
function part({ missing, total }) {
  return { done: total - missing.length, total };
}

/**
 * @param {Json} document
 * @param {{outcome?: string, reason?: string}} ending
 * @returns {Missing[]}
 */
function missingToEnd(document, { outcome, reason }) {
  /** @type {Missing[]} */
  const missing = [];
  if (!reason) missing.push({ step: "door", text: _("Choose the reason") });
  const wanted = outcome === "refused" ? ["door", "refusal"] : ["door"];
  if (outcome !== "stopped" && !photos(document).some((photo) => wanted.includes(photo.purpose))) {
    missing.push({ step: "door", text: _("Take a photo of the door") });
  }
  return missing;
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {Duty}
 */
function door(document, checklist) {
  return ticks("door", document, checklist.script);
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {Duty}
 */
function talk(document, checklist) {
  return ticks("talk", document, checklist.talk);
}

/**
 * @param {"door" | "talk"} step
 * @param {Json} document
 * @param {Json[]} [points]
 * @returns {Duty}
 */
function ticks(step, document, points = []) {
  const needed = points.filter((point) => point.required !== false);
  const open = needed.filter((point) => !document.steps?.[point.id]);
  return { missing: open.map((point) => ({ step, point: point.id, text: textOf(point.name) })), total: needed.length };
}

/**
 * @param {Json} document
 * @returns {Duty}
 */
function customer(document) {
  const confirmed = Boolean(document.customer?.confirmed);
  return { missing: confirmed ? [] : [{ step: "customer", text: _("Confirm the customer's details") }], total: 1 };
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {[string, Duty][]} by item id; an empty id holds hazards that belong to no item of the checklist
 */
function items(document, checklist) {
  const hazards = Object.values(document.hazards ?? {}).filter((hazard) => !hazard.withdrawn);
  /** @type {Json[]} */
  const list = checklist.items ?? [];
  const known = new Set(list.map((item) => item.id));
  /** @type {[string, Duty][]} */
  const duties = list.map((item) => [
    item.id,
    itemDuty(
      document,
      item,
      hazards.filter((hazard) => hazard.item === item.id),
    ),
  ]);
  const before = document.previous?.open_hazards ?? [];
  if (before.length) duties.unshift(["earlier", earlier(document, before)]);
  const stray = hazards.filter((hazard) => !known.has(hazard.item));
  return stray.length ? [...duties, ["", itemDuty(document, { id: "", points: [] }, stray)]] : duties;
}

/**
 * What earlier visits left open is looked at again, whatever this visit came for.
 *
 * @param {Json} document
 * @param {Json[]} hazards
 * @returns {Duty}
 */
function earlier(document, hazards) {
  const open = hazards.filter(({ id }) => !document.verifications?.[id]);
  const text = _("Say whether the hazard of last time was put right");
  return { missing: open.map(({ id }) => ({ step: "items", point: `earlier-${id}`, text })), total: hazards.length };
}

/**
 * @param {Json} document
 * @param {Json} item
 * @param {Json[]} hazards  live ones of this item
 * @returns {Duty}
 */
function itemDuty(document, item, hazards) {
  const checks = document.checks?.[item.id] ?? {};
  /** @type {(Missing | null)[]} */
  const points = item.points
    .filter((/** @type {Json} */ point) => point.required !== false || checks[point.id])
    .map((/** @type {Json} */ point) => missingOfPoint(item.id, point, checks[point.id], hazards));
  /** @type {(Missing | null)[]} */
  const owed = hazards.flatMap((hazard) => missingOfHazard(document, item.id, hazard));
  const all = [...points, ...owed];
  return { missing: all.filter((one) => one !== null), total: all.length };
}

/**
 * @param {string} item
 * @param {Json} point
 * @param {Json | undefined} check
 * @param {Json[]} hazards
 * @returns {Missing | null}
 */
function missingOfPoint(item, point, check, hazards) {
  const name = textOf(point.name);
  const here = /** @type {const} */ ({ step: "items", item, point: point.id });
  if (!check?.result) return { ...here, text: name };
  const unseen = check.result === "not_accessible" || (check.result === "na" && point.required !== false);
  if (unseen && !check.note) return { ...here, text: _("Say why: %(point)s", { point: name }) };
  if (check.result === "fail" && !hazards.length)
    return { ...here, text: _("Record the hazard: %(point)s", { point: name }) };
  return null;
}

/**
 * @param {Json} document
 * @param {string} item
 * @param {Json} hazard
 * @returns {(Missing | null)[]} one for each thing a hazard needs; null when it is there
 */
function missingOfHazard(document, item, hazard) {
  const here = /** @type {const} */ ({ step: "items", ...(item && { item }), hazard: hazard.id });
  const pictured = photos(document).some((photo) => photo.purpose === "hazard" && photo.ref === hazard.id);
  return [
    pictured ? null : { ...here, text: _("Take a photo of the hazard") },
    hazard.solutions?.length ? null : { ...here, text: _("Choose what has to be done") },
    hazard.due ? null : { ...here, text: _("Say by when it has to be done") },
  ];
}

/**
 * @param {Json} document
 * @returns {Duty}
 */
function meter(document) {
  /** @type {Json[]} */
  const meters = document.meters ?? [];
  const all = meters.flatMap(({ id, serial }) => {
    const reading = document.readings?.[id];
    const pictured = photos(document).some(
      (photo) => photo.purpose === "meter" && (photo.ref === id || (!photo.ref && meters.length === 1)),
    );
    /** @type {(Missing | null)[]} */
    const both = [
      reading?.value || reading?.unreadable
        ? null
        : { step: "meter", meter: id, text: _("Read the meter %(serial)s", { serial }) },
      pictured || reading?.photo ? null : { step: "meter", meter: id, text: _("Take a photo of the dial") },
    ];
    return both;
  });
  return { missing: all.filter((one) => one !== null), total: all.length };
}

/**
 * @param {Json} document
 * @returns {Duty}
 */
function sign(document) {
  const { customer: theirs, technician: ours } = document.signatures ?? {};
  /** @type {string[]} */
  const texts = [];
  if (!theirs || (theirs.refused ? !theirs.reason : !theirs.image))
    texts.push(_("The customer signs, or says why not"));
  else if (theirs.stale) texts.push(_("Something changed after the customer signed: ask for the signature again"));
  if (!ours?.image) texts.push(_("Sign yourself"));
  else if (ours.stale) texts.push(_("Something changed after you signed: sign again"));
  return { missing: texts.map((text) => ({ step: "sign", text })), total: 2 };
}

/**
 * @param {Json} document
 * @returns {Json[]} those that were not removed
 */
function photos(document) {
  return Object.values(document.photos ?? {}).filter((photo) => !photo.removed);
}
