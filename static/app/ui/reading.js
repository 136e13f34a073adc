/**
 * What a typed reading is, and what is remarkable about it. Pure.
 *
 * Decides the difference to the last reading, over a rollover and over an exchange of the meter, and the warnings; never
 * refuses a figure (lesson 18: rollover, exchange and tampering are real). Invariant: digits stay as typed, leading zeros
 * and all; nothing passes through a float.
 */

import { compareDecimals, subtractDecimals, timesDecimal, wholeOf } from "./decimals.js";

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
 * @typedef {object} Rules  What the company finds remarkable, from the catalogue; the trade's figures where it says nothing.
 * @property {number} jump_percent
 * @property {number} jump_more
 * @property {number} low_percent
 * @property {number} low_less
 * @property {string} most_per_hour  of a household meter whose size is not on file, m³
 *
 * @typedef {"below_last" | "below_first" | "rollover" | "impossible" | "jump" | "low" | "zero" | "stopped" | "exchanged"} Warning
 */

/** The most that passes in an hour, in cubic metres, by size (GB/T 6968). @type {Record<string, string>} */
const MOST_AN_HOUR = {
  "G1.6": "2.5",
  "G2.5": "4",
  G4: "6",
  G6: "10",
  G10: "16",
  G16: "25",
  G25: "40",
  G40: "65",
};
/** The trade's figures (meter.md section 6); the largest meter that hangs in a home is a G6. @type {Rules} */
const USUAL_RULES = { jump_percent: 150, jump_more: 20, low_percent: 50, low_less: 20, most_per_hour: MOST_AN_HOUR.G6 };
const DAY_MS = 86_400_000;
/** Meters of which nothing here says how much can pass. */
const WITHOUT_LIMIT = ["rotary_turbine", "water", "electric"];

/** What a meter counts. @param {{kind?: string}} meter */
export function unitOf({ kind }) {
  return kind === "electric" ? "kWh" : "m³";
}

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
 * @param {Rules} [rules]
 * @returns {string | null} cubic metres; null where nothing is known of the meter or of the time
 */
export function mostSince(meter, at, rules = USUAL_RULES) {
  const atHome = WITHOUT_LIMIT.includes(meter.kind ?? "") ? undefined : rules.most_per_hour;
  const hourly = meter.size ? MOST_AN_HOUR[meter.size] : atHome;
  const passed = Date.parse(at) - Date.parse(meter.last?.at ?? "");
  if (!hourly || Number.isNaN(passed)) return null;
  const days = BigInt(Math.max(1, Math.ceil(passed / DAY_MS)));
  return plain(timesDecimal(hourly, 24n * days));
}

/**
 * The gas used since the last reading, counted over a rollover where that is what happened: the wheels stood near all
 * nines, and so much can have passed.
 *
 * @param {Meter} meter
 * @param {string} value
 * @param {string} [at]  when it is read
 * @param {Rules} [rules]
 * @returns {{used: string, rolled: boolean} | null} null without a last reading, or when the meter went backwards
 */
export function usedSince(meter, value, at = "", rules = USUAL_RULES) {
  if (!meter.last?.value || !/\d/.test(value)) return null;
  const places = value.includes(".");
  const last = places ? meter.last.value : wholeOf(meter.last.value);
  const used = subtractDecimals(value, last);
  if (!used.startsWith("-")) return { used: plain(used), rolled: false };
  const full = `1${"0".repeat(meter.digits)}`;
  const nearlyFull = compareDecimals(last, String((9n * 10n ** BigInt(meter.digits)) / 10n)) >= 0;
  if (!nearlyFull) return null;
  const over = plain(subtractDecimals(full, used.slice(1)));
  const most = mostSince(meter, at, rules);
  return most !== null && compareDecimals(over, most) > 0 ? null : { used: over, rolled: true };
}

/**
 * The gas used when the meter was exchanged meanwhile: the old one's part and the new one's, each by its own wheels.
 *
 * @param {Meter} meter
 * @param {Exchange} exchange
 * @param {string} value  of the new meter
 * @param {string} [at]
 * @param {Rules} [rules]
 * @returns {{used: string, rolled: boolean} | null} null where one of the two parts cannot be counted
 */
export function usedOverExchange(meter, { final, initial }, value, at = "", rules = USUAL_RULES) {
  if (!meter.last || !final || !initial) return null;
  const old = usedSince(meter, final, at, rules);
  const fresh = usedSince({ ...meter, last: { value: initial, at: meter.last.at } }, value, at, rules);
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
 * @param {{at?: string, exchange?: Exchange | null, rules?: Rules}} [how]
 * @returns {Warning[]}
 */
export function warningsOf(meter, value, running, { at = "", exchange = null, rules = USUAL_RULES } = {}) {
  /** @type {Warning[]} */
  const warnings = exchange ? ["exchanged", ...backwards(meter, exchange, value, at, rules)] : [];
  const since = usedOf(meter, exchange, value, at, rules);
  if (!exchange && meter.last?.value && value && !since) warnings.push("below_last");
  if (since?.rolled) warnings.push("rollover");
  const most = mostSince(meter, at, rules);
  if (since && most !== null && compareDecimals(since.used, most) > 0)
    return [...warnings, "impossible", ...standing(running)];
  if (since && /^0(\.0*)?$/.test(since.used)) warnings.push("zero");
  else if (since && meter.usual) {
    const { low, high } = meter.usual;
    if (farAbove(since.used, high, rules)) warnings.push("jump");
    else if (farBelow(since.used, low, rules)) warnings.push("low");
  }
  return [...warnings, ...standing(running)];
}

/**
 * The gas used since the last reading, of one meter or of two.
 *
 * @param {Meter} meter
 * @param {Exchange | null} exchange
 * @param {string} value
 * @param {string} [at]
 * @param {Rules} [rules]
 */
export function usedOf(meter, exchange, value, at = "", rules = USUAL_RULES) {
  return exchange ? usedOverExchange(meter, exchange, value, at, rules) : usedSince(meter, value, at, rules);
}

/** @param {boolean | null} running @returns {Warning[]} */
function standing(running) {
  return running === false ? ["stopped"] : [];
}

/** Which of the two meters of an exchange would have run backwards. @param {Meter} meter @param {Exchange} exchange @param {string} value @param {string} at @param {Rules} rules @returns {Warning[]} */
function backwards(meter, { final, initial }, value, at, rules) {
  /** @type {Warning[]} */
  const found = [];
  if (meter.last && final && !usedSince(meter, final, at, rules)) found.push("below_last");
  const fresh = { ...meter, last: { value: initial, at } };
  if (initial && value && !usedSince(fresh, value, at, rules)) found.push("below_first");
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

/** Above the usual by so many per cent of it, and by so many cubic metres. @param {string} used @param {string} high @param {Rules} rules */
function farAbove(used, high, { jump_percent, jump_more }) {
  const over = subtractDecimals(used, high);
  return isMore(timesDecimal(used, 100), timesDecimal(high, jump_percent)) && isMore(over, String(jump_more));
}

/** Below so many per cent of the usual, and by so many cubic metres. @param {string} used @param {string} low @param {Rules} rules */
function farBelow(used, low, { low_percent, low_less }) {
  const under = subtractDecimals(low, used);
  return isMore(timesDecimal(low, low_percent), timesDecimal(used, 100)) && isMore(under, String(low_less));
}

/** @param {string} a @param {string} b */
const isMore = (a, b) => compareDecimals(a, b) > 0;
