/**
 * How the trade's facts are said: places, states, levels, days.
 *
 * Decides wording only. Every function takes the words it speaks with (`text.js`, or `wordsIn(locale)` where a
 * page speaks the customer's language), so one sentence serves the technician and the customer.
 */

import * as text from "../text.js";
import { unitOf } from "./reading.js";

/** @typedef {Pick<typeof text, "_" | "ngettext" | "textOf" | "formatDate" | "formatTime" | "formatDateTime" | "formatNumber">} Words */

/** The room as it is written on the door: building-unit-room. @param {any} customer @returns {string} */
export function roomOf(customer) {
  return [customer.building, customer.unit, customer.room].filter(Boolean).join("-") || customer.address || "";
}

/** Where the room is. @param {any} customer @returns {string} */
export function addressOf(customer) {
  return [customer.district, customer.address].filter(Boolean).join(" ");
}

/** The agreed time, or that there is none. @param {any} visit @param {boolean} [whole]  from and to @returns {string} */
export function hoursOf({ planned }, whole = false) {
  if (!planned?.from) return text._("Any time");
  return whole && planned.to ? `${planned.from}–${planned.to}` : planned.from;
}

/** The planned day; a visit that nobody planned belongs to the day of its start. @param {any} visit @returns {string} */
export function dayOf(visit) {
  return visit.planned?.date ?? visit.start?.at?.slice(0, 10) ?? "";
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

/** The unit as people write it. @param {any} catalog @param {string | undefined} unit @param {Words} [words] @returns {string} */
export function unitWords(catalog, unit, words = text) {
  return nameOf(catalog.units, unit, words);
}

/** The limit as it stands beneath the field. @param {any} catalog @param {any} point @param {Words} [words] @returns {string} */
export function limitWords(catalog, point, words = text) {
  const { _ } = words;
  const { limit } = point;
  if (!limit) return "";
  const unit = unitWords(catalog, point.unit, words);
  if (limit.op === "between") return _("%(low)s to %(high)s %(unit)s", { low: limit.low, high: limit.high, unit });
  if (limit.op === "<=" && /^0+(\.0*)?$/.test(limit.value)) return _("must be 0 %(unit)s", { unit });
  if (limit.op === "<=") return _("at most %(value)s %(unit)s", { value: limit.value, unit });
  return _("at least %(value)s %(unit)s", { value: limit.value, unit });
}

/**
 * Who must act: what the catalogue says of the hazard, else what follows from the position and the company's boundary.
 *
 * @param {any} catalog
 * @param {{code: string | null, position: string}} hazard
 * @returns {string} company, user or shared
 */
export function responsibleFor(catalog, { code, position }) {
  const entry = (catalog.hazards ?? []).find((/** @type {any} */ each) => each.code === code);
  const fixed = entry && entry.responsible !== "by_boundary" ? entry.responsible : null;
  return fixed ?? catalog.responsibility?.[position] ?? "user";
}

/** What a catalogue list says an entry means. @param {any[] | undefined} list @param {string} id @param {Words} [words] @returns {string} */
export function meaningOf(list, id, words = text) {
  return words.textOf((list ?? []).find((each) => each.id === id)?.meaning);
}

/** The zone in which the company counts its days; the default is the server's own. @param {any} catalog @returns {string} */
export function zoneOf(catalog) {
  return catalog.company?.time_zone ?? "Asia/Shanghai";
}

/** Zones that have kept the same hours all year for decades; the browser's calendar, slow to begin with, is not asked. @type {Record<string, number>} */
const STEADY = { "Asia/Shanghai": 8, "Asia/Hong_Kong": 8, "Asia/Macau": 8, "Asia/Taipei": 8 };

/**
 * The day that an instant belongs to, in a zone. Taken by its parts: in what order a language writes them has changed
 * from one browser to the next.
 *
 * @param {string} zone
 * @param {number | Date} at
 * @returns {string} `2026-11-21`
 */
export function dayIn(zone, at) {
  const ahead = STEADY[zone];
  if (ahead) return new Date(Number(at) + ahead * 3_600_000).toISOString().slice(0, 10);
  const style = /** @type {const} */ ({ timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  const parts = text.formatter(Intl.DateTimeFormat, "en", style).formatToParts(at);
  const { year, month, day } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}`;
}

/**
 * A day, some days from now, in the company's zone.
 *
 * @param {any} catalog
 * @param {number} [later]
 * @returns {string} `2026-11-21`
 */
export function dayFrom(catalog, later = 0) {
  const [year, month, day] = dayIn(zoneOf(catalog), new Date()).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day + later)).toISOString().slice(0, 10);
}

/** A meter by what it counts, with its number. @param {{kind?: string}} meter @param {string} serial @param {Pick<Words, "_">} [words] */
export function meterWords({ kind }, serial, { _ } = text) {
  if (kind === "water") return _("Water meter %(serial)s", { serial });
  if (kind === "electric") return _("Electricity meter %(serial)s", { serial });
  return _("Meter %(serial)s", { serial });
}

/** *18 m³ since 20 October*. @param {{kind?: string}} meter @param {string} used @param {string} date @param {Pick<Words, "_">} [words] */
export function usedWords(meter, used, date, { _ } = text) {
  return unitOf(meter) === "kWh"
    ? _("%(used)s kWh since %(date)s", { used, date })
    : meter.kind === "water"
      ? _("%(used)s m³ of water since %(date)s", { used, date })
      : _("%(used)s m³ since %(date)s", { used, date });
}

/** The form of a short day: `21 Nov, Sat`. @type {Intl.DateTimeFormatOptions} */
export const SHORT_DAY = { month: "long", day: "numeric", weekday: "long" };
