/**
 * The seven items: each passed as a whole, or judged point by point.
 *
 * Decides what a card shows: one wide *All fine*, what is still needed after it, or all its points. Invariant: *All
 * fine* touches only points that nobody has judged, and lists what it cannot know: figures, and answers of two kinds.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, ngettext, textOf } from "../text.js";
import { notice } from "./controls.js";
import { earlierPart } from "./earlier.js";
import { evacuation } from "./evacuate.js";
import { icon } from "./icons.js";
import { stateOfItem, wholesale } from "./judge.js";
import { pointRow } from "./point.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

const ENTRY_POINT = "ENV-C5";

/** @param {Stage} stage @param {VisitDocument} visit */
export function itemsStep(stage, visit) {
  const { items } = stage.checklist(visit);
  const body = html`
    ${conflicts(visit)} ${entryMeasurement(stage, visit, items)} ${earlierPart(stage, visit)}
    <h2 class="section-title">${_("Seven items")}</h2>
    ${items.map((/** @type {any} */ item) => itemCard(stage, visit, item))}
  `;
  return { body, over: evacuation(stage, visit, items) };
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
  const checks = visit.checks?.[item.id] ?? {};
  const state = stateOfItem(item, checks);
  const opened = stage.route.part === item.id;
  const asked = state.judged > 0 && !state.easy.length;
  const shown = opened
    ? item.points
    : asked
      ? state.open.filter((/** @type {any} */ point) => point.id !== ENTRY_POINT)
      : [];
  const id = `item-${item.id}`;
  const toggle = () =>
    stage.go(`/app/visit/${visit.id}/items${opened ? "" : `/${item.id}`}`, { replace: true, stay: true });
  const shape = state.fails ? "has-fail" : state.open.length ? "" : "is-fine";
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

/** @param {ReturnType<typeof stateOfItem>} state */
function stateSign(state) {
  if (state.fails) return icon("x");
  if (!state.open.length) return icon("check");
  return state.open.length;
}

/** @param {ReturnType<typeof stateOfItem>} state */
function stateWords(state) {
  const parts = [_("%(done)s of %(all)s judged", { done: state.done, all: state.total })];
  if (state.fails) parts.push(ngettext("%(num)s fails", "%(num)s fail", state.fails));
  if (state.unseen) parts.push(ngettext("%(num)s not seen", "%(num)s not seen", state.unseen));
  return parts.join(" · ");
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item */
async function allFine(stage, visit, item) {
  const checks = visit.checks?.[item.id] ?? {};
  for (const point of item.points) {
    const answer = point.required && !checks[point.id] ? wholesale(point) : null;
    if (answer && !(await stage.write(visit, "check.set", { item: item.id, point: point.id, ...answer }))) return;
  }
}
