/**
 * What a visit still needs before it can be closed, and how far each step has got.
 *
 * Decides completeness only; it never judges a value and never blocks a tap. Pure: from the shown document and its
 * checklist, which carries the doorstep script and the safety talk (app.js puts them there). Invariant: a step's
 * `done` equals its `total` exactly when nothing of it is missing.
 */

import { items, photos, wants } from "./missing_items.js";
import { keeps } from "./rules.js";
import { _, textOf } from "./text.js";

export { leadsToHazard } from "./missing_items.js";

/** The steps that there are, in their order; a kind of visit may leave some out. @type {Step[]} */
export const STEP_ORDER = ["door", "customer", "items", "meter", "talk", "sign"];

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
 * @property {string} [rule]  the declared rule that wants it
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
  const { steps = STEP_ORDER } = checklist;
  const duties = {
    door: [door(document, checklist)],
    customer: [customer(document, checklist)],
    items: items(document, checklist).map(([, duty]) => duty),
    meter: [meter(document, checklist)],
    talk: [talk(document, checklist)],
    sign: [sign(document, checklist)],
  };
  return steps.flatMap((/** @type {Step} */ step) => duties[step].flatMap((duty) => duty.missing));
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
    customer: part(customer(document, checklist)),
    items: Object.fromEntries(perItem.filter(([id]) => id)),
    allItems: { done: sum("done"), total: sum("total") },
    meter: part(meter(document, checklist)),
    talk: part(talk(document, checklist)),
    sign: part(sign(document, checklist)),
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
  if (!keeps(checklist, "safety_talk") && !checklist.steps?.includes("talk")) return { missing: [], total: 0 };
  return ticks("talk", document, checklist.talk, "safety_talk");
}

/**
 * @param {"door" | "talk"} step
 * @param {Json} document
 * @param {Json[]} [points]
 * @param {string} [rule]
 * @returns {Duty}
 */
function ticks(step, document, points = [], rule = undefined) {
  const needed = points.filter((point) => point.required !== false);
  const open = needed.filter((point) => !document.steps?.[point.id]);
  const missing = open.map((point) => ({ step, point: point.id, text: textOf(point.name), ...(rule && { rule }) }));
  return { missing, total: needed.length };
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {Duty}
 */
function customer(document, checklist) {
  if (document.customer?.confirmed || !keeps(checklist, "no_blank")) return { missing: [], total: 1 };
  return { missing: [{ step: "customer", text: _("Confirm the customer's details"), rule: "no_blank" }], total: 1 };
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {Duty}
 */
function meter(document, checklist) {
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
        : { step: "meter", meter: id, text: readText(checklist, serial), rule: "no_blank" },
      pictured || reading?.photo
        ? null
        : { step: "meter", meter: id, text: _("Take a photo of the dial"), rule: "no_estimate" },
    ];
    return both.filter((one) => one === null || keeps(checklist, String(one.rule)));
  });
  // Whether the dial was photographed is asked above, of a meter that could not be read too.
  const broken = wants(document, checklist, (breach) => Boolean(breach.meter) && breach.rule !== "no_estimate");
  /** @type {Missing[]} */
  const more = broken.map(({ rule, meter: id, text }) => ({ step: "meter", meter: id, text, rule }));
  return { missing: [...all.filter((one) => one !== null), ...more], total: all.length + more.length };
}

/** @param {Json} checklist @param {string} serial */
function readText(checklist, serial) {
  return checklist.meter === "exchange"
    ? _("Record the exchange of the meter %(serial)s", { serial })
    : _("Read the meter %(serial)s", { serial });
}

/**
 * @param {Json} document
 * @param {Json} checklist
 * @returns {Duty}
 */
function sign(document, checklist) {
  const { customer: theirs, technician: ours } = document.signatures ?? {};
  /** @type {Missing[]} */
  const missing = [];
  const want = (/** @type {string} */ rule, /** @type {string} */ text) => missing.push({ step: "sign", text, rule });
  if (keeps(checklist, "customer_signs")) {
    if (!theirs || (theirs.refused ? !theirs.reason : !theirs.image))
      want("customer_signs", _("The customer signs, or says why not"));
    else if (theirs.stale)
      want("customer_signs", _("Something changed after the customer signed: ask for the signature again"));
  }
  if (keeps(checklist, "worker_signs")) {
    if (!ours?.image) want("worker_signs", _("Sign yourself"));
    else if (ours.stale) want("worker_signs", _("Something changed after you signed: sign again"));
  }
  for (const { rule, text } of wants(document, checklist, ({ role }) => Boolean(role))) want(rule, text);
  return { missing, total: Math.max(2, missing.length) };
}
