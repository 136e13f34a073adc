/**
 * When a newer version of the app interrupts nobody: on Today, while nothing is open (lesson 15).
 *
 * Decides what counts as open: a visit that was begun today and has no outcome yet (in any tab: they share the disk), and
 * what is not saved. A visit of another day that was never closed does not hold a version back for ever. Draws nothing.
 * Invariant: what was typed is on the disk before the page is loaded anew.
 */

import { dayFrom, dayIn, zoneOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */

/** Whether a visit, or what is not saved, must be finished first. @param {Stage} stage */
export function isSomethingOpen(stage) {
  if (stage.notSaved.length || !stage.visits) return true;
  const today = dayFrom(stage.catalog);
  const isOpen = (/** @type {import("./stage.js").VisitDocument} */ { start, outcome, state }) =>
    start && !outcome && state !== "cancelled" && dayIn(zoneOf(stage.catalog), Date.parse(start.at)) === today;
  return stage.visits.some(isOpen);
}

/** Let the newer version in, unless something was opened meanwhile. @param {Stage} stage */
export async function letIn(stage) {
  const isFree = () => stage.route.name === "today" && !isSomethingOpen(stage);
  await stage.drafts.onDisk();
  if (isFree()) stage.app.update?.apply(isFree);
}
