/**
 * What is charged at a visit, in figures: quantities that are typed, lines and their total. Pure.
 *
 * Decides rounding as the server does (fieldsvc/charges/sums.py): each line half up to the cent, the total is the sum of the
 * lines. Invariant: money never passes through a float; tests/js/charge-vectors.json is read by the tests of both halves.
 */

import { compareDecimals, plainDecimal } from "./ui/decimals.js";

/** @typedef {{code: string, quantity: string, price: string}} Line */
/** @typedef {{code: string, trade: string, name: Record<string, string>, unit: Record<string, string>, price: string}} Offered */

export const MOST_QUANTITY = "99999";
const PLACES = 3;

/** @param {string} figure @returns {{digits: bigint, places: number}} */
function parts(figure) {
  const [whole, decimals = ""] = figure.split(".");
  return { digits: BigInt(whole + decimals), places: decimals.length };
}

/** @param {bigint} cents @returns {string} */
function written(cents) {
  const digits = String(cents).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** @param {Pick<Line, "quantity" | "price">} line @returns {bigint} */
function centsOf({ quantity, price }) {
  const [many, each] = [parts(quantity), parts(price)];
  const product = many.digits * each.digits;
  const places = many.places + each.places;
  if (places <= 2) return product * 10n ** BigInt(2 - places);
  const scale = 10n ** BigInt(places - 2);
  return (product * 2n + scale) / (scale * 2n);
}

/** What so much of something comes to: *75.90*. @param {Pick<Line, "quantity" | "price">} line */
export function amountOf(line) {
  return written(centsOf(line));
}

/** What lines come to together. @param {Pick<Line, "quantity" | "price">[]} lines */
export function totalOf(lines) {
  return written(lines.reduce((sum, line) => sum + centsOf(line), 0n));
}

/**
 * The quantity that was typed, or null where it is none: more than nothing, to the thousandth.
 *
 * @param {string} typed
 * @returns {string | null}
 */
export function quantityOf(typed) {
  const plain = plainDecimal(typed);
  if (plain === null || compareDecimals(plain, "0") <= 0 || compareDecimals(plain, MOST_QUANTITY) > 0) return null;
  return (plain.split(".")[1]?.length ?? 0) > PLACES ? null : plain;
}

/** One more or one less of a line, never below one. @param {string} quantity @param {1 | -1} step @returns {string} */
export function stepped(quantity, step) {
  const { digits, places } = parts(quantity);
  const unit = 10n ** BigInt(places);
  const next = digits + BigInt(step) * unit;
  if (next < unit || next > BigInt(MOST_QUANTITY) * unit) return quantity;
  const text = String(next).padStart(places + 1, "0");
  return places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text;
}

/**
 * Whether the customer signs for what this point charges before the work begins: a rule of the kind says so.
 *
 * @param {Record<string, any>} checklist
 * @param {Record<string, any>} point
 * @returns {boolean}
 */
export function isAgreed({ rules }, point) {
  return (rules ?? []).some(
    (/** @type {any} */ { id, list, agreed }) => id === "signed_before_work" && list === point.id && !agreed,
  );
}

/**
 * Whether what is charged still wants that signature: there are lines, and none that covers them as they are.
 *
 * @param {Record<string, any>} document  as shown
 * @param {string} item
 * @param {Record<string, any>} point
 * @returns {boolean}
 */
export function wantsAgreement(document, item, point) {
  if (!document.checks?.[item]?.[point.id]?.lines?.length) return false;
  const { agreement } = document.signatures ?? {};
  return !agreement?.image || agreement.stale || !agreement.covers?.includes(`${item}/${point.id}`);
}
