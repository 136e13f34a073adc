/**
 * The field of a measured point: the figure, its unit inside, its limit beneath, the result that follows.
 *
 * Decides when a figure counts as given: when the field is left or Enter is pressed, never in the middle of typing.
 * Until then it is a draft on the disk. Invariant: what was recorded and what is only typed look different.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, textOf } from "../text.js";
import { icon } from "./icons.js";
import { alarmOf, readFigure, resultsOfFigure } from "./judge.js";
import { limitWords, unitWords } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/**
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} item
 * @param {any} point
 * @param {any} check
 * @param {typeof import("./point.js").judge} judge
 */
export function figureField(stage, visit, item, point, check, judge) {
  const key = `figure:${visit.id}:${point.id}`;
  const typed = stage.drafts.get(key, /** @type {string | null} */ (null));
  const shown = typed ?? check?.value ?? "";
  const problem = stage.keep(`problem:${key}`, () => ({
    is: /** @type {"" | "not_a_figure" | "out_of_range"} */ (""),
  }));
  const give = async (/** @type {string} */ text) => {
    problem.is = "";
    if (!text.trim()) return stage.drafts.drop(key);
    const figure = readFigure(point, text);
    if ("problem" in figure) {
      problem.is = figure.problem;
      return stage.paint();
    }
    stage.drafts.drop(key);
    if (figure.value === check?.value) return;
    const checks = visit.checks?.[item.id] ?? {};
    for (const { point: one, ...said } of resultsOfFigure(item, checks, point, figure.value))
      await judge(stage, visit, item, one, said);
  };
  return html`<div class="measure">
      <span class="with-unit">
        <input
          type="text"
          inputmode=${Number(point.min ?? 0) < 0 ? "text" : "decimal"}
          enterkeyhint="next"
          autocomplete="off"
          ?disabled=${Boolean(visit.outcome)}
          aria-label=${textOf(point.name)}
          aria-describedby="limit-${point.id}"
          .value=${live(shown)}
          @input=${(/** @type {any} */ event) => stage.drafts.set(key, event.target.value)}
          @change=${(/** @type {any} */ event) => void give(event.target.value)}
          @blur=${(/** @type {any} */ event) => event.target.value === check?.value && stage.drafts.drop(key)}
          @keydown=${toNextField}
        />
        <span>${unitWords(stage.catalog, point.unit)}</span>
      </span>
      ${typed === null && check?.value !== undefined ? mark(stage, point, check) : nothing}
    </div>
    <p class="hint" id="limit-${point.id}">
      ${limitWords(stage.catalog, point)}${point.mean ? html` · ${_("on average of the rooms")}` : nothing}${point.hint ? html` · ${textOf(point.hint)}` : nothing}
    </p>
    ${problem.is ? html`<p class="problem" role="alert">${icon("octagon-alert")}<span>${problemWords(stage, point, problem.is)}</span></p>` : nothing}`;
}

/** @param {Stage} stage @param {any} point @param {any} check */
function mark(stage, point, check) {
  const alarm = stage.catalog.alarms?.find((/** @type {any} */ each) => each.id === alarmOf(point, check.value));
  if (alarm) return html`<span class="verdict danger">${icon("siren")}${textOf(alarm.name)}</span>`;
  if (check.result === "fail") return html`<span class="verdict danger">${icon("x")}${_("Fail")}</span>`;
  if (check.result === "pass_note")
    return html`<span class="verdict warn">${icon("triangle-alert")}${_("Within the limit, but look into it")}</span>`;
  return html`<span class="verdict ok">${icon("check")}${_("Pass")}</span>`;
}

/** @param {Stage} stage @param {any} point @param {"not_a_figure" | "out_of_range"} problem */
function problemWords(stage, point, problem) {
  if (problem === "not_a_figure") return _("Not recorded: this is not a figure.");
  const unit = unitWords(stage.catalog, point.unit);
  return _("Not recorded: only %(low)s to %(high)s %(unit)s is possible. Was it mistyped?", {
    low: point.min,
    high: point.max,
    unit,
  });
}

/** Enter records the figure and goes to the next empty one. @param {KeyboardEvent} event */
function toNextField(event) {
  if (event.key !== "Enter" || event.isComposing || !(event.target instanceof HTMLInputElement)) return;
  const fields = [...document.querySelectorAll(".measure input")].map(
    (field) => /** @type {HTMLInputElement} */ (field),
  );
  const next = fields.slice(fields.indexOf(event.target) + 1).find((field) => !field.value && !field.disabled);
  event.target.blur();
  next?.focus();
}
