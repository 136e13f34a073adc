/**
 * The order of the day's visits: by day, in the order that the office gave them, by the agreed time, and as a person walks
 * where times are the same or none. A visit without a place in the office's order comes after those that have one.
 *
 * Pure. The walk is street, building, unit, floor by floor: figures in an address count as figures, 9 before 10.
 */

import { dayOf } from "./words.js";

/** @typedef {Record<string, any>} VisitDocument */

/** @type {WeakMap<VisitDocument, string>} made once for each document: sorting two thousand asks often */
const walks = new WeakMap();

/** The way a person walks: street, building, unit, floor by floor. @param {VisitDocument} visit @returns {string} */
function walkOf(visit) {
  const known = walks.get(visit);
  if (known !== undefined) return known;
  const { address, building, unit, room } = visit.customer;
  const steps = [address, building, unit, room].map((part) => String(part ?? ""));
  const walk = steps.map((part) => part.replace(/\d+/g, (figure) => figure.padStart(6, "0"))).join("\n");
  walks.set(visit, walk);
  return walk;
}

/** @param {string} a @param {string} b */
const inOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The place in the office's order. @param {VisitDocument} visit @returns {number} */
const placeOf = (visit) => visit.planned?.order ?? Number.MAX_SAFE_INTEGER;

/** @param {VisitDocument} a @param {VisitDocument} b */
export const byRoute = (a, b) =>
  inOrder(dayOf(a), dayOf(b)) ||
  placeOf(a) - placeOf(b) ||
  inOrder(a.planned?.from ?? "", b.planned?.from ?? "") ||
  inOrder(walkOf(a), walkOf(b)) ||
  inOrder(a.id, b.id);
