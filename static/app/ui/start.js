/**
 * Begins a visit: notes the start, with the place where the phone lets us know it, and opens its first step.
 *
 * A phone that will not say where it is begins the visit all the same.
 */

import { whereWeAre } from "./place.js";

/** @typedef {import("./stage.js").Stage} Stage */

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit @param {{replace?: boolean}} [how] */
export async function begin(stage, visit, how) {
  stage.go(`/app/visit/${visit.id}`, how);
  if (visit.start || visit.outcome || stage.begun.has(visit.id)) return;
  stage.begun.add(visit.id);
  const location = await whereWeAre();
  await stage.write(visit, "visit.start", location ? { location } : {});
}
