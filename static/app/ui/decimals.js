/**
 * Arithmetic on decimal strings, as they stand on the wire. Pure.
 *
 * Invariant: no figure passes through a float, so nothing is rounded that was not typed so.
 */

/**
 * A typed figure in its plain form, or null when it is none. A comma counts as the decimal point.
 *
 * @param {string} typed
 * @returns {string | null}
 */
export function plainDecimal(typed) {
  const text = typed
    .trim()
    .replace(/[，,。]/, ".")
    .replace(/^[−–]/, "-");
  const found = /^(-?)0*(\d*)(?:\.(\d*))?$/.exec(text);
  if (!found || !/\d/.test(text)) return null;
  const [, sign, whole, decimals = ""] = found;
  const figure = (whole || "0") + (decimals ? `.${decimals}` : "");
  return /[1-9]/.test(figure) ? sign + figure : figure;
}

/** @param {string} value @param {number} places @returns {bigint} */
function scaled(value, places) {
  const [whole, decimals = ""] = value.split(".");
  const digits = whole.replace("-", "") + decimals.padEnd(places, "0").slice(0, places);
  return BigInt(digits || "0") * (value.startsWith("-") ? -1n : 1n);
}

/** @param {...string} values */
const placesOf = (...values) => Math.max(...values.map((value) => value.split(".")[1]?.length ?? 0));

/**
 * @param {string} a
 * @param {string} b
 * @returns {-1 | 0 | 1}
 */
export function compareDecimals(a, b) {
  const places = placesOf(a, b);
  const [left, right] = [scaled(a, places), scaled(b, places)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {string} a − b
 */
export function subtractDecimals(a, b) {
  const places = placesOf(a, b);
  const difference = scaled(a, places) - scaled(b, places);
  const digits = String(difference < 0n ? -difference : difference).padStart(places + 1, "0");
  const text = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return (difference < 0n ? "-" : "") + text;
}

/**
 * @param {string} value
 * @param {number | bigint} factor  a whole number
 * @returns {string} as many decimals as the value has
 */
export function timesDecimal(value, factor) {
  const places = placesOf(value);
  const product = scaled(value, places) * BigInt(factor);
  const digits = String(product < 0n ? -product : product).padStart(places + 1, "0");
  const text = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return (product < 0n ? "-" : "") + text;
}

/** The whole part. @param {string} value @returns {string} */
export function wholeOf(value) {
  return value.split(".")[0] || "0";
}
