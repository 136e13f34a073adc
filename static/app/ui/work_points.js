/**
 * What a job asks besides pass and fail: something that is said in words, and a moment that one tap stamps.
 *
 * Decides how both are given. What is being typed is a draft on the disk until the field is left. Invariant: a moment is the
 * phone's own when it was tapped; nobody types one.
 */

import { html } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, formatTime, textOf } from "../text.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {typeof import("./point.js").judge} Judge */

const LONGEST = 4000;

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check @param {Judge} judge */
export function saidField(stage, visit, item, point, check, judge) {
  const key = `said:${visit.id}:${point.id}`;
  const typed = stage.drafts.get(key, /** @type {string | null} */ (null));
  const said = check?.result === "pass" ? (check.note ?? "") : "";
  const give = async (/** @type {string} */ text) => {
    const note = text.trim();
    if (note && note !== said) await judge(stage, visit, item, point, { result: "pass", note });
    // What was typed on while this was written is not on record yet: its draft stays.
    if (stage.drafts.get(key, text) === text) stage.drafts.drop(key);
  };
  return html`<textarea
    class="said-field"
    rows="2"
    maxlength=${LONGEST}
    aria-label=${textOf(point.name)}
    ?disabled=${Boolean(visit.outcome)}
    .value=${live(typed ?? said)}
    @input=${(/** @type {any} */ event) => stage.drafts.set(key, event.target.value)}
    @change=${(/** @type {any} */ event) => void give(event.target.value)}
  ></textarea>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check @param {Judge} judge */
export function stampButton(stage, visit, item, point, check, judge) {
  const stamped = check?.result === "pass" ? check.at : null;
  const words = stamped ? _("Stamped at %(time)s", { time: formatTime(stamped) }) : _("Stamp the time now");
  return html`<button
    class="button wide stamp"
    aria-label="${textOf(point.name)}: ${words}"
    ?disabled=${Boolean(visit.outcome || stamped)}
    @click=${() => void judge(stage, visit, item, point, { result: "pass" })}
  >
    ${icon(stamped ? "check" : "clock")}${words}
  </button>`;
}
