/**
 * The steps of a visit, their order and their names.
 */

import { _ } from "../text.js";

/**
 * @param {{inspects?: boolean}} checklist
 * @returns {Record<string, string>}
 */
export function stepNames({ inspects = true }) {
  return {
    door: _("Door"),
    customer: _("Customer"),
    items: inspects ? _("Items") : _("Work"),
    meter: _("Meter"),
    talk: _("Talk"),
    sign: _("Sign"),
  };
}

/**
 * The step after this one, if there is any.
 *
 * @param {{steps: string[]}} checklist
 * @param {string} step
 */
export function stepAfter({ steps }, step) {
  return steps[steps.indexOf(step) + 1];
}

/**
 * The address of the step after this one.
 *
 * @param {{id: string}} visit
 * @param {{steps: string[]}} checklist
 * @param {string} step
 * @returns {string}
 */
export function nextAddress(visit, checklist, step) {
  return `/app/visit/${visit.id}/${stepAfter(checklist, step)}`;
}
