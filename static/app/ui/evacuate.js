/**
 * So much gas in the air that everybody must leave.
 *
 * The one screen that stands above all others: what to do now, in the order of doing it, and the emergency line.
 * Invariant: it comes back as long as the figure stands; only stopping the visit or another measurement ends it.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
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

/** @param {Stage} stage @param {VisitDocument} visit @param {any[]} items */
export function evacuation(stage, visit, items) {
  const check = alarming(visit, items);
  if (!check || visit.outcome) return nothing;
  const state = stage.keep(`evacuate:${visit.id}`, () => ({ seen: "" }));
  const seen = () => {
    state.seen = check.value;
    stage.paint();
  };
  if (state.seen === check.value) return reminder(stage, visit);
  const { hotline } = stage.catalog.company ?? {};
  return question({
    danger: true,
    title: _("Leave now"),
    body: html`<ol class="steps-out">
      <li>1. ${_("Touch no switch, no bell, no lift. No flame.")}</li>
      <li>2. ${_("Take everybody outside. Leave the door open.")}</li>
      <li>3. ${_("Shut the valve outside, if it can be reached safely.")}</li>
      <li>4. ${_("Call from outside.")}</li>
    </ol>`,
    answers: html`
      ${hotline ? html`<a class="button primary danger" href="tel:${hotline}">${icon("phone")}${_("Call %(number)s", { number: hotline })}</a>` : nothing}
      <button class="button" @click=${() => stop(stage, visit)}>${_("Everybody is outside: stop the visit")}</button>
      <button class="button text" @click=${seen}>${_("The figure was mistyped")}</button>
    `,
    cancel: () => stage.paint(),
  });
}

/** @param {Stage} stage @param {VisitDocument} visit */
function reminder(stage, visit) {
  return html`<div class="foot">
    ${notice("is-danger", "siren", _("The figure for gas in the air says: leave. Correct it, or stop the visit."))}
    <button class="button danger wide" @click=${() => stop(stage, visit)}>${_("Stop the visit")}</button>
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit */
async function stop(stage, visit) {
  if (await stage.write(visit, "visit.close", { outcome: "stopped", reason: "evacuate" })) {
    stage.go(`/app/visit/${visit.id}/done`, { replace: true });
  }
}
