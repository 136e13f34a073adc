/**
 * What a typed reading is, and what is remarkable about it. Pure.
 *
 * Decides the difference to the last reading, over a rollover and over an exchange of the meter, and the warnings; never
 * refuses a figure (lesson 18: rollover, exchange and tampering are real). Invariant: digits stay as typed, leading zeros
 * and all; nothing passes through a float.
 */

import { compareDecimals, subtractDecimals, wholeOf } from "./decimals.js";

/**
 * @typedef {object} Meter
 * @property {string} id
 * @property {string} serial
 * @property {number} digits
 * @property {number} decimals
 * @property {string} [kind]
 * @property {string} [size]  `G2.5`, where it is on file
 * @property {{value: string, at: string} | null} [last]
 * @property {{low: string, high: string} | null} [usual]
 *
 * @typedef {object} Exchange  Another meter hangs here than the one on file.
 * @property {string} serial  its number
 * @property {string} final  where the old one stopped; empty: nobody knows
 * @property {string} initial  where the new one began, never taken to be 0; empty: nobody knows
 *
 * @typedef {"below_last" | "below_first" | "rollover" | "impossible" | "jump" | "low" | "zero" | "stopped" | "exchanged"} Warning
 */

/** The most that passes in an hour, in tenths of a cubic metre, by size (GB/T 6968). @type {Record<string, bigint>} */
const MOST_AN_HOUR = {
  "G1.6": 25n,
  "G2.5": 40n,
  G4: 60n,
  G6: 100n,
  G10: 160n,
  G16: 250n,
  G25: 400n,
  G40: 650n,
};
/** Where no size is on file: the largest that hangs in a home. */
const LARGEST_AT_HOME = "G6";
const DAY_MS = 86_400_000;

/**
 * The reading that typed digits mean. Digits beyond the black wheels go on to the red ones, as the eye does.
 *
 * @param {Meter} meter
 * @param {string} typed
 * @returns {string} digits, with a point before the decimals where there are any
 */
export function readingOf(meter, typed) {
  const [left, ...rest] = typed
    .replace(/[，,。]/g, ".")
    .replace(/[^\d.]/g, "")
    .split(".");
  const spill = left.slice(meter.digits);
  const decimals = (spill + rest.join("")).slice(0, meter.decimals);
  const whole = left.slice(0, meter.digits);
  if (!whole) return "";
  return decimals ? `${whole}.${decimals}` : whole;
}

/**
 * The gas that can have passed since the last reading at the very most.
 *
 * @param {Meter} meter
 * @param {string} at  when it is read
 * @returns {string | null} whole cubic metres; null where nothing is known of the meter or of the time
 */
export function mostSince(meter, at) {
  const hourly = MOST_AN_HOUR[meter.size ?? (meter.kind === "rotary_turbine" ? "" : LARGEST_AT_HOME)];
  const passed = Date.parse(at) - Date.parse(meter.last?.at ?? "");
  if (!hourly || Number.isNaN(passed)) return null;
  const days = BigInt(Math.max(1, Math.ceil(passed / DAY_MS)));
  return String((hourly * 24n * days) / 10n);
}

/**
 * The gas used since the last reading, counted over a rollover where that is what happened: the wheels stood near all
 * nines, and so much can have passed.
 *
 * @param {Meter} meter
 * @param {string} value
 * @param {string} [at]  when it is read
 * @returns {{used: string, rolled: boolean} | null} null without a last reading, or when the meter went backwards
 */
export function usedSince(meter, value, at = "") {
  if (!meter.last?.value || !/\d/.test(value)) return null;
  const places = value.includes(".");
  const last = places ? meter.last.value : wholeOf(meter.last.value);
  const used = subtractDecimals(value, last);
  if (!used.startsWith("-")) return { used: plain(used), rolled: false };
  const full = `1${"0".repeat(meter.digits)}`;
  const nearlyFull = compareDecimals(last, String((9n * 10n ** BigInt(meter.digits)) / 10n)) >= 0;
  if (!nearlyFull) return null;
  const over = plain(subtractDecimals(full, used.slice(1)));
  const most = mostSince(meter, at);
  return most !== null && compareDecimals(over, most) > 0 ? null : { used: over, rolled: true };
}

/**
 * The gas used when the meter was exchanged meanwhile: the old one's part and the new one's, each by its own wheels.
 *
 * @param {Meter} meter
 * @param {Exchange} exchange
 * @param {string} value  of the new meter
 * @param {string} [at]
 * @returns {{used: string, rolled: boolean} | null} null where one of the two parts cannot be counted
 */
export function usedOverExchange(meter, { final, initial }, value, at = "") {
  if (!meter.last || !final || !initial) return null;
  const old = usedSince(meter, final, at);
  const fresh = usedSince({ ...meter, last: { value: initial, at: meter.last.at } }, value, at);
  if (!old || !fresh) return null;
  return { used: plain(subtractDecimals(old.used, `-${fresh.used}`)), rolled: old.rolled || fresh.rolled };
}

/** Without zeros that say nothing. @param {string} value */
function plain(value) {
  return value.includes(".") ? value.replace(/\.?0+$/, "") || "0" : value;
}

/**
 * What a person should look at again.
 *
 * @param {Meter} meter
 * @param {string} value
 * @param {boolean | null} running  whether it moves with a burner on; null: not said yet
 * @param {{at?: string, exchange?: Exchange | null}} [how]
 * @returns {Warning[]}
 */
export function warningsOf(meter, value, running, { at = "", exchange = null } = {}) {
  /** @type {Warning[]} */
  const warnings = exchange ? ["exchanged", ...backwards(meter, exchange, value, at)] : [];
  const since = exchange ? usedOverExchange(meter, exchange, value, at) : usedSince(meter, value, at);
  if (!exchange && meter.last?.value && value && !since) warnings.push("below_last");
  if (since?.rolled) warnings.push("rollover");
  const most = mostSince(meter, at);
  if (since && most !== null && compareDecimals(since.used, most) > 0)
    return [...warnings, "impossible", ...standing(running)];
  if (since && /^0(\.0*)?$/.test(since.used)) warnings.push("zero");
  else if (since && meter.usual) {
    const { low, high } = meter.usual;
    if (farAbove(since.used, high)) warnings.push("jump");
    else if (farBelow(since.used, low)) warnings.push("low");
  }
  return [...warnings, ...standing(running)];
}

/** @param {boolean | null} running @returns {Warning[]} */
function standing(running) {
  return running === false ? ["stopped"] : [];
}

/** Which of the two meters of an exchange would have run backwards. @param {Meter} meter @param {Exchange} exchange @param {string} value @param {string} at @returns {Warning[]} */
function backwards(meter, { final, initial }, value, at) {
  /** @type {Warning[]} */
  const found = [];
  if (meter.last && final && !usedSince(meter, final, at)) found.push("below_last");
  const fresh = { ...meter, last: { value: initial, at } };
  if (initial && value && !usedSince(fresh, value, at)) found.push("below_first");
  return found;
}

/** @type {Exchange} */
const NOTHING_KNOWN = { serial: "", final: "", initial: "" };

/**
 * The exchange that a reading on record tells of.
 *
 * @param {{exchange?: Partial<Exchange>} | undefined} recorded
 * @returns {Exchange | null} null: it is the meter on file
 */
export function exchangeIn(recorded) {
  return recorded?.exchange ? { ...NOTHING_KNOWN, ...recorded.exchange } : null;
}

/**
 * An exchange as it is written: what is not known is left out.
 *
 * @param {Exchange} exchange
 * @returns {Partial<Exchange>}
 */
export function exchangeWritten({ serial, final, initial }) {
  return { ...(serial && { serial }), ...(final && { final }), ...(initial && { initial }) };
}

/** Half as much again as usual, and more than 20 m³ over it. @param {string} used @param {string} high */
function farAbove(used, high) {
  const over = subtractDecimals(used, high);
  return compareDecimals(subtractDecimals(over, halfOf(high)), "0") > 0 && compareDecimals(over, "20") > 0;
}

/** Less than half of the usual, and more than 20 m³ under it. @param {string} used @param {string} low */
function farBelow(used, low) {
  return compareDecimals(used, halfOf(low)) < 0 && compareDecimals(subtractDecimals(low, used), "20") > 0;
}

/** @param {string} value */
function halfOf(value) {
  const [whole, decimals = ""] = value.split(".");
  const five = String(BigInt(whole + decimals) * 5n).padStart(decimals.length + 2, "0");
  const places = decimals.length + 1;
  return `${five.slice(0, -places)}.${five.slice(-places)}`;
}
