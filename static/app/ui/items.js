/**
 * The seven items: each passed as a whole, or judged point by point.
 *
 * Decides what a card shows: one wide *All fine*, what is still needed after it, or all its points. Invariant: *All
 * fine* touches only points that nobody has judged, and lists what it cannot know: figures, and answers of two kinds.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, ngettext, textOf } from "../text.js";
import { agreementSheet } from "./agreement.js";
import { notice } from "./controls.js";
import { earlierPart } from "./earlier.js";
import { evacuation } from "./evacuate.js";
import { icon } from "./icons.js";
import { wholesale } from "./judge.js";
import { judging, pointRow } from "./point.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

const ENTRY_POINT = "ENV-C5";

/** @param {Stage} stage @param {VisitDocument} visit */
export function itemsStep(stage, visit) {
  const { items, inspects = true } = stage.checklist(visit);
  const body = html`
    ${conflicts(visit)} ${entryMeasurement(stage, visit, items)} ${earlierPart(stage, visit)}
    <h2 class="section-title">${inspects ? _("Seven items") : _("Work")}</h2>
    ${items.map((/** @type {any} */ item) => itemCard(stage, visit, item))}
  `;
  return { body, over: html`${evacuation(stage, visit, items)} ${agreementSheet(stage, visit)}` };
}

/** @param {VisitDocument} visit */
function conflicts(visit) {
  const count = (visit.conflicts ?? []).length;
  if (!count) return nothing;
  const words = ngettext(
    "%(num)s entry was made differently on two phones. The safer one is shown; the office settles it.",
    "%(num)s entries were made differently on two phones. The safer ones are shown; the office settles them.",
    count,
  );
  return notice("is-warn", "triangle-alert", words);
}

/** Gas in the air is measured before any switch is touched: first on the page, until it is known. @param {Stage} stage @param {VisitDocument} visit @param {any[]} items */
function entryMeasurement(stage, visit, items) {
  const item = items.find((each) => each.points.some((/** @type {any} */ point) => point.id === ENTRY_POINT));
  const point = item?.points.find((/** @type {any} */ each) => each.id === ENTRY_POINT);
  if (!point || visit.outcome || stage.route.part === item.id) return nothing;
  const judged = visit.checks?.[item.id]?.[ENTRY_POINT];
  const settled = stage.keep(`entry:${visit.id}`, () => ({ shown: !judged }));
  if (judged && !settled.shown) return nothing;
  return html`<section class="card flush item" aria-label=${_("First: gas in the air")}>
    <p class="row card-title">${icon("flame")}${_("First: gas in the air")}</p>
    ${pointRow(stage, visit, item, point)}
  </section>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item */
function itemCard(stage, visit, item) {
  const state = stage.stateOf(visit, item);
  const opened = stage.showsWhole(visit, item);
  const asked = state.judged > 0 && !state.easy.length;
  const shown = opened
    ? item.points
    : asked
      ? state.open.filter((/** @type {any} */ point) => point.id !== ENTRY_POINT)
      : [];
  const id = `item-${item.id}`;
  const toggle = () =>
    stage.go(`/app/visit/${visit.id}/items${opened ? "" : `/${item.id}`}`, { replace: true, stay: true });
  const shape = state.fails ? "has-fail" : state.open.length || isIdle(state) ? "" : "is-fine";
  return html`<section class="card flush item ${shape}" id=${id} aria-label=${textOf(item.name)}>
    <button class="head" aria-expanded=${opened ? "true" : "false"} @click=${toggle}>
      <span class="state">${stateSign(state)}</span>
      <span class="grow"><b>${textOf(item.name)}</b><small>${stateWords(state)}</small></span>
      ${icon("chevron-down", "turn")}
    </button>
    ${
      !visit.outcome && state.easy.length
        ? html`<div class="all-fine">
            <button
              class="button wide"
              aria-label=${_("All fine: %(item)s", { item: textOf(item.name) })}
              @click=${() => allFine(stage, visit, item)}
            >
              ${icon("check")}${_("All fine")}
            </button>
          </div>`
        : nothing
    }
    ${!opened && shown.length ? html`<p class="ask">${_("Still needed:")}</p>` : nothing}
    ${shown.map((/** @type {any} */ point) => pointRow(stage, visit, item, point))}
  </section>`;
}

/** @typedef {ReturnType<Stage["stateOf"]>} State */

/** Nothing is asked here, at this visit or yet. @param {State} state */
const isIdle = ({ total, judged }) => !total && !judged;

/** @param {State} state */
function stateSign(state) {
  if (state.fails) return icon("x");
  if (isIdle(state)) return icon("minus");
  if (!state.open.length) return icon("check");
  return state.open.length;
}

/** @param {State} state */
function stateWords(state) {
  if (isIdle(state)) return _("nothing needed");
  const parts = [_("%(done)s of %(all)s judged", { done: state.done, all: state.total })];
  if (state.fails) parts.push(ngettext("%(num)s fails", "%(num)s fail", state.fails));
  if (state.unseen) parts.push(ngettext("%(num)s not seen", "%(num)s not seen", state.unseen));
  return parts.join(" · ");
}

/** What is judged by hand while this goes on stays as it was judged. @param {Stage} stage @param {VisitDocument} visit @param {any} item */
async function allFine(stage, visit, item) {
  const isJudged = (/** @type {any} */ { id }) =>
    judging(stage, visit)[id] || (stage.visit?.id === visit.id && stage.visit.checks?.[item.id]?.[id]);
  for (const point of stage.stateOf(visit, item).easy) {
    const answer = isJudged(point) ? null : wholesale(point);
    if (answer && !(await stage.write(visit, "check.set", { item: item.id, point: point.id, ...answer }))) return;
  }
}
