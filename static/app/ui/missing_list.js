/**
 * What a visit still needs, each with a tap to get there.
 *
 * Decides how much is told at once: a step or an item that needs several things is one line with its count, so the
 * list stays short enough to be read at a door.
 */

import { html } from "../../vendor/lit-html/lit-html.js";
import { _, ngettext, textOf } from "../text.js";
import { icon } from "./icons.js";
import { stepNames } from "./steps.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("../missing.js").Missing} Missing */

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit @param {Missing[]} missing */
export function missingList(stage, visit, missing) {
  return html`<section class="card flush missing" id="missing" lang=${stage.app.locale} aria-labelledby="missing-title">
    <h2 id="missing-title">
      ${icon("triangle-alert")}${ngettext("%(num)s thing is missing", "%(num)s things are missing", missing.length)}
    </h2>
    ${groupsOf(missing).map((group) => line(stage, visit, group))}
  </section>`;
}

/** Things of one place stand together; a hazard stands alone, it has a sheet of its own. @param {Missing[]} missing @returns {Missing[][]} */
function groupsOf(missing) {
  /** @type {Map<string, Missing[]>} */
  const groups = new Map();
  for (const each of missing) {
    const place = [each.step, each.item, each.hazard && each.text + each.hazard].join("/");
    groups.set(place, [...(groups.get(place) ?? []), each]);
  }
  return [...groups.values()];
}

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit @param {Missing[]} group */
function line(stage, visit, group) {
  const [first] = group;
  const checklist = stage.checklist(visit);
  const item = checklist.items.find((/** @type {any} */ each) => each.id === first.item);
  const step = stepNames(checklist)[first.step];
  const place = item ? `${step} · ${textOf(item.name)}` : step;
  const what = group.length === 1 ? first.text : ngettext("%(num)s open", "%(num)s open", group.length);
  return html`<a href=${whereIs(visit.id, first)} @click=${() => seek(stage, first)}>
    <span class="grow"><span class="quiet">${place}</span> · ${what}</span>${icon("chevron-right", "lead")}
  </a>`;
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
