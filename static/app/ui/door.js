/**
 * The door: the doorstep script, and the two ways in which a visit ends there.
 *
 * Decides how no access and a refusal are told: a reason, a photo of the door, the next appointment. Invariant: the
 * script is never a wall; a visit that could not take place is closed with its reason, not left open.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { ofTrade } from "../list_of.js";
import { _, formatDate, textOf } from "../text.js";
import { closeVisit } from "./closing.js";
import { choices, notice, segments, sheet } from "./controls.js";
import { customerWords, languageSwitch } from "./customer_language.js";
import { showDay } from "./days.js";
import { primary } from "./frame.js";
import { icon } from "./icons.js";
import { photosOf, photoStrip } from "./photo.js";
import { tickList } from "./ticks.js";
import { dayFrom } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @param {Stage} stage @param {VisitDocument} visit */
export function doorStep(stage, visit) {
  const { part } = stage.route;
  const over = part === "no_access" || part === "refused" ? awaySheet(stage, visit, part) : nothing;
  const open = (/** @type {string} */ how) => stage.go(`/app/visit/${visit.id}/door/${how}`, { stay: true });
  const body = html`
    ${visit.customer.tags?.length ? notice("", "info", visit.customer.tags.join(" · ")) : nothing}
    <div class="section-title with-switch">
      <h2>${_("At the door")}</h2>
      ${languageSwitch(stage, visit)}
    </div>
    ${tickList(stage, visit, {
      label: _("At the door"),
      steps: stage.checklist(visit).script ?? [],
      say: (step) => textOf(step.name),
      beneath: (step) => (saidAt(stage, visit, step) ? sentence(stage, visit, step) : nothing),
    })}
    ${
      visit.outcome
        ? nothing
        : html`<h2 class="section-title">${_("Cannot go in?")}</h2>
            <div class="pair">
              <button class="button" @click=${() => open("no_access")}>
                ${icon("door-closed")}${_("Nobody home")}
              </button>
              <button class="button" @click=${() => open("refused")}>${icon("circle-x")}${_("Entry refused")}</button>
            </div>`
    }
  `;
  return { body, over };
}

/** What is said at a step: why somebody comes to do a job is the job's own sentence. @param {Stage} stage @param {VisitDocument} visit @param {any} step */
function saidAt(stage, visit, step) {
  const { inspects = true, say } = stage.checklist(visit);
  return step.id === "purpose" && !inspects ? say : step.say;
}

/** The sentence to say, in the customer's language. @param {Stage} stage @param {VisitDocument} visit @param {any} step */
function sentence(stage, visit, step) {
  const words = customerWords(stage, visit);
  return html`<div class="say">
    <blockquote lang=${words.locale}>${words.textOf(saidAt(stage, visit, step))}</blockquote>
  </div>`;
}

/** @typedef {{reason: string, note: string, day: string, time: string}} Away */

/** @param {Stage} stage @param {VisitDocument} visit @param {"no_access" | "refused"} how */
function awaySheet(stage, visit, how) {
  const key = `away:${visit.id}:${how}`;
  const away = /** @type {Away} */ (stage.drafts.get(key, { reason: "", note: "", day: "", time: "" }));
  const set = (/** @type {Partial<Away>} */ change) => stage.drafts.set(key, { ...away, ...change });
  const reasons = how === "no_access" ? stage.catalog.no_access_reasons : stage.catalog.entry_refusal_reasons;
  const close = () => stage.router?.back(`/app/visit/${visit.id}/door`);
  const photographed = photosOf(visit, how === "refused" ? "refusal" : "door").length > 0;
  return sheet({
    title: how === "no_access" ? _("Nobody home") : _("Entry refused"),
    close,
    body: html`
      <section class="group">
        <h3>${_("Reason")}</h3>
        ${choices({
          label: _("Reason"),
          options: (ofTrade(reasons, visit) ?? []).map((/** @type {any} */ reason) => ({
            value: reason.id,
            label: textOf(reason.name),
          })),
          value: away.reason,
          choose: (reason) => set({ reason }),
        })}
      </section>
      <section class="group">
        <h3>${_("Photo of the door, with its number")}</h3>
        ${photoStrip(stage, visit, {
          purpose: how === "refused" ? "refusal" : "door",
          label: _("Photo of the door"),
          wanted: true,
        })}
      </section>
      <section class="group">
        <h3>${_("Next appointment")}</h3>
        ${appointment(stage, away, set)}
      </section>
      <label class="field">
        <span>${_("Remark")}</span>
        <textarea
          .value=${live(away.note)}
          @input=${(/** @type {any} */ event) => set({ note: event.target.value })}
        ></textarea>
      </label>
      ${how === "no_access" ? notice("", "file-text", _("Leave the no-access card. The next page says what to write on it.")) : nothing}
    `,
    foot: primary({
      label: !away.reason ? _("Choose a reason") : photographed ? _("Close this visit") : _("Close without a photo"),
      disabled: !away.reason,
      run: () => closeAway(stage, visit, how, away, key),
    }),
  });
}

/** @param {Stage} stage @param {Away} away @param {(change: Partial<Away>) => void} set */
function appointment(stage, away, set) {
  const days = [1, 2, 7].map((later) => dayFrom(stage.catalog, later));
  const label = (/** @type {string} */ day) =>
    `${formatDate(day, { weekday: "short" })} ${formatDate(day, { month: "numeric", day: "numeric" })}`;
  return html`${segments({
      label: _("Day of the next appointment"),
      options: days.map((day) => ({ value: day, label: label(day) })),
      value: away.day,
      choose: (day) => set({ day, time: away.time || "18:30" }),
    })}
    <div class="pair">
      <label class="field">
        <span>${_("Day")}</span>
        <input
          type="date"
          .value=${away.day}
          min=${dayFrom(stage.catalog)}
          @change=${(/** @type {any} */ event) => event.target.validity.valid && set({ day: event.target.value })}
          @blur=${(/** @type {any} */ event) => showDay(event.target, away.day)}
        />
      </label>
      <label class="field">
        <span>${_("Time")}</span>
        <input
          type="time"
          .value=${away.time}
          @change=${(/** @type {any} */ event) => set({ time: event.target.value })}
        />
      </label>
    </div>
    <p class="hint">${_("Leave it empty when nothing could be agreed; the office plans the next call.")}</p>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {"no_access" | "refused"} how @param {Away} away @param {string} key */
async function closeAway(stage, visit, how, away, key) {
  const next = away.day ? { next_at: instantOf(away.day, away.time || "09:00") } : {};
  if (await closeVisit(stage, visit, { outcome: how, reason: away.reason, ...next }, away.note)) stage.drafts.drop(key);
}

/**
 * A day and a time on this phone's clock as an instant with its offset.
 *
 * @param {string} day
 * @param {string} time
 * @returns {string}
 */
export function instantOf(day, time) {
  const offset = -new Date(`${day}T${time}:00`).getTimezoneOffset();
  const two = (/** @type {number} */ value) => String(Math.abs(value)).padStart(2, "0");
  return `${day}T${time}:00.000${offset < 0 ? "-" : "+"}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}
