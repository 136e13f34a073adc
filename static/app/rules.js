/**
 * The declared rules of a kind of visit, held against what was captured. fieldsvc/doubts/breaches.py is the server's half.
 *
 * Decides which declared rules a visit breaks and at which point, and which points have to wait for others. Whether a plain
 * answer is there is missing.js's business; `asksFor` tells it which rule wants one. Pure. Invariant: nothing here forbids to
 * store what was captured; tests/js/rule-vectors.json is read by the tests of both halves.
 */

import { textOf } from "./text.js";

/**
 * @typedef {Record<string, any>} Json
 * @typedef {{rule: string, point?: string, meter?: string, hazard?: string, role?: string}} Breach
 *
 * @typedef {object} Seen  A visit with the list that it is gone through by.
 * @property {Json} document  as shown
 * @property {Json} checklist
 * @property {Record<string, Json>} checks  by point
 * @property {Json[]} photos  those that were not removed
 */

/** A list that comes without rules, as in the first editions, keeps all that need no parameters. @param {Json} checklist @param {string} id */
export function keeps({ rules }, id) {
  return !rules || rules.some((/** @type {Json} */ rule) => rule.id === id);
}

/** @param {Json} checklist @param {string} id @returns {Json[]} */
const declared = ({ rules }, id) => (rules ?? []).filter((/** @type {Json} */ rule) => rule.id === id);

/** What a rule says of itself, in the language of now. @param {Json} checklist @param {string} id @returns {string} */
export function sayOf(checklist, id) {
  return textOf(declared(checklist, id)[0]?.say);
}

/** @param {Json} document @param {Json} checklist @returns {Seen} */
function look(document, checklist) {
  return {
    document,
    checklist,
    checks: Object.assign({}, ...Object.values(document.checks ?? {})),
    photos: Object.values(document.photos ?? {}).filter((photo) => !photo.removed),
  };
}

/**
 * The rule that wants an answer at a point; empty where it may stay open.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @param {Json} item
 * @param {Json} point
 * @returns {string}
 */
export function asksFor(document, checklist, item, point) {
  if (declared(checklist, "evacuate_first").some(({ points }) => points.includes(point.id))) return "evacuate_first";
  if (asksSafety(checklist, item, point)) return "safety_check";
  if (declared(checklist, "required_when").length && wantedNow(look(document, checklist), point.id))
    return "required_when";
  return point.required !== false && keeps(checklist, "no_blank") ? "no_blank" : "";
}

/** @param {Json} checklist @param {Json} item @param {Json} point */
function asksSafety(checklist, item, point) {
  return declared(checklist, "safety_check").some(({ points }) => {
    if (points) return points.includes(point.id);
    return point.required !== false && (checklist.inspects !== false || item.id === "safety");
  });
}

/** Whether a choice that was made asks for this point. @param {Seen} seen @param {string} point */
function wantedNow({ checklist, checks }, point) {
  return declared(checklist, "required_when").some(
    (rule) => rule.then.includes(point) && checks[rule.point]?.value === rule.value,
  );
}

/** Whether the point waits for a choice that was not made. @param {Seen} seen @param {string} point */
function idleNow(seen, point) {
  const named = declared(seen.checklist, "required_when").some((rule) => rule.then.includes(point));
  return named && !wantedNow(seen, point);
}

/**
 * Which declared rules are broken, and where. Answers that are not there yet break none.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @returns {Breach[]}
 */
export function breaches(document, checklist) {
  const seen = look(document, checklist);
  return (checklist.rules ?? []).flatMap((/** @type {Json} */ rule) =>
    (RULES[rule.id]?.(seen, rule) ?? []).map((where) => ({ rule: rule.id, ...where })),
  );
}

/**
 * Why a point cannot be answered yet, in the language of now; null where it can. What must not be done yet may still be said
 * not to be done: there only the `pass` waits.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @param {string} point
 * @returns {{why: string, only: "pass" | ""} | null}
 */
export function lockedBy(document, checklist, point) {
  const seen = look(document, checklist);
  for (const rule of declared(checklist, "evacuate_first")) {
    if (!rule.points.includes(point) && !rule.points.every((/** @type {string} */ one) => seen.checks[one]))
      return { why: textOf(rule.say), only: "" };
  }
  for (const rule of declared(checklist, "required_when")) {
    if (rule.then.includes(point) && idleNow(seen, point)) return { why: textOf(rule.say), only: "" };
  }
  for (const rule of declared(checklist, "no_gas_with_hazard")) {
    if (rule.points.includes(point) && isUnsafe(seen, rule)) return { why: textOf(rule.say), only: "pass" };
  }
  return null;
}

/**
 * What a point is warned of at once, before it is too late, in the language of now; empty where there is nothing.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @param {string} point
 * @returns {string}
 */
export function warnedOf(document, checklist, point) {
  const early = declared(checklist, "served_ahead").filter(({ served }) => served === point);
  const isBroken = early.some((rule) => RULES.served_ahead?.(look(document, checklist), rule).length);
  return isBroken ? textOf(early[0]?.say) : "";
}

const LOCKING = ["evacuate_first", "required_when", "no_gas_with_hazard"];

/**
 * Whether a point must be answered by itself: it waits for others, or others wait for it.
 *
 * @param {Json} document
 * @param {Json} checklist
 * @param {string} point
 * @returns {boolean}
 */
export function standsAlone(document, checklist, point) {
  if (!LOCKING.some((id) => declared(checklist, id).length)) return false;
  return (
    declared(checklist, "required_when").some((rule) => rule.point === point) ||
    Boolean(lockedBy(document, checklist, point))
  );
}

/** @typedef {(seen: Seen, rule: any) => Omit<Breach, "rule">[]} Rule */

/** @param {string[]} points */
const at = (points) => points.map((point) => ({ point }));

/** @param {Seen} seen @param {string} point */
const isPictured = ({ photos }, point) => photos.some(({ purpose, ref }) => purpose === "check" && ref === point);

/** What follows a meter's id in the `ref` of a photo of the meter that an exchange puts in its place. */
export const NEW_METER = "/new";

/** The photos of a meter; one that names none is of the first meter on file. @param {Seen} seen @param {string} ref */
function dialsOf({ document, photos }, ref) {
  const first = document.meters?.[0]?.id;
  return photos.filter((photo) => photo.purpose === "meter" && (photo.ref ?? first) === ref);
}

/** @param {unknown} text  numbers and names are compared without spaces and case */
const bare = (text) =>
  String(text ?? "")
    .replace(/\s/gu, "")
    .toLowerCase();

/** @param {Seen} seen @param {string} point */
const said = ({ checks }, point) => (checks[point]?.result === "na" ? "" : bare(checks[point]?.note));

const DAY = 86_400_000;

/** A day that somebody wrote, whatever stands between its figures; NaN for none. @param {string} text */
function dayOf(text) {
  const [, year, month, day] = /^\D*(\d{4})\D*?(\d{1,2})\D*?(\d{1,2})\D*$/u.exec(text) ?? [];
  return Date.parse(`${year}-${month?.padStart(2, "0")}-${day?.padStart(2, "0")}`);
}

/** @type {Record<string, Rule>} */
const RULES = {
  no_estimate(seen, { points = [] }) {
    const { document } = seen;
    const { meters = [] } = document;
    const unseen = meters.filter((/** @type {Json} */ { id }) => {
      const reading = document.readings?.[id];
      return reading?.value && !reading.photo && !dialsOf(seen, id).length;
    });
    const bareFigures = points.filter(
      (/** @type {string} */ one) => seen.checks[one] && seen.checks[one].result !== "na" && !isPictured(seen, one),
    );
    return [...unseen.map((/** @type {Json} */ { id }) => ({ meter: id })), ...at(bareFigures)];
  },

  // What is odd is said at the dial, where the last figure is known: ui/meter_warnings.js.
  no_misreading(seen) {
    const { meters = [], readings = {} } = seen.document;
    const unsure = meters.filter((/** @type {Json} */ { id }) => {
      const { odd, value, again, photo } = readings[id] ?? {};
      return odd && value && !(again === value && (photo || dialsOf(seen, id).length));
    });
    return unsure.map((/** @type {Json} */ { id }) => ({ meter: id }));
  },

  old_meter_photo: (seen) => exchanged(seen, (_exchange, { id }) => !dialsOf(seen, id).length),

  new_meter_photo: (seen) => exchanged(seen, (_exchange, { id }) => !dialsOf(seen, `${id}${NEW_METER}`).length),

  right_household(seen, { points = [] }) {
    const { meters = [], readings = {} } = seen.document;
    const numbers = meters.map((/** @type {Json} */ { serial }) => bare(serial));
    const others = meters.filter(
      (/** @type {Json} */ { id, serial }) =>
        readings[id]?.serial && !readings[id].exchange && bare(readings[id].serial) !== bare(serial),
    );
    const wrong = points.filter((/** @type {string} */ one) => said(seen, one) && !numbers.includes(said(seen, one)));
    return [...others.map((/** @type {Json} */ { id }) => ({ meter: id })), ...at(wrong)];
  },

  photo_evidence(seen, { points }) {
    const wanted = (/** @type {Json} */ { id, photo }) => (points ? points.includes(id) : photo === "always");
    const asked = (seen.checklist.items ?? []).flatMap((/** @type {Json} */ item) => item.points).filter(wanted);
    const answered = asked.filter((/** @type {Json} */ { id }) => seen.checks[id] && seen.checks[id].result !== "na");
    return at(
      answered.map((/** @type {Json} */ { id }) => id).filter((/** @type {string} */ id) => !isPictured(seen, id)),
    );
  },

  own_hand({ document }) {
    const { customer, technician } = document.signatures ?? {};
    if (!customer?.image || !technician?.name) return [];
    const drawn = JSON.stringify(customer.strokes ?? null);
    const copied = drawn.length > 20 && drawn === JSON.stringify(technician.strokes ?? null);
    return copied || bare(customer.name) === bare(technician.name) ? [{ role: "customer" }] : [];
  },

  signed_before_work(seen, { list, agreed, work }) {
    if (list && !seen.checks[list]?.lines?.length) return [];
    const begun = work.filter((/** @type {string} */ one) => seen.checks[one]);
    const agreement = agreed ? seen.checks[agreed] : seen.document.signatures?.agreement;
    if (!agreement || agreement.stale || agreement.result === "fail") return [{ point: list ?? agreed ?? work[0] }];
    return at(begun.filter((/** @type {string} */ one) => isBefore(seen.checks[one], agreement)));
  },

  price_list({ checks, checklist: { prices } }, { points }) {
    const listed = new Map((prices?.lines ?? []).map((/** @type {Json} */ line) => [line.code, line.price]));
    // Agreed by an older list: the server knows the prices of that one.
    const ofThisList = points.filter((/** @type {string} */ one) => prices && checks[one]?.list === prices.edition);
    return at(
      ofThisList.filter((/** @type {string} */ one) =>
        checks[one].lines?.some((/** @type {Json} */ line) => listed.get(line.code) !== line.price),
      ),
    );
  },

  no_gas_with_hazard(seen, rule) {
    const on = rule.points.filter((/** @type {string} */ one) => seen.checks[one]?.result === "pass");
    return on.length && isUnsafe(seen, rule) ? at(on) : [];
  },

  seals(seen, { points }) {
    return points ? at(repeated(points, (one) => said(seen, one))) : exchanged(seen, ({ seals }) => !bare(seals));
  },

  different(seen, { points }) {
    if (points) return at(repeated(points, (one) => said(seen, one)));
    return exchanged(seen, ({ serial }, meter) => Boolean(serial) && bare(serial) === bare(meter.serial));
  },

  in_order({ checks }, { points }) {
    const answered = points.filter((/** @type {string} */ one) => checks[one] && checks[one].result !== "na");
    return at(
      answered.filter(
        (/** @type {string} */ one, /** @type {number} */ n) => n && isBefore(checks[one], checks[answered[n - 1]]),
      ),
    );
  },

  required_when(seen, { then }) {
    const given = (/** @type {string} */ one) => seen.checks[one] && seen.checks[one].result !== "na";
    return at(then.filter((/** @type {string} */ one) => given(one) && idleNow(seen, one)));
  },

  // Said while it can still be heeded; what was cut already is for the office to judge.
  served_ahead(seen, { point, value, served, days, cut }) {
    const chosen = seen.checks[point];
    if (chosen?.value !== value || !said(seen, served) || seen.checks[cut]) return [];
    const day = dayOf(said(seen, served));
    return Date.parse(chosen.at.slice(0, 10)) - day >= Number(days) * DAY ? [] : at([served]);
  },

  verified_with_photo({ document, photos }) {
    const shown = new Set(photos.filter(({ purpose }) => purpose === "hazard").map(({ ref }) => ref));
    return Object.keys(document.verifications ?? {})
      .filter((id) => !shown.has(id))
      .map((hazard) => ({ hazard }));
  },

  reading_needed({ document }) {
    const unread = (document.meters ?? []).filter((/** @type {Json} */ { id }) => document.readings?.[id]?.unreadable);
    return unread.map((/** @type {Json} */ { id }) => ({ meter: id }));
  },

  two_signers({ document }) {
    const { customer, witness } = document.signatures ?? {};
    if (!customer?.image) return [];
    return witness?.image && bare(witness.name) !== bare(customer.name) ? [] : [{ role: "witness" }];
  },

  independent(seen, { points }) {
    const { assignee, signatures } = seen.document;
    const workers = [assignee?.name, signatures?.technician?.name].filter(Boolean).map(bare);
    return at(points.filter((/** @type {string} */ one) => said(seen, one) && workers.includes(said(seen, one))));
  },
};

/** Whether gas has to wait: a hazard lives, one of last time was not put right, or a test has not passed. @param {Seen} seen @param {Json} rule */
function isUnsafe({ document, checks }, { passed = [] }) {
  const isOpen = (/** @type {Json} */ hazard) => !hazard.withdrawn && hazard.verified?.result !== "fixed";
  const before = document.previous?.open_hazards ?? [];
  return (
    Object.values(document.hazards ?? {}).some(isOpen) ||
    before.some((/** @type {Json} */ { id }) => document.verifications?.[id]?.result !== "fixed") ||
    passed.some((/** @type {string} */ one) => checks[one]?.result !== "pass")
  );
}

/** @param {Json} one @param {Json} other */
const isBefore = (one, other) => Date.parse(one.at) < Date.parse(other.at);

/** Those that say what an earlier one said. @param {string[]} points @param {(point: string) => string} of */
function repeated(points, of) {
  return points.filter((one, n) => of(one) && points.slice(0, n).some((earlier) => of(earlier) === of(one)));
}

/** The meters of whose exchange something holds. @param {Seen} seen @param {(exchange: Json, meter: Json) => boolean} holds */
function exchanged({ document }, holds) {
  const { meters = [], readings = {} } = document;
  return meters
    .filter((/** @type {Json} */ meter) => readings[meter.id]?.exchange && holds(readings[meter.id].exchange, meter))
    .map((/** @type {Json} */ { id }) => ({ meter: id }));
}
