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
    <h2 class="section-title">${_("Tell the customer")}</h2>
    ${tickList(stage, visit, {
      label: _("Tell the customer"),
      steps: stage.catalog.talk ?? [],
      say: (step) => words.textOf(step.name),
    })}
    <div class="row">${languageSwitch(stage, visit)}</div>
    <p class="hint">${_("Tick a point once it is said. Hand over the leaflet.")}</p>
  `;
  return { body };
}
