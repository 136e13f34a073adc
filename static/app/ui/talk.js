/**
 * The safety talk: the points to tell the customer, ticked as they are told.
 */

import { html } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { customerWords, languageSwitch } from "./customer_language.js";
import { tickList } from "./ticks.js";

/** @param {import("./stage.js").Stage} stage @param {import("./stage.js").VisitDocument} visit */
export function talkStep(stage, visit) {
  const words = customerWords(stage, visit);
  const body = html`
    <div class="section-title with-switch">
      <h2>${_("Tell the customer")}</h2>
      ${languageSwitch(stage, visit)}
    </div>
    ${tickList(stage, visit, {
      label: _("Tell the customer"),
      steps: stage.checklist(visit).talk ?? [],
      say: (step) => words.textOf(step.name),
    })}
    <p class="hint">${_("Tick a point once it is said. Hand over the leaflet.")}</p>
  `;
  return { body };
}
