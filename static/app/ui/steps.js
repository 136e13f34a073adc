/**
 * The steps of a visit, their order and their names.
 */

import { _ } from "../text.js";

export const STEP_ORDER = ["door", "customer", "items", "meter", "talk", "sign"];

/** @returns {Record<string, string>} */
export function stepNames() {
  return {
    door: _("Door"),
    customer: _("Customer"),
    items: _("Items"),
    meter: _("Meter"),
    talk: _("Talk"),
    sign: _("Sign"),
  };
}

/**
 * The address of the step after this one.
 *
 * @param {{id: string}} visit
 * @param {string} step
 * @returns {string}
 */
export function nextAddress(visit, step) {
  return `/app/visit/${visit.id}/${STEP_ORDER[STEP_ORDER.indexOf(step) + 1]}`;
}
