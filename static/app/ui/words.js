/**
 * How the trade's facts are said: places, states, levels, days.
 *
 * Decides wording only. Every function takes the words it speaks with (`text.js`, or `wordsIn(locale)` where a
 * page speaks the customer's language), so one sentence serves the technician and the customer.
 */

import * as text from "../text.js";

/** @typedef {Pick<typeof text, "_" | "ngettext" | "textOf" | "formatDate" | "formatTime" | "formatDateTime" | "formatNumber">} Words */

/** The room as it is written on the door: building-unit-room. @param {any} customer @returns {string} */
export function roomOf(customer) {
  return [customer.building, customer.unit, customer.room].filter(Boolean).join("-") || customer.address || "";
}

/** Where the room is. @param {any} customer @returns {string} */
export function addressOf(customer) {
  return [customer.district, customer.address].filter(Boolean).join(" ");
}

/** What kind of visit it is. @param {any} catalog @param {any} visit @returns {string} */
export function typeOf(catalog, visit) {
  const type = (catalog.visit_types ?? []).find((/** @type {any} */ each) => each.id === visit.type);
  return text.textOf(type?.name) || visit.type;
}

/**
 * The text of a catalogue list's entry; an unknown one is shown as it is.
 *
 * @param {any[] | undefined} list
 * @param {string | null | undefined} id
 * @param {Words} [words]
 * @returns {string}
 */
export function nameOf(list, id, words = text) {
  return words.textOf((list ?? []).find((each) => each.id === id)?.name) || id || "";
}

/** How a visit ended. @param {any} outcome @param {Words} [words] @returns {string} */
export function outcomeWords(outcome, words = text) {
  const { _ } = words;
  const known = /** @type {Record<string, string>} */ ({
    completed: _("Completed"),
    no_access: _("No access"),
    refused: _("Entry refused"),
    stopped: _("Stopped"),
  });
  return known[outcome] ?? outcome ?? "";
}

/** What the result of a check is called. @param {any} catalog @param {string} result @param {Words} [words] @returns {string} */
export function resultWords(catalog, result, words = text) {
  return words.textOf(catalog.results?.[result]) || result;
}

/** The unit as people write it. @param {string | undefined} unit @param {Words} [words] @returns {string} */
export function unitWords(unit, words = text) {
  const { _ } = words;
  const known = /** @type {Record<string, string>} */ ({
    m2: "m²",
    cm2: "cm²",
    dm3: "dm³",
    m3: "m³",
    s: _("s"),
    year: _("years"),
    pcs: _("pcs"),
  });
  return known[unit ?? ""] ?? unit ?? "";
}

/** The limit as it stands beneath the field. @param {any} point @param {Words} [words] @returns {string} */
export function limitWords(point, words = text) {
  const { _ } = words;
  const { limit } = point;
  if (!limit) return "";
  const unit = unitWords(point.unit, words);
  const value = limit.value;
  if (limit.op === "between") return _("%(low)s to %(high)s %(unit)s", { low: limit.low, high: limit.high, unit });
  if (limit.op === "==") return _("exactly %(value)s %(unit)s", { value, unit });
  if (limit.op === "<=") return _("at most %(value)s %(unit)s", { value, unit });
  if (limit.op === ">=") return _("at least %(value)s %(unit)s", { value, unit });
  if (limit.op === "<") return _("less than %(value)s %(unit)s", { value, unit });
  return _("more than %(value)s %(unit)s", { value, unit });
}

/** Where in the installation it lies. @param {Words} [words] @returns {{value: string, label: string}[]} */
export function positionWords(words = text) {
  const { _ } = words;
  return [
    { value: "before_meter", label: _("Before the meter") },
    { value: "meter", label: _("At the meter") },
    { value: "after_meter_fixed", label: _("Fixed pipe after the meter") },
    { value: "appliance_valve", label: _("Appliance valve") },
    { value: "after_appliance_valve", label: _("After the appliance valve") },
  ];
}

/** Who must act and who pays. @param {"company" | "customer"} who @param {Words} [words] @returns {string} */
export function actorWords(who, words = text) {
  const { _ } = words;
  return who === "company"
    ? _("The gas company repairs it, free of charge.")
    : _("The customer has it put right by a qualified unit of their own choice and pays for it; the company checks it again.");
}

/** What happens to the gas. @param {string} stop @param {Words} [words] @returns {string} */
export function stopWords(stop, words = text) {
  const { _ } = words;
  const known = /** @type {Record<string, string>} */ ({
    now_all: _("Gas of the whole home shut off now"),
    now_appliance: _("Only this appliance shut off now"),
    on_overdue: _("Gas may be suspended when the date passes"),
    none: _("Gas stays on"),
  });
  return known[stop] ?? stop;
}

/** The zone in which the company counts its days. @param {any} catalog @returns {string | undefined} */
export function zoneOf(catalog) {
  return catalog.company?.time_zone ?? undefined;
}

/**
 * A day, some days from now, in the company's zone.
 *
 * @param {any} catalog
 * @param {number} [later]
 * @returns {string} `2026-11-21`
 */
export function dayFrom(catalog, later = 0) {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zoneOf(catalog), year: "numeric", month: "2-digit", day: "2-digit" });
  const [year, month, date] = day.format(new Date()).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, date + later)).toISOString().slice(0, 10);
}

/** The form of a short day: `21 Nov, Sat`. @type {Intl.DateTimeFormatOptions} */
export const SHORT_DAY = { month: "long", day: "numeric", weekday: "long" };
