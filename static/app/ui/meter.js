/**
 * Reading the meter: the dial as wheels, the last reading above it, the difference in words.
 *
 * Decides what is asked at the dial (figure, whether it runs, photo) and how a warning is said; warnings never stop
 * anything. Invariant: no estimate: what cannot be read is recorded as such, with its reason.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, formatDate, formatNumber, textOf } from "../text.js";
import { choices, notice, segments } from "./controls.js";
import { icon } from "./icons.js";
import { photosOf, photoStrip } from "./photo.js";
import { readingOf, usedSince, warningsOf } from "./reading.js";
import { wheels } from "./wheels.js";
import { nameOf } from "./words.js";

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
  return html`
    <h2 class="section-title">${_("Meter %(serial)s", { serial: meter.serial })}</h2>
    <section class="card" aria-label=${_("Meter %(serial)s", { serial: meter.serial })}>
      ${
        meter.last
          ? html`<div class="dial">
              <span class="small quiet">${_("Last reading, %(date)s", { date: formatDate(meter.last.at) })}</span>
              ${wheels(meter, meter.last.value, { last: true })}
            </div>`
          : html`<p class="small quiet">${_("No earlier reading on file.")}</p>`
      }
      ${
        entry.unreadable
          ? recorded?.unreadable && entry.typed === null
            ? notice(
                "is-warn",
                "triangle-alert",
                _("Could not be read: %(reason)s", {
                  reason: nameOf(stage.catalog.unreadable_reasons, recorded.unreadable),
                }),
              )
            : nothing
          : html`${dialEntry(stage, visit, meter, entry, set, value)} ${comparison(meter, value, entry.running)}
            ${runs(stage, visit, meter, entry, set, value)}
            ${warningCards(stage, visit, meter, entry, set, value, recorded)}`
      }
    </section>
    <section class="group">
      <h3>${_("Photo of the dial, with the meter number")}</h3>
      ${photoStrip(stage, visit, { purpose: "meter", ref: meter.id, label: _("Photo of the dial"), wanted: true })}
    </section>
    ${visit.outcome ? nothing : cannotRead(stage, visit, meter, entry, set, recorded)}
  `;
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
  const note = (entry.note ?? recorded?.note ?? "").trim();
  if (recorded?.value === value && recorded.running === entry.running && (recorded.note ?? "") === note) {
    return stage.drafts.drop(key);
  }
  const photo = photosOf(visit, "meter", meter.id).at(-1)?.sha256;
  const saved = await stage.write(visit, "reading.set", {
    meter: meter.id,
    value,
    running: entry.running,
    ...(photo ? { photo } : {}),
    ...(note ? { note } : {}),
  });
  if (saved) stage.drafts.drop(key);
}

/** *18 m³ since 20 October, usual 15 to 25*. @param {any} meter @param {string} value @param {boolean | null} running */
function comparison(meter, value, running) {
  const since = usedSince(meter, value);
  if (!since || !value) return nothing;
  const words = _("%(used)s m³ since %(date)s", {
    used: formatNumber(since.used),
    date: formatDate(meter.last.at, { month: "long", day: "numeric" }),
  });
  const usual = meter.usual ? _("usual %(low)s to %(high)s", { low: meter.usual.low, high: meter.usual.high }) : "";
  const calm = warningsOf(meter, value, running).length === 0;
  return html`<p role="status">
    <span class="figure">${words}</span
    >${usual ? html`<br /><span class=${calm ? "ok" : "quiet"}>${usual}</span>` : nothing}
  </p>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {Entry} entry @param {(change: Partial<Entry>) => void} set @param {string} value */
function runs(stage, visit, meter, entry, set, value) {
  const choose = (/** @type {boolean} */ running) => {
    set({ running });
    void record(stage, visit, meter, { ...entry, running });
  };
  return html`<div>
    <span class="label">${_("Light one burner: does the meter run?")}</span>
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

/** @returns {Record<import("./reading.js").Warning, string>} */
function warningWords() {
  return {
    below_last: _(
      "This is below the last reading. Read it once more; if it is so, it stays so: an exchange or tampering is possible.",
    ),
    rollover: _("The wheels have gone past all nines. Was that so?"),
    jump: _("Much more than usual. Ask what has changed, and look for a leak."),
    low: _("Much less than usual. Is there a bypass, or does the meter stick?"),
    zero: _("Nothing used since the last reading. Vacant, other energy, or a dead meter?"),
    stopped: _("A meter that stands still with a burner on is a dead meter: fail it under Items, Meter."),
  };
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {Entry} entry @param {(change: Partial<Entry>) => void} set @param {string} value @param {any} recorded */
function warningCards(stage, visit, meter, entry, set, value, recorded) {
  const warnings = value ? warningsOf(meter, value, entry.running) : [];
  if (!warnings.length) return nothing;
  const words = warningWords();
  return html`${warnings.map((warning) => notice("is-warn", "triangle-alert", words[warning]))}
    <label class="field">
      <span>${_("What the customer says, what you saw")}</span>
      <textarea
        ?disabled=${Boolean(visit.outcome)}
        .value=${live(entry.note ?? recorded?.note ?? "")}
        @input=${(/** @type {any} */ event) => set({ note: event.target.value })}
        @change=${(/** @type {any} */ event) => void record(stage, visit, meter, { ...entry, note: event.target.value })}
      ></textarea>
    </label>`;
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
      options: (stage.catalog.unreadable_reasons ?? []).map((/** @type {any} */ reason) => ({
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
