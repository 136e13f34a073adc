/**
 * What a typed reading is, and what is remarkable about it. Pure.
 *
 * Decides the difference to the last reading and the warnings; never refuses a figure (lesson 18: rollover, exchange
 * and tampering are real). Invariant: digits stay as typed, leading zeros and all; nothing passes through a float.
 */

import { compareDecimals, subtractDecimals, wholeOf } from "./decimals.js";

/** @typedef {{id: string, serial: string, digits: number, decimals: number, last?: {value: string, at: string} | null, usual?: {low: string, high: string} | null}} Meter */
/** @typedef {"below_last" | "rollover" | "jump" | "low" | "zero" | "stopped"} Warning */

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
  return decimals ? `${whole}.${decimals}` : whole;
}

/**
 * The gas used since the last reading, counted over a rollover where that is what happened.
 *
 * @param {Meter} meter
 * @param {string} value
 * @returns {{used: string, rolled: boolean} | null} null without a last reading, or when the meter went backwards
 */
export function usedSince(meter, value) {
  if (!meter.last?.value || !/\d/.test(value)) return null;
  const places = value.includes(".");
  const last = places ? meter.last.value : wholeOf(meter.last.value);
  const used = subtractDecimals(value, last);
  if (!used.startsWith("-")) return { used: plain(used), rolled: false };
  const full = `1${"0".repeat(meter.digits)}`;
  const nearlyFull = compareDecimals(last, String((9n * 10n ** BigInt(meter.digits)) / 10n)) >= 0;
  return nearlyFull ? { used: plain(subtractDecimals(full, used.slice(1))), rolled: true } : null;
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
 * @returns {Warning[]}
 */
export function warningsOf(meter, value, running) {
  /** @type {Warning[]} */
  const warnings = [];
  const since = usedSince(meter, value);
  if (meter.last?.value && value && !since) warnings.push("below_last");
  if (since?.rolled) warnings.push("rollover");
  if (since && /^0(\.0*)?$/.test(since.used)) warnings.push("zero");
  else if (since && meter.usual) {
    const { low, high } = meter.usual;
    if (farAbove(since.used, high)) warnings.push("jump");
    else if (farBelow(since.used, low)) warnings.push("low");
  }
  if (running === false) warnings.push("stopped");
  return warnings;
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
