/**
 * Another meter hangs here than the one on file: what is asked about it.
 *
 * Decides what of an exchange is wanted and how it is told; it is a part of the reading, and counted by reading.js.
 * Invariant: where the new meter began is typed, never taken to be 0; what is not known stays empty.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import * as text from "../text.js";
import { icon } from "./icons.js";
import { photosOf } from "./photo.js";
import { exchangeIn, readingOf } from "./reading.js";

const { _ } = text;

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {import("./reading.js").Exchange} Exchange */

/** @param {VisitDocument} visit @param {any} meter */
export const keyOf = (visit, meter) => `exchange:${visit.id}:${meter.id}`;

/**
 * What is known of an exchange: what was typed here, else that the record tells of one.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} meter
 * @returns {Exchange | null} null: it is the meter on file
 */
export function exchangeOf(stage, visit, meter) {
  const draft = /** @type {(Exchange & {off?: boolean}) | null} */ (stage.drafts.get(keyOf(visit, meter), null));
  if (draft) return draft.off ? null : draft;
  return exchangeIn(visit.readings?.[meter.id]);
}

/** Another number was seen: ask about it. @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
export function beginExchange(stage, visit, meter) {
  if (!exchangeOf(stage, visit, meter)) stage.drafts.set(keyOf(visit, meter), exchangeIn({ exchange: {} }));
}

/**
 * The exchange in words.
 *
 * @param {Exchange} exchange
 * @param {{_: typeof text._}} [words]  the customer's, where the customer reads it
 * @returns {string}
 */
export function exchangeTold({ serial, final, initial }, words = text) {
  const { _ } = words;
  const parts = [
    serial ? _("meter on the wall %(serial)s", { serial }) : _("number not read"),
    final ? _("old meter stopped at %(figure)s", { figure: final }) : "",
    initial ? _("new meter began at %(figure)s", { figure: initial }) : "",
  ];
  return parts.filter(Boolean).join(_(", "));
}

/**
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} meter
 * @param {string} note
 * @param {() => void} keep  called when something of it is settled
 */
export function exchangePart(stage, visit, meter, note, keep) {
  const exchange = exchangeOf(stage, visit, meter);
  const set = (/** @type {object} */ change) =>
    stage.drafts.set(keyOf(visit, meter), { ...(exchange ?? exchangeIn({ exchange: {} })), ...change });
  const turn = (/** @type {boolean} */ off) => {
    set({ off });
    keep();
  };
  if (!exchange) {
    if (visit.outcome) return nothing;
    return html`<button class="button text wide" @click=${() => turn(false)}>
      ${_("Another number is on the meter")}
    </button>`;
  }
  if (visit.outcome) return html`<p>${exchangeTold(exchange)}</p>`;
  return html`<section class="group" aria-label=${_("Exchanged meter")}>
    <h3>${_("Exchanged meter")}</h3>
    <p class="hint">
      ${_("On file: %(serial)s. Figures from the exchange slip, where the customer has one.", { serial: meter.serial })}
    </p>
    ${exchangeField({ label: _("Number on the meter"), value: exchange.serial, type: (serial) => set({ serial: serial.trim() }), keep, figures: false })}
    ${exchangeField({ label: _("Where the old meter stopped"), value: exchange.final, type: (typed) => set({ final: readingOf(meter, typed) }), keep, figures: true })}
    ${exchangeField({ label: _("Where the new meter began"), value: exchange.initial, type: (typed) => set({ initial: readingOf(meter, typed) }), keep, figures: true })}
    ${stillWanted(visit, meter, exchange, note)}
    <button class="button text wide" @click=${() => turn(true)}>${_("It is the meter on file after all")}</button>
  </section>`;
}

/** One line that is asked about an exchange: a figure, or a number as it is stamped. @param {{label: string, value: string, type: (typed: string) => void, keep: () => void, figures: boolean}} about */
export function exchangeField({ label, value, type, keep, figures }) {
  return html`<label class="field">
    <span>${label}</span>
    <input
      type="text"
      inputmode=${figures ? "decimal" : "text"}
      enterkeyhint="next"
      autocomplete="off"
      autocapitalize="characters"
      .value=${live(value)}
      @input=${(/** @type {any} */ event) => type(event.target.value)}
      @change=${keep}
    />
  </label>`;
}

/** The office corrects the file by these. @param {VisitDocument} visit @param {any} meter @param {Exchange} exchange @param {string} note */
function stillWanted(visit, meter, exchange, note) {
  const wanted = [
    exchange.serial ? "" : _("its number"),
    photosOf(visit, "meter", meter.id).length ? "" : _("a photo that shows the number"),
    note.trim() ? "" : _("a note: since when, by whom"),
  ].filter(Boolean);
  if (!wanted.length)
    return html`<p class="small ok" role="status">${icon("check")}${_("The office has all it needs.")}</p>`;
  return html`<p class="small warn" role="status">
    ${_("Still wanted: %(things)s.", { things: wanted.join(_(", ")) })}
  </p>`;
}
