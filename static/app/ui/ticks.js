/**
 * A list of things that are said or done once and ticked: the doorstep script, the safety talk.
 *
 * A tick is a fact with a time; it only ever adds up and is not taken back.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { formatTime } from "../text.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/**
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {object} list
 * @param {string} list.label
 * @param {any[]} list.steps  of the catalogue
 * @param {(step: any) => string} list.say
 * @param {(step: any) => unknown} [list.beneath]
 */
export function tickList(stage, visit, { label, steps, say, beneath }) {
  return html`<div class="card flush rows" role="group" aria-label=${label}>
    ${steps.map((step) => {
      const tick = visit.steps?.[step.id];
      const set = () => (tick || visit.outcome ? undefined : stage.write(visit, "step.tick", { step: step.id }));
      return html`<div>
        <button class="row tick" role="checkbox" aria-checked=${tick ? "true" : "false"} @click=${set}>
          <span class="box">${icon("check")}</span>
          <span class="grow">${say(step)}</span>
          ${tick ? html`<span class="small quiet">${formatTime(tick.at)}</span>` : nothing}
        </button>
        ${beneath?.(step) ?? nothing}
      </div>`;
    })}
  </div>`;
}
