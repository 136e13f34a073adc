/**
 * Opens the hazard sheet: for a failed point, with the right catalogue entry already chosen, or for a recorded hazard.
 *
 * Decides what a new hazard starts from: the answer's own hazard, else the point's first; the catalogue's level,
 * remedies, date and gas rule; the position that follows from the item. All of it is a draft until it is recorded.
 */

import { dayFrom } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/**
 * @typedef {object} HazardDraft
 * @property {string} item
 * @property {string | null} point
 * @property {string[]} candidates  codes that the failed point may mean
 * @property {string | null} code  null: described in free text
 * @property {string} name  of a hazard in free text
 * @property {number} level
 * @property {string} position
 * @property {(number | string)[]} solutions
 * @property {string} due
 * @property {string} stop_gas
 * @property {string} note
 * @property {string} remedy  own words, beside the catalogue's
 * @property {boolean} searching
 * @property {string} typed  into the catalogue's search
 */

/** @type {Record<string, string>} */
const USUAL_POSITION = {
  pipe: "after_meter_fixed",
  meter: "meter",
  appliance: "after_appliance_valve",
  joint: "after_appliance_valve",
  hose: "after_appliance_valve",
  valve: "appliance_valve",
  environment: "after_appliance_valve",
};

/**
 * What the catalogue says of a hazard, as the start of a draft.
 *
 * @param {any} catalog
 * @param {string | null} code
 * @returns {Partial<HazardDraft>}
 */
export function fromCatalog(catalog, code) {
  const entry = (catalog.hazards ?? []).find((/** @type {any} */ each) => each.code === code);
  if (!entry) return { code: null };
  return {
    code: entry.code,
    name: "",
    level: entry.level,
    solutions: entry.solutions.length ? [0] : [],
    due: dayFrom(catalog, entry.deadline_days),
    stop_gas: entry.stop_gas,
    ...(entry.position ? { position: entry.position } : {}),
  };
}

/**
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} item
 * @param {any} point
 * @param {string} [code]  the hazard that the chosen answer names
 */
export function openNewHazard(stage, visit, item, point, code) {
  const pending = stage.drafts.get(`hazard-of:${visit.id}:${point.id}`, "");
  const id = pending || crypto.randomUUID();
  const candidates = code ? [code] : (point.hazards ?? []);
  /** @type {HazardDraft} */
  const draft = {
    item: item.id,
    point: point.id,
    candidates,
    code: null,
    name: "",
    level: 2,
    position: USUAL_POSITION[item.id] ?? "after_appliance_valve",
    solutions: [],
    due: dayFrom(stage.catalog, 30),
    stop_gas: "none",
    note: "",
    remedy: "",
    searching: false,
    typed: "",
    ...fromCatalog(stage.catalog, candidates[0] ?? null),
  };
  const begun = stage.drafts.get(`hazard:${id}`, /** @type {HazardDraft | null} */ (null));
  const other = begun && code && !begun.candidates.includes(code); // another answer was chosen since
  if (!pending || other) {
    stage.drafts.set(`hazard-of:${visit.id}:${point.id}`, id);
    stage.drafts.set(`hazard:${id}`, draft);
  }
  openHazard(stage, visit, id);
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} id */
export function openHazard(stage, visit, id) {
  stage.keep("opener", () => ({ element: /** @type {Element | null} */ (null) })).element = document.activeElement;
  stage.go(`/app/visit/${visit.id}/hazard/${id}`, { stay: true });
}
