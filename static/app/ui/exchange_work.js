/**
 * Exchanging a meter: what the old one stopped at, and the new one's number, first figure, seals and direction.
 *
 * Decides what is asked at a job that exchanges a meter; all of it is written as one reading, so that both figures reach the
 * office together or not at all. Invariants: where the new meter begins is typed, never taken to be 0; an old meter that cannot
 * be read is said to be so, with the reason, and no figure is put in its place.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { NEW_METER } from "../rules.js";
import { _ } from "../text.js";
import { notice, segments } from "./controls.js";
import { exchangeField, exchangeTold } from "./exchanged.js";
import { icon } from "./icons.js";
import { photosOf } from "./photo.js";
import { exchangeIn, readingOf, usedSince } from "./reading.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {{serial: string, final: string, initial: string, seals: string, direction: boolean | null, dead: boolean, note: string}} Work */

/** @param {VisitDocument} visit @param {any} meter */
const keyOf = (visit, meter) => `exchanging:${visit.id}:${meter.id}`;

/** What is known: what was typed, else what is on record. @param {Stage} stage @param {VisitDocument} visit @param {any} meter @returns {Work} */
function workOf(stage, visit, meter) {
  const recorded = visit.readings?.[meter.id];
  const held = exchangeIn(recorded) ?? { serial: "", final: "", initial: "" };
  const { seals = "", direction = null } = recorded?.exchange ?? {};
  const onRecord = {
    ...held,
    seals,
    direction,
    dead: Boolean(recorded?.exchange && !held.final),
    note: recorded?.note ?? "",
  };
  return stage.drafts.get(keyOf(visit, meter), onRecord);
}

/** What is still asked for, in words. @param {Work} work */
function wantedOf(work) {
  return [
    work.final || work.dead ? "" : _("where the old meter stopped"),
    work.dead && !work.note.trim() ? _("why the old meter cannot be read") : "",
    work.serial.trim() ? "" : _("the new meter's number"),
    work.initial ? "" : _("where the new meter begins"),
    work.seals.trim() ? "" : _("the new seals"),
    work.direction === null ? _("whether it runs the right way") : "",
  ].filter(Boolean);
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
export function exchangeWork(stage, visit, meter) {
  const recorded = visit.readings?.[meter.id];
  if (visit.outcome)
    return recorded?.exchange ? html`<p>${exchangeTold(exchangeIn(recorded) ?? recorded.exchange)}</p>` : nothing;
  const work = workOf(stage, visit, meter);
  const set = (/** @type {Partial<Work>} */ change) => stage.drafts.set(keyOf(visit, meter), { ...work, ...change });
  const choose = (/** @type {Partial<Work>} */ change) => {
    set(change);
    void record(stage, visit, meter);
  };
  const keep = () => void record(stage, visit, meter);
  const wanted = wantedOf(work);
  const backwards =
    work.final && meter.last?.value && !usedSince(meter, work.final, new Date().toISOString(), stage.catalog.readings);
  return html`
    <section class="group" aria-label=${_("Old meter")}>
      <h3>${_("Old meter")} · ${meter.serial}</h3>
      ${
        work.dead
          ? exchangeField({
              label: _("Why the old meter cannot be read"),
              value: work.note,
              type: (note) => set({ note }),
              keep,
              figures: false,
            })
          : exchangeField({
              label: _("Where the old meter stopped"),
              value: work.final,
              type: (typed) => set({ final: readingOf(meter, typed) }),
              keep,
              figures: true,
            })
      }
      ${backwards ? notice("is-warn", "triangle-alert", _("This is below the last reading. Read it once more; if it is so, it stays so: an exchange or tampering is possible.")) : nothing}
      <button class="button text wide" @click=${() => choose({ dead: !work.dead, final: "" })}>
        ${work.dead ? _("The old meter can be read after all") : _("The old meter cannot be read")}
      </button>
    </section>
    <section class="group" aria-label=${_("New meter")}>
      <h3>${_("New meter")}</h3>
      ${exchangeField({ label: _("Number of the new meter"), value: work.serial, type: (serial) => set({ serial }), keep, figures: false })}
      ${exchangeField({ label: _("Where the new meter began"), value: work.initial, type: (typed) => set({ initial: readingOf(meter, typed) }), keep, figures: true })}
      ${exchangeField({ label: _("Numbers of the new seals"), value: work.seals, type: (seals) => set({ seals }), keep, figures: false })}
      <span class="label">${_("Does the new meter run the right way?")}</span>
      ${segments({
        label: _("Does the new meter run the right way?"),
        options: [
          { value: /** @type {any} */ (true), label: _("The right way") },
          { value: /** @type {any} */ (false), label: _("Backwards, or it stands still") },
        ],
        value: work.direction,
        choose: (direction) => choose({ direction }),
      })}
    </section>
    ${
      wanted.length
        ? html`<p class="small warn" role="status">
            ${_("Still wanted: %(things)s.", { things: wanted.join(_(", ")) })}
          </p>`
        : html`<p class="small ok" role="status">${icon("check")}${_("Both figures are recorded together.")}</p>`
    }
  `;
}

/** Write the exchange once all of it is known, and again when something of it changes. @param {Stage} stage @param {VisitDocument} visit @param {any} meter */
async function record(stage, visit, meter) {
  const work = workOf(stage, visit, meter);
  if (wantedOf(work).length) return;
  const { serial, final, initial, seals, direction } = work;
  const exchange = {
    serial: serial.trim(),
    ...(work.dead ? {} : { final }),
    initial,
    seals: seals.trim(),
    direction,
  };
  const note = work.note.trim();
  const recorded = stage.visit?.readings?.[meter.id];
  const same = JSON.stringify([recorded?.exchange, recorded?.note ?? ""]) === JSON.stringify([exchange, note]);
  if (same) return stage.drafts.drop(keyOf(visit, meter));
  const photo = photosOf(stage.visit ?? visit, "meter", `${meter.id}${NEW_METER}`).at(-1)?.sha256;
  const data = {
    meter: meter.id,
    value: initial,
    running: direction,
    exchange,
    ...(photo && { photo }),
    ...(note && { note }),
  };
  if (!(await stage.write(visit, "reading.set", data))) return;
  if (JSON.stringify(workOf(stage, visit, meter)) === JSON.stringify(work)) stage.drafts.drop(keyOf(visit, meter));
}
