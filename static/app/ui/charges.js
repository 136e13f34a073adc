/**
 * Charges at a job: lines taken from the company's price list, how much of each, and what it comes to.
 *
 * Decides how lines are chosen and counted; a price is the list's and is not typed. Where the kind says so the customer signs
 * for them before the work (agreement.js). Invariant: each change is one answer with all its lines, so that it is whole or
 * not there at all.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { amountOf, isAgreed, quantityOf, stepped, totalOf } from "../charges.js";
import { _, textOf } from "../text.js";
import { agreementPart } from "./agreement.js";
import { lineOfList, linesTold, offered, priceTold } from "./charges_told.js";
import { notice } from "./controls.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {import("../charges.js").Line} Line */
/** @typedef {import("../charges.js").Offered} Offered */
/** @typedef {(change: (lines: Line[]) => Line[]) => Promise<void>} Keep  gives the lines as they are to be, from those of this moment */

/** So many lines are searched rather than looked through. */
const MANY = 8;

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check */
export function chargesField(stage, visit, item, point, check) {
  // Lines on their way to the disk: a second tap counts on from them. What is drawn is on the disk.
  const under = stage.keep(`charging:${visit.id}:${point.id}`, () => ({ way: /** @type {Line[] | null} */ (null) }));
  const written = () => (stage.visit?.id === visit.id ? stage.visit.checks?.[item.id]?.[point.id] : check)?.lines ?? [];
  /** @type {Line[]} */
  const lines = check?.lines ?? [];
  if (visit.outcome) return lines.length ? linesTold(stage, lines) : nothing;
  /** @type {Keep} */
  const keep = async (change) => {
    const next = change(under.way ?? written());
    under.way = next;
    await stage.write(visit, "check.set", {
      item: item.id,
      point: point.id,
      result: "pass",
      lines: next,
      list: next.length ? (stage.catalog.prices?.edition ?? 0) : 0,
    });
    if (under.way === next) under.way = null;
    stage.paint();
  };
  const list = offered(stage).filter((one) => one.trade === point.trade);
  if (!list.length && !lines.length)
    return notice("is-warn", "info", _("The office has set no prices for this kind of work: nothing can be charged."));
  return html`<div class="charging">
    ${lines.length ? lineRows(stage, visit, point, lines, keep) : nothing}
    ${picker(stage, visit, point, list, lines, keep)}
    ${
      lines.length || check
        ? nothing
        : html`<button class="button wide" @click=${() => void keep(() => [])}>${_("Nothing is charged")}</button>`
    }
    ${check && !lines.length ? html`<p class="hint">${icon("check")}${_("Nothing is charged")}</p>` : nothing}
    ${check?.lines?.length && isAgreed(stage.checklist(visit), point) ? agreementPart(stage, visit, item, point) : nothing}
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} point @param {Line[]} lines @param {Keep} keep */
function lineRows(stage, visit, point, lines, keep) {
  return html`<ul class="charge-lines" aria-label=${textOf(point.name)}>
      ${lines.map((line) => lineRow(stage, `quantity:${visit.id}:${point.id}:${line.code}`, line, keep))}
    </ul>
    <p class="charge-total" role="status"><span>${_("Total")}</span><b>¥${totalOf(lines)}</b></p>`;
}

/** @param {Stage} stage @param {string} key  of the draft of its quantity @param {Line} line @param {Keep} keep */
function lineRow(stage, key, line, keep) {
  const known = lineOfList(stage, line.code);
  const name = known ? textOf(known.name) : line.code;
  const put = (/** @type {(before: string) => string} */ next) =>
    keep((lines) => lines.map((each) => (each.code === line.code ? { ...each, quantity: next(each.quantity) } : each)));
  const typed = async (/** @type {any} */ event) => {
    const { value } = event.target;
    const quantity = quantityOf(value);
    if (quantity !== null && quantity !== line.quantity) await put(() => quantity);
    // Only now: what was typed stays in its field until it is on the disk, and what was typed since then is not dropped.
    if (stage.drafts.get(key, value) === value) stage.drafts.drop(key);
  };
  return html`<li>
    <p class="grow">${name}<small>${priceTold(known, line.price)}</small></p>
    <b>¥${amountOf(line)}</b>
    <div class="counter">
      <button
        class="icon-button"
        aria-label=${_("One less: %(what)s", { what: name })}
        ?disabled=${stepped(line.quantity, -1) === line.quantity}
        @click=${() => void put((before) => stepped(before, -1))}
      >
        ${icon("minus")}
      </button>
      <input
        type="text"
        inputmode="decimal"
        autocomplete="off"
        aria-label=${_("Quantity: %(what)s", { what: name })}
        .value=${live(stage.drafts.get(key, line.quantity))}
        @input=${(/** @type {any} */ event) => stage.drafts.set(key, event.target.value)}
        @change=${typed}
      />
      <button
        class="icon-button"
        aria-label=${_("One more: %(what)s", { what: name })}
        @click=${() => void put((before) => stepped(before, 1))}
      >
        ${icon("plus")}
      </button>
      <button
        class="icon-button"
        aria-label=${_("Take out: %(what)s", { what: name })}
        @click=${() => void keep((lines) => lines.filter((each) => each.code !== line.code))}
      >
        ${icon("trash-2")}
      </button>
    </div>
  </li>`;
}

/** The list to choose from, folded until it is asked for. @param {Stage} stage @param {VisitDocument} visit @param {any} point @param {Offered[]} list @param {Line[]} lines @param {Keep} keep */
function picker(stage, visit, point, list, lines, keep) {
  const state = stage.keep(`pricing:${visit.id}:${point.id}`, () => ({ open: false, sought: "" }));
  const set = (/** @type {Partial<typeof state>} */ change) => {
    Object.assign(state, change);
    stage.paint();
  };
  const chosen = new Set(lines.map((line) => line.code));
  const left = list.filter((one) => !chosen.has(one.code));
  if (!left.length) return nothing;
  if (!state.open)
    return html`<button class="button wide" aria-expanded="false" @click=${() => set({ open: true })}>
      ${icon("plus")}${_("Add from the price list")}
    </button>`;
  const sought = state.sought.trim().toLowerCase();
  const found = left.filter(
    (one) =>
      !sought || [one.code, ...Object.values(one.name)].some((words) => String(words).toLowerCase().includes(sought)),
  );
  const add = (/** @type {Offered} */ one) => {
    set({ open: false, sought: "" });
    void keep((before) => [...before, { code: one.code, quantity: "1", price: one.price }]);
  };
  return html`<section class="price-list" aria-label=${_("Price list")}>
    ${
      left.length > MANY
        ? html`<label class="search"
            >${icon("search")}<input
              type="search"
              aria-label=${_("Search the price list")}
              placeholder=${_("Search the price list")}
              .value=${live(state.sought)}
              @input=${(/** @type {any} */ event) => set({ sought: event.target.value })}
          /></label>`
        : nothing
    }
    ${found.map(
      (one) =>
        html`<button class="choice" @click=${() => add(one)}>
          <span>${textOf(one.name)}<small>${one.code} · ${priceTold(one, one.price)}</small></span>
        </button>`,
    )}
    ${found.length ? nothing : html`<p class="hint">${_("The list has nothing like that.")}</p>`}
    <button class="button text wide" aria-expanded="true" @click=${() => set({ open: false, sought: "" })}>
      ${_("Fold the list")}
    </button>
  </section>`;
}
