/**
 * What was promised of a visit and is not kept yet: which promise presses, and whether it is late.
 *
 * Decides from the document and a moment; the server decides whether a promise counts as kept. Pure.
 */

/** A promise that falls due within so many hours presses. */
const PRESSES_HOURS = 24;

/**
 * @typedef {Record<string, any>} Json
 * @typedef {{clock: string, due: string, late: boolean}} Pressing
 */

/**
 * The promise that falls due first, where it is late or presses; null where nothing does.
 *
 * @param {Json} visit  as shown
 * @param {number} now  ms
 * @returns {Pressing | null}
 */
export function pressing(visit, now) {
  if (visit.state === "cancelled" || visit.outcome) return null;
  const open = (visit.promised ?? [])
    .filter((/** @type {Json} */ one) => !isKept(visit, one.to))
    .map((/** @type {Json} */ one) => ({ ...one, due: dueNow(visit, one) }));
  const [first] = open.toSorted(
    (/** @type {Json} */ a, /** @type {Json} */ b) => Date.parse(a.due) - Date.parse(b.due),
  );
  if (!first || Date.parse(first.due) - now > PRESSES_HOURS * 3_600_000) return null;
  return { clock: first.clock, due: first.due, late: Date.parse(first.due) < now };
}

/** By when it was promised, as the answers stand. @param {Json} visit @param {Json} promise @returns {string} */
function dueNow({ checks }, { due, instead }) {
  if (!instead) return due;
  const answers = Object.values(checks ?? {}).map((points) => points[instead.point]?.value);
  return answers.includes(instead.value) ? instead.due : due;
}

/** @param {Json} visit @param {string} to */
function isKept({ start, outcome, checks }, to) {
  if (to === "begun") return Boolean(start || outcome);
  if (to === "closed") return Boolean(outcome);
  return Object.values(checks ?? {}).some((points) => points[to]);
}

/**
 * Whether a visit presses more than another: late ones first, then by what falls due. What does not press keeps its place.
 *
 * @param {Json[]} visits
 * @param {number} now  ms
 * @returns {Json[]}
 */
export function pressingFirst(visits, now) {
  const known = new Map(visits.map((visit) => [visit, pressing(visit, now)]));
  const due = (/** @type {Json} */ visit) => Date.parse(known.get(visit)?.due ?? "") || Number.MAX_SAFE_INTEGER;
  return visits.toSorted((a, b) => due(a) - due(b));
}
