/**
 * The parts of the hazard sheet, one question each, and the preview of what the customer will read.
 *
 * Decides how a question is put. Who must act is shown, never chosen: it follows from the catalogue and the position.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, formatDate, textOf } from "../text.js";
import { choices, levelMark } from "./controls.js";
import { customerWords } from "./customer_language.js";
import { showDay } from "./days.js";
import { icon } from "./icons.js";
import { dayFrom, meaningOf, nameOf, responsibleFor } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./hazard_open.js").HazardDraft} HazardDraft */
/** @typedef {Partial<HazardDraft> | ((latest: HazardDraft) => Partial<HazardDraft>)} Change  of the form, or made from what it is at this moment */
/** @typedef {(change: Change, how?: {typing?: boolean}) => void} SetDraft */

const MOST_REMEDIES = 2;

/** @param {any} catalog @param {string | null} code @returns {any} */
export function entryOf(catalog, code) {
  return (catalog.hazards ?? []).find((/** @type {any} */ each) => each.code === code);
}

/** One or two remedies, the catalogue's or one's own. @param {Stage} stage @param {HazardDraft} draft @param {SetDraft} set */
export function remedies(stage, draft, set) {
  const offered = entryOf(stage.catalog, draft.code)?.solutions ?? [];
  const chosen = draft.solutions.filter((each) => typeof each === "number");
  const toggle = (/** @type {number} */ index) =>
    set((latest) => {
      const others = latest.solutions.filter((each) => typeof each === "number" && each !== index);
      const next = latest.solutions.includes(index) ? others : [...others, index].slice(-MOST_REMEDIES).sort();
      return { solutions: solutionsOf({ ...latest, solutions: next }) };
    });
  const own = (/** @type {string} */ remedy) =>
    set((latest) => ({ remedy, solutions: solutionsOf({ ...latest, remedy }) }));
  return html`<section class="group" role="group" aria-label=${_("What has to be done")}>
    <h3>${_("What has to be done")} <span class="quiet small">${_("one or two")}</span></h3>
    <div class="choices">
      ${offered.map((/** @type {any} */ solution, /** @type {number} */ index) => {
        const on = chosen.includes(index);
        return html`<button
          class="choice"
          role="checkbox"
          aria-checked=${on ? "true" : "false"}
          @click=${() => toggle(index)}
        >
          <span class="knob square">${icon("check")}</span><span>${textOf(solution)}</span>
        </button>`;
      })}
    </div>
    <label class="field">
      <span>${_("In your own words")}</span>
      <input
        type="text"
        .value=${live(draft.remedy)}
        @input=${(/** @type {any} */ event) => set({ remedy: event.target.value }, { typing: true })}
        @change=${(/** @type {any} */ event) => own(event.target.value)}
      />
    </label>
  </section>`;
}

/** The chosen remedies of the catalogue, then one's own. @param {HazardDraft} draft @returns {(number | string)[]} */
export function solutionsOf(draft) {
  const own = (draft.remedy ?? "").trim();
  const chosen = draft.solutions.filter((each) => typeof each === "number");
  return own ? [...chosen, own] : chosen;
}

/** @param {Stage} stage @param {HazardDraft} draft @param {SetDraft} set */
export function positionChoices(stage, draft, set) {
  const who = responsibleFor(stage.catalog, draft);
  return html`<section class="group">
    <h3>${_("Where it lies")}</h3>
    ${choices({
      label: _("Where it lies"),
      options: (stage.catalog.positions ?? []).map((/** @type {any} */ position) => ({
        value: position.id,
        label: textOf(position.name),
        detail: textOf(position.meaning),
      })),
      value: draft.position,
      choose: (position) => set({ position }),
    })}
    <div class="notice">
      ${icon("wrench")}
      <p class="grow">
        <b>${nameOf(stage.catalog.responsibles, who)}</b><br />${meaningOf(stage.catalog.responsibles, who)}
      </p>
    </div>
  </section>`;
}

/** @param {Stage} stage @param {HazardDraft} draft @param {SetDraft} set */
export function dateField(stage, draft, set) {
  const entry = entryOf(stage.catalog, draft.code);
  const level = (stage.catalog.levels ?? []).find((/** @type {any} */ each) => each.level === draft.level);
  const days = entry && entry.level === draft.level ? entry.deadline_days : level?.deadline_days;
  const usual = days === undefined ? "" : dayFrom(stage.catalog, days);
  return html`<section class="group">
    <h3>${_("To be put right by")}</h3>
    <label class="field">
      <span class="unseen">${_("To be put right by")}</span>
      <input
        type="date"
        min=${dayFrom(stage.catalog)}
        .value=${draft.due}
        @change=${(/** @type {any} */ event) => event.target.value && event.target.validity.valid && set({ due: event.target.value })}
        @blur=${(/** @type {any} */ event) => showDay(event.target, draft.due)}
      />
    </label>
    ${
      usual && usual !== draft.due
        ? html`<button class="button text" @click=${() => set({ due: usual })}>
            ${_("Usual for this: %(date)s", { date: formatDate(usual) })}
          </button>`
        : nothing
    }
  </section>`;
}

/** @param {Stage} stage @param {HazardDraft} draft @param {SetDraft} set */
export function gasChoices(stage, draft, set) {
  return html`<section class="group">
    <h3>${_("Gas")}</h3>
    ${choices({
      label: _("Gas"),
      options: (stage.catalog.stop_gas ?? []).map((/** @type {any} */ stop) => ({
        value: stop.id,
        label: textOf(stop.name),
      })),
      value: draft.stop_gas,
      choose: (stop_gas) => set({ stop_gas }),
    })}
  </section>`;
}

/** What the customer will read, in the customer's language. @param {Stage} stage @param {any} visit @param {HazardDraft} draft */
export function preview(stage, visit, draft) {
  const words = customerWords(stage, visit);
  return html`<section class="group">
    <h3>${_("The customer will read")}</h3>
    ${hazardCard(stage, draft, words)}
  </section>`;
}

/** @param {ReturnType<typeof customerWords>} words */
function cardLabels({ _ }) {
  return { remedy: _("What to do"), due: _("To be done by") };
}

/**
 * A hazard in plain words: what, why it matters, what to do, by when, by whom.
 *
 * @param {Stage} stage
 * @param {any} hazard  a draft or a recorded one
 * @param {ReturnType<typeof customerWords>} words
 */
export function hazardCard(stage, hazard, words) {
  const labels = cardLabels(words);
  const { catalog } = stage;
  const entry = entryOf(catalog, hazard.code);
  const level = (catalog.levels ?? []).find((/** @type {any} */ each) => each.level === Number(hazard.level));
  const who = responsibleFor(catalog, hazard);
  const remedies = solutionsOf({
    ...hazard,
    solutions: hazard.solutions ?? [],
    remedy: hazard.remedy ?? ownOf(hazard),
  }).map((each) => (typeof each === "number" ? words.textOf(entry?.solutions[each]) : each));
  return html`<article class="card preview" data-level=${hazard.level} lang=${words.locale}>
    <p>${levelMark(Number(hazard.level), words.textOf(level?.name))}</p>
    <p class="strong">${hazard.name || words.textOf(entry?.name)}</p>
    ${entry ? html`<p>${words.textOf(entry.harm)}</p>` : nothing}
    ${remedies.map((remedy) => html`<p><b>${labels.remedy}</b> ${remedy}</p>`)}
    <p><b>${labels.due}</b> ${words.formatDate(hazard.due)}</p>
    <p><b>${nameOf(catalog.responsibles, who, words)}</b> ${meaningOf(catalog.responsibles, who, words)}</p>
    ${hazard.stop_gas === "none" ? nothing : html`<p>${meaningOf(catalog.stop_gas, hazard.stop_gas, words)}</p>`}
    ${hazard.note ? html`<p>${hazard.note}</p>` : nothing}
  </article>`;
}

/** The remedy in somebody's own words that a recorded hazard carries. @param {any} hazard @returns {string} */
export function ownOf(hazard) {
  return (hazard.solutions ?? []).find((/** @type {unknown} */ each) => typeof each === "string") ?? "";
}
