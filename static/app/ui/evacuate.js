/**
 * So much gas in the air that everybody must leave.
 *
 * The one screen that stands above all others: what to do now, in the order of doing it, and the emergency line.
 * Decides too that a crew in an emergency is told to get everybody out before anything is asked of it; a danger ends no such
 * visit. Invariant: it comes back as long as the figure stands; only stopping the visit or another measurement ends it.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { closeVisit } from "./closing.js";
import { notice, question } from "./controls.js";
import { icon } from "./icons.js";
import { alarmOf } from "./judge.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @param {VisitDocument} visit @param {any[]} items */
function alarming(visit, items) {
  for (const item of items) {
    for (const point of item.points) {
      const check = visit.checks?.[item.id]?.[point.id];
      if (check && alarmOf(point, check.value) === "evacuate") return check;
    }
  }
  return null;
}

/**
 * The point that says that everybody is outside, where this kind of visit has one and it is time: whoever came has arrived.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {any[]} items
 */
function peopleInside(stage, visit, items) {
  const { evacuates } = stage.checklist(visit);
  const at = items.findIndex((item) => item.points.some((/** @type {any} */ { id }) => id === evacuates));
  if (at < 0 || visit.checks?.[items[at].id]?.[evacuates]?.result === "pass") return null;
  const before = items.slice(0, at).flatMap((item) => item.points.map((/** @type {any} */ point) => ({ item, point })));
  const there = before.every(({ item, point }) => !point.required || visit.checks?.[item.id]?.[point.id]);
  return there ? { item: items[at].id, point: evacuates } : null;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any[]} items */
export function evacuation(stage, visit, items) {
  if (visit.outcome) return nothing;
  const first = peopleInside(stage, visit, items);
  if (first) return peopleFirst(stage, visit, first);
  const check = alarming(visit, items);
  if (!check) return nothing;
  const stays = Boolean(stage.checklist(visit).evacuates);
  const state = stage.keep(`evacuate:${visit.id}`, () => ({ seen: "" }));
  const seen = () => {
    state.seen = check.value;
    stage.paint();
  };
  if (state.seen === check.value) return stays ? nothing : reminder(stage, visit);
  return question({
    danger: true,
    title: _("Leave now"),
    body: stepsOut(),
    answers: html`
      ${callOut(stage)}
      ${
        stays
          ? html`<button class="button" @click=${seen}>${_("Everybody is outside")}</button>`
          : html`<button class="button" @click=${() => stop(stage, visit)}>
              ${_("Everybody is outside: stop the visit")}
            </button>`
      }
      <button class="button text" @click=${seen}>${_("The figure was mistyped")}</button>
    `,
    cancel: () => stage.paint(),
  });
}

/** Whoever came to an emergency first gets everybody out; then come the questions. @param {Stage} stage @param {VisitDocument} visit @param {{item: string, point: string}} first */
function peopleFirst(stage, visit, first) {
  const state = stage.keep(`people:${visit.id}`, () => ({ later: false }));
  const later = () => {
    state.later = true;
    stage.paint();
  };
  if (state.later) return nothing;
  const out = () => void stage.write(visit, "check.set", { ...first, result: "pass" });
  return question({
    danger: true,
    title: _("People first"),
    body: stepsOut(),
    answers: html`
      <button class="button primary danger" @click=${out}>${icon("check")}${_("Everybody is outside")}</button>
      ${callOut(stage, "")}
      <button class="button text" @click=${later}>${_("Look at the order first")}</button>
    `,
    cancel: later,
  });
}

function stepsOut() {
  return html`<ol class="steps-out">
    <li>1. ${_("Touch no switch, no bell, no lift. No flame.")}</li>
    <li>2. ${_("Take everybody outside. Leave the door open.")}</li>
    <li>3. ${_("Shut the valve outside, if it can be reached safely.")}</li>
    <li>4. ${_("Call from outside.")}</li>
  </ol>`;
}

/** @param {Stage} stage @param {string} [look] */
function callOut(stage, look = "primary danger") {
  const { hotline } = stage.catalog.company ?? {};
  if (!hotline) return nothing;
  return html`<a class="button ${look}" href="tel:${hotline}"
    >${icon("phone")}${_("Call %(number)s", { number: hotline })}</a
  >`;
}

/** @param {Stage} stage @param {VisitDocument} visit */
function reminder(stage, visit) {
  return html`<div class="foot">
    ${notice("is-danger", "siren", _("The figure for gas in the air says: leave. Correct it, or stop the visit."))}
    <button class="button danger wide" @click=${() => stop(stage, visit)}>${_("Stop the visit")}</button>
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit */
const stop = (stage, visit) => closeVisit(stage, visit, { outcome: "stopped", reason: "evacuate" });
