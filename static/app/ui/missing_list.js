/**
 * What a visit still needs, each with a tap to get there.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, ngettext } from "../text.js";
import { icon } from "./icons.js";
import { stepNames } from "./steps.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("../missing.js").Missing} Missing */

const SHOWN_AT_FIRST = 6;

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit @param {Missing[]} missing */
export function missingList(stage, visit, missing) {
  const state = stage.keep(`missing:${visit.id}`, () => ({ all: false }));
  const shown = state.all ? missing : missing.slice(0, SHOWN_AT_FIRST);
  const names = stepNames();
  const showAll = () => {
    state.all = true;
    stage.paint();
  };
  return html`<section class="card flush missing" id="missing" lang=${stage.app.locale} aria-labelledby="missing-title">
    <h2 id="missing-title">
      ${icon("triangle-alert")}${ngettext("%(num)s thing is missing", "%(num)s things are missing", missing.length)}
    </h2>
    ${shown.map(
      (each) =>
        html`<a href=${whereIs(visit.id, each)} @click=${() => seek(stage, each)}>
          <span class="grow"><span class="quiet">${names[each.step]}</span> · ${each.text}</span
          >${icon("chevron-right", "lead")}
        </a>`,
    )}
    ${
      shown.length < missing.length
        ? html`<button class="button text wide" @click=${showAll}>${_("Show all")}</button>`
        : nothing
    }
  </section>`;
}

/** @param {string} visit @param {Missing} missing */
function whereIs(visit, { step, item, hazard }) {
  if (hazard) return `/app/visit/${visit}/hazard/${hazard}`;
  return `/app/visit/${visit}/${step}${step === "items" && item ? `/${item}` : ""}`;
}

/** The point is brought into view once its screen is drawn. @param {Stage} stage @param {Missing} missing */
function seek(stage, { step, point }) {
  stage.keep("seek", () => ({ id: "" })).id = step === "items" && point ? `point-${point}` : "";
}
