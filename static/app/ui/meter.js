/**
 * Reading the meter: the dial as wheels, the last reading above it, the difference in words.
 *
 * Decides what is asked at the dial (figure, whether it runs, photo, another meter's number); a warning stops nothing.
 * Invariant: no estimate: what cannot be read is recorded as such, with its reason.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { NEW_METER } from "../rules.js";
import { ofTrade } from "../list_of.js";
import { _, formatDate, formatNumber, textOf } from "../text.js";
import { namesMeter } from "./codes.js";
import { choices, notice, segments } from "./controls.js";
import { exchangeWork } from "./exchange_work.js";
import { exchangeOf, exchangePart, keyOf } from "./exchanged.js";
import { icon } from "./icons.js";
import { isOdd, typedAgain, warningsOfFigure, warningsOfMeter } from "./meter_warnings.js";
import { photosOf, photoStrip } from "./photo.js";
import { exchangeIn, exchangeWritten, readingOf, unitOf, usedOf, warningsOf } from "./reading.js";
import { wheels } from "./wheels.js";
import { meterWords, nameOf, usedWords } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {{typed: string | null, running: boolean | null, unreadable: boolean, note: string | null}} Entry */

/** @param {Stage} stage @param {VisitDocument} visit */
export function meterStep(stage, visit) {
  const { meters } = visit;
  const body = meters.length
    ? meters.map((/** @type {any} */ meter) => meterCard(stage, visit, meter))
    : html`<div class="empty">
        ${icon("gauge")}
        <p>${_("No meter is on file here.")}</p>
      </div>`;
  return { body };
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
function meterCard(stage, visit, meter) {
  const key = `reading:${visit.id}:${meter.id}`;
  const recorded = visit.readings?.[meter.id];
  const exchanges = stage.checklist(visit).meter === "exchange";
  const entry = /** @type {Entry} */ (
    stage.drafts.get(key, {
      typed: null,
      running: recorded?.running ?? null,
      unreadable: Boolean(recorded?.unreadable),
      note: null,
    })
  );
  const set = (/** @type {Partial<Entry>} */ change) => stage.drafts.set(key, { ...entry, ...change });
  const value = entry.typed !== null ? readingOf(meter, entry.typed) : (recorded?.value ?? "");
  const exchange = exchangeOf(stage, visit, meter);
  const at = entry.typed === null && recorded?.at ? recorded.at : new Date().toISOString();
  const rules = stage.catalog.readings;
  const warnings = value || exchange ? warningsOf(meter, value, entry.running, { at, exchange, rules }) : [];
  const note = entry.note ?? recorded?.note ?? "";
  const keep = (/** @type {Partial<Entry>} */ change) => void record(stage, visit, meter, { ...entry, ...change });
  return html`
    <h2 class="section-title">${meterWords(meter, meter.serial)}</h2>
    <section class="card" aria-label=${meterWords(meter, meter.serial)}>
      ${
        meter.last
          ? html`<div class="dial">
              <span class="small quiet">${_("Last reading, %(date)s", { date: formatDate(meter.last.at) })}</span>
              ${wheels(meter, meter.last.value, { last: true })}
              ${value || !meter.usual ? nothing : html`<span class="small quiet">${usualWords(meter)}</span>`}
            </div>`
          : html`<p class="small quiet">${_("No earlier reading on file.")}</p>`
      }
      ${
        exchanges
          ? exchangeWork(stage, visit, meter)
          : entry.unreadable
            ? recorded?.unreadable && entry.typed === null
              ? notice(
                  "is-warn",
                  "triangle-alert",
                  _("Could not be read: %(reason)s", {
                    reason: nameOf(stage.catalog.unreadable_reasons, recorded.unreadable),
                  }),
                )
              : nothing
            : html`${dialEntry(stage, visit, meter, entry, set, value)}
              ${comparison(meter, value, { exchange, at, rules, calm: warnings.length === 0 })}
              ${warningsOfFigure(stage, visit, meter, { warnings, value, at, keep: () => keep({}) })}
              ${runs(stage, visit, meter, entry, set, value)}
              ${warningsOfMeter(stage, visit, meter, { warnings, at, note, type: (typed) => set({ note: typed }), keep: (typed) => keep({ note: typed }) })}
              ${exchangePart(stage, visit, meter, note, () => keep({}))}`
      }
    </section>
    <section class="group">
      ${exchanges ? bothMeters(stage, visit, meter) : dialPhoto(stage, visit, meter)}
      ${isScanned(stage, visit, meter) ? notice("is-ok", "check", _("The number was scanned: it is this meter.")) : nothing}
    </section>
    ${visit.outcome || exchanges ? nothing : cannotRead(stage, visit, meter, entry, set, recorded)}
  `;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
function dialPhoto(stage, visit, meter) {
  return html`<h3>${_("Photo of the dial, with the meter number")}</h3>
    ${photoStrip(stage, visit, { purpose: "meter", ref: meter.id, label: _("Photo of the dial"), wanted: true })}`;
}

/** At an exchange each of the two meters has its own photo. @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
function bothMeters(stage, visit, meter) {
  const both = [
    { ref: meter.id, title: _("Old meter: its number and its last figure"), label: _("Photo of the old meter") },
    {
      ref: `${meter.id}${NEW_METER}`,
      title: _("New meter: its number and its first figure"),
      label: _("Photo of the new meter"),
    },
  ];
  return both.map(
    ({ ref, title, label }) =>
      html`<h3>${title}</h3>
        ${photoStrip(stage, visit, { purpose: "meter", ref, label, wanted: true })}`,
  );
}

/** Whether the number on this meter was scanned at this visit: then it is the right one. @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
function isScanned(stage, visit, meter) {
  return namesMeter(stage.drafts.get(`scanned:${visit.id}`, /** @type {string[]} */ ([])), meter.serial);
}

/** The wheels are the field: digits typed fill them. @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {Entry} entry @param {(change: Partial<Entry>) => void} set @param {string} value */
function dialEntry(stage, visit, meter, entry, set, value) {
  return html`<div class="dial">
    <label class="label" for="dial-${meter.id}">${_("Reading now")}</label>
    <div class="dial-entry">
      ${wheels(meter, value)}
      <input
        id="dial-${meter.id}"
        type="text"
        inputmode="decimal"
        enterkeyhint="done"
        autocomplete="off"
        maxlength=${meter.digits + meter.decimals + 1}
        ?disabled=${Boolean(visit.outcome)}
        .value=${live(entry.typed ?? value)}
        @input=${(/** @type {any} */ event) => set({ typed: event.target.value })}
        @change=${(/** @type {any} */ event) => void record(stage, visit, meter, { ...entry, typed: event.target.value })}
        @blur=${() => entry.typed !== null && value === visit.readings?.[meter.id]?.value && set({ typed: null })}
        @keydown=${(/** @type {any} */ event) => event.key === "Enter" && event.target.blur()}
      />
    </div>
    <p class="hint">${_("Black wheels first, then the red ones. Leading zeros too.")}</p>
  </div>`;
}

/**
 * Write the reading once both the figure and whether the meter runs are known.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {Entry} entry
 */
async function record(stage, visit, meter, entry) {
  const key = `reading:${visit.id}:${meter.id}`;
  const recorded = visit.readings?.[meter.id];
  const value = entry.typed !== null ? readingOf(meter, entry.typed) : recorded?.value;
  stage.drafts.set(key, entry);
  if (!value || entry.running === null) return;
  const found = exchangeOf(stage, visit, meter);
  const exchange = found && exchangeWritten(found);
  const note = (entry.note ?? recorded?.note ?? "").trim();
  const again = againOf(stage, visit, meter, { value, running: entry.running, exchange: found });
  const held = exchangeIn(recorded);
  const { odd, again: heldAgain, ...known } = recorded ?? {};
  const before = [known.value, known.running, known.note ?? "", held && exchangeWritten(held), odd, heldAgain];
  const wanted = JSON.stringify([value, entry.running, note, exchange, again.odd, again.again]);
  // On its way to the disk: a quick tap back is another reading, and not what still stands on the screen.
  const way = stage.keep(`reading-way:${visit.id}:${meter.id}`, () => ({ to: "" }));
  if (way.to === wanted) return;
  if (!way.to && JSON.stringify(before) === wanted) {
    stage.drafts.drop(keyOf(visit, meter));
    return stage.drafts.drop(key);
  }
  way.to = wanted;
  const photo = photosOf(visit, "meter", meter.id).at(-1)?.sha256;
  const saved = await stage.write(visit, "reading.set", {
    meter: meter.id,
    value,
    running: entry.running,
    ...(isScanned(stage, visit, meter) ? { serial: meter.serial } : {}),
    ...(photo ? { photo } : {}),
    ...(exchange ? { exchange } : {}),
    ...(note ? { note } : {}),
    ...again,
  });
  if (way.to === wanted) way.to = "";
  if (!saved) return;
  // What was typed while this was written is not on record yet: its draft stays.
  const now = stage.drafts.get(key, entry);
  const isOnRecord =
    (now.typed === null || readingOf(meter, now.typed) === value) &&
    now.running === entry.running &&
    (now.note ?? note).trim() === note;
  if (isOnRecord) stage.drafts.drop(key);
  const typed = exchangeOf(stage, visit, meter);
  if (JSON.stringify(typed && exchangeWritten(typed)) === JSON.stringify(exchange))
    stage.drafts.drop(keyOf(visit, meter));
}

/**
 * What a figure that is out of what can be says of itself: that it is, and what was typed the second time.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {any} meter
 * @param {{value: string, running: boolean, exchange: import("./reading.js").Exchange | null}} read
 * @returns {{odd?: boolean, again?: string}}
 */
function againOf(stage, visit, meter, { value, running, exchange }) {
  const recorded = visit.readings?.[meter.id];
  const at = recorded?.value === value ? recorded.at : new Date().toISOString();
  if (!isOdd(warningsOf(meter, value, running, { at, exchange, rules: stage.catalog.readings }))) return {};
  const again = typedAgain(stage, visit, meter);
  return { odd: true, ...(again && { again }) };
}

/** *18 m³ since 20 October, usual 15 to 25*. @param {any} meter @param {string} value @param {{exchange: import("./reading.js").Exchange | null, at: string, rules: import("./reading.js").Rules | undefined, calm: boolean}} how  `calm`: nothing is remarkable */
function comparison(meter, value, { exchange, at, rules, calm }) {
  const since = usedOf(meter, exchange, value, at, rules);
  if (!since || !value) return nothing;
  const date = formatDate(meter.last.at, { month: "long", day: "numeric" });
  const words = usedWords(meter, formatNumber(since.used), date);
  return html`<p role="status">
    <span class="figure">${words}</span
    >${meter.usual ? html`<br /><span class=${calm ? "ok" : "quiet"}>${usualWords(meter)}</span>` : nothing}
  </p>`;
}

/** What is usually used from one reading to the next. @param {any} meter */
function usualWords({ usual, kind }) {
  const range = { low: formatNumber(usual.low), high: formatNumber(usual.high) };
  return unitOf({ kind }) === "kWh"
    ? _("usual %(low)s to %(high)s kWh", range)
    : _("usual %(low)s to %(high)s m³", range);
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {Entry} entry @param {(change: Partial<Entry>) => void} set @param {string} value */
function runs(stage, visit, meter, entry, set, value) {
  const choose = (/** @type {boolean} */ running) => {
    set({ running });
    void record(stage, visit, meter, { ...entry, running });
  };
  return html`<div>
    <span class="label"
      >${visit.type.startsWith("gas.") ? _("Light one burner: does the meter run?") : _("Does the meter run?")}</span
    >
    ${segments({
      label: _("Does the meter run?"),
      options: [
        { value: /** @type {any} */ (true), label: _("It runs") },
        { value: /** @type {any} */ (false), label: _("It stands still") },
      ],
      value: entry.running,
      choose: (running) => (visit.outcome ? undefined : choose(running)),
    })}
    ${value && entry.running === null ? html`<p class="hint warn">${_("Say whether it runs; then the reading is recorded.")}</p>` : nothing}
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {Entry} entry @param {(change: Partial<Entry>) => void} set @param {any} recorded */
function cannotRead(stage, visit, meter, entry, set, recorded) {
  if (!entry.unreadable) {
    return html`<button class="button text wide" @click=${() => set({ unreadable: true })}>
      ${_("Could not read it")}
    </button>`;
  }
  const choose = (/** @type {string} */ reason) => {
    stage.drafts.drop(`reading:${visit.id}:${meter.id}`);
    void stage.write(visit, "reading.set", { meter: meter.id, unreadable: reason });
  };
  return html`<section class="group">
    <h3>${_("Why could it not be read?")}</h3>
    ${choices({
      label: _("Why could it not be read?"),
      options: (ofTrade(stage.catalog.unreadable_reasons, visit) ?? []).map((/** @type {any} */ reason) => ({
        value: reason.id,
        label: textOf(reason.name),
      })),
      value: recorded?.unreadable,
      choose,
    })}
    <p class="hint">${_("An estimate is not accepted. The office plans another call.")}</p>
    <button class="button text wide" @click=${() => set({ unreadable: false })}>${_("I can read it after all")}</button>
  </section>`;
}
