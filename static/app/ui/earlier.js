/**
 * Hazards that earlier visits left open: looked at again, and said to be put right or not.
 *
 * Decides how the answer is given; the ledger closes a hazard by it. Invariant: every open hazard of a home is asked
 * about at every visit, for that is what its notice promises; a new fault is a new hazard and not an old one.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, formatDate, textOf } from "../text.js";
import { levelMark, segments } from "./controls.js";
import { entryOf } from "./hazard_parts.js";
import { addressOfPhoto, photoStrip } from "./photo.js";
import { dayFrom } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @param {VisitDocument} visit @returns {any[]} */
export function earlierHazards(visit) {
  return visit.previous?.open_hazards ?? [];
}

/** @param {Stage} stage @param {any} hazard @param {{textOf: typeof textOf}} [words] @returns {string} */
export function nameOfHazard(stage, hazard, words = { textOf }) {
  return hazard.name || words.textOf(entryOf(stage.catalog, hazard.code)?.name);
}

/** By when it was to be put right, and whether that is past. @param {Stage} stage @param {any} hazard */
export function dueWords(stage, { due }) {
  if (!due) return nothing;
  const late = due < dayFrom(stage.catalog);
  return html`<span class="quiet">${_("due %(date)s", { date: formatDate(due) })}</span>${
      late ? html` <b class="danger">${_("Overdue")}</b>` : nothing
    }`;
}

/** How it looked then: the photo of now is taken from the same angle. @param {Stage} stage @param {any} hazard */
function asItWas(stage, { photos = [] }) {
  if (!photos.length) return nothing;
  const urls = photos.map((/** @type {string} */ sha256) => addressOfPhoto(stage, sha256)).filter(Boolean);
  return html`${urls.map((/** @type {string} */ url) => html`<img class="as-it-was" src=${url} alt=${_("As it was then")} />`)}
    <p class="hint">${_("Take the photo of now from the same angle as the one of then.")}</p>`;
}

/** @param {Stage} stage @param {VisitDocument} visit */
export function earlierPart(stage, visit) {
  const hazards = earlierHazards(visit);
  if (!hazards.length) return nothing;
  return html`<h2 class="section-title">${_("Open from last time")}</h2>
    ${hazards.map((hazard) => earlierCard(stage, visit, hazard))}`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} hazard */
function earlierCard(stage, visit, hazard) {
  const said = visit.verifications?.[hazard.id]?.result;
  const name = nameOfHazard(stage, hazard);
  const say = (/** @type {string} */ result) =>
    visit.outcome || result === said
      ? undefined
      : void stage.write(visit, "hazard.verify", { hazard: hazard.id, result });
  return html`<section class="card" id="point-earlier-${hazard.id}" aria-label=${name}>
    <p>${levelMark(Number(hazard.level))}</p>
    <div>
      <p class="strong">${name}</p>
      <p class="small">${dueWords(stage, hazard)}</p>
    </div>
    ${segments({
      label: _("Was it put right?"),
      options: [
        { value: "fixed", label: _("Put right") },
        { value: "not_fixed", label: _("Not put right") },
      ],
      value: said,
      choose: say,
    })}
    ${visit.outcome ? nothing : asItWas(stage, hazard)}
    ${said ? photoStrip(stage, visit, { purpose: "hazard", ref: hazard.id, label: _("Photo as it is now"), wanted: true }) : nothing}
  </section>`;
}
