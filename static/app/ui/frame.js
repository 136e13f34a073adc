/**
 * The frame around every screen: top bar, sync chip, content, bottom bar with the one primary action.
 *
 * Decides where things stand and how the state of sync is said; not what a screen holds. Invariant: the chip says
 * what the sender knows, in the same words on every screen, and a change of it is announced once.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, ngettext } from "../text.js";
import { icon } from "./icons.js";
import { textOfProblem } from "./stage.js";

/** @typedef {import("./stage.js").Stage} Stage */

/**
 * @param {Stage} stage
 * @param {object} parts
 * @param {string} parts.title
 * @param {string} [parts.subtitle]
 * @param {string} [parts.back]  the address behind the back arrow; none on Today
 * @param {unknown} [parts.aside]  right of the title, instead of the sync chip
 * @param {unknown} [parts.below]  under the bar: the steps of a visit
 * @param {unknown} parts.body
 * @param {unknown} [parts.foot]  the primary action
 * @param {string} [parts.lang]  where the page speaks another language than the app
 */
export function frame(stage, parts) {
  return html`
    <div class="top">
      <header class="bar ${parts.back ? "with-back" : ""}">
        ${parts.back ? backArrow(stage, parts.back) : nothing}
        <div class="bar-title">
          <h1 tabindex="-1">${parts.title}</h1>
          ${parts.subtitle ? html`<p>${parts.subtitle}</p>` : nothing}
        </div>
        ${parts.aside ?? syncChip(stage)}
      </header>
      ${parts.below ?? nothing}
    </div>
    ${demonstration(stage)}
    <main class="page" lang=${parts.lang ?? stage.app.locale}>${trouble(stage)} ${parts.body}</main>
    ${parts.foot || stage.notSaved.length ? html`<footer class="foot">${notSaved(stage)}${parts.foot ?? nothing}</footer>` : nothing}
  `;
}

/** @param {Stage} stage @param {string} fallback */
function backArrow(stage, fallback) {
  const back = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (fallback === "/app") stage.router?.home();
    else stage.router?.back(fallback);
  };
  return html`<a class="icon-button" href=${fallback} aria-label=${_("Back")} @click=${back}
    >${icon("arrow-left", "icon-24")}</a
  >`;
}

/** @param {Stage} stage */
function demonstration(stage) {
  if (!stage.catalog.company?.demonstration) return nothing;
  return html`<aside class="demo">
    ${_("Demonstration: signed with a demonstration certificate, not valid as evidence.")}
  </aside>`;
}

/**
 * What the phone knows of sync, in words.
 *
 * @param {any} sync
 * @returns {{text: string, symbol: string, tone: string}}
 */
export function syncWords(sync) {
  const left = sync.waiting;
  if (sync.state === "needs_you") return { text: _("Needs you"), symbol: "cloud-alert", tone: "is-warn" };
  if (sync.state === "sending") {
    return {
      text: _("Sending %(sent)s of %(all)s", { sent: sync.sent, all: sync.total }),
      symbol: "cloud-upload",
      tone: "is-busy",
    };
  }
  const waiting = ngettext("%(num)s waiting", "%(num)s waiting", left);
  if (sync.state === "offline") {
    return { text: left ? _("Offline, %(waiting)s", { waiting }) : _("Offline"), symbol: "cloud-off", tone: "" };
  }
  if (left) return { text: waiting, symbol: "cloud-upload", tone: "is-warn" };
  return { text: _("All sent"), symbol: "cloud-check", tone: "is-ok" };
}

/** The chip that always tells the truth; it leads to the Outbox. @param {Stage} stage */
export function syncChip(stage) {
  const { sync } = stage.app;
  const { text, symbol, tone } = syncWords(sync);
  announce(text, sync.state);
  return html`<a class="sync" href="/app/outbox" aria-label=${_("Sync: %(state)s", { state: text })}>
    <span class="chip ${tone}">
      ${icon(symbol)}${text}
      ${
        sync.state === "sending" && sync.total
          ? html`<progress max=${sync.total} .value=${sync.sent} aria-hidden="true"></progress>`
          : nothing
      }
    </span>
  </a>`;
}

let announced = "";

/** Say a change of state to a screen reader, but not each step of the count. @param {string} text @param {string} state */
function announce(text, state) {
  const live = document.getElementById("live");
  if (!live || announced === state) return;
  announced = state;
  live.textContent = text;
}

/** What is on the phone could not be read just now. @param {Stage} stage */
function trouble(stage) {
  if (!stage.trouble) return nothing;
  return html`<div class="notice is-danger" role="alert">
    ${icon("octagon-alert")}
    <p class="grow">${textOfProblem(stage.trouble)}</p>
    <button class="button text" @click=${() => stage.refresh()}>${_("Try again")}</button>
  </div>`;
}

/** @param {Stage} stage */
export function notSaved(stage) {
  const [first] = stage.notSaved;
  if (!first) return nothing;
  return html`<div class="not-saved" role="alert">
    ${icon("octagon-alert")}
    <p class="grow"><b>${_("Not saved")}</b> · ${textOfProblem(first.problem)}</p>
    <button class="button danger" @click=${() => stage.saveAgain()}>${_("Try again")}</button>
  </div>`;
}

/**
 * The primary action of a screen.
 *
 * @param {object} action
 * @param {string} action.label
 * @param {() => unknown} [action.run]
 * @param {string} [action.href]
 * @param {string} [action.symbol]
 * @param {boolean} [action.disabled]
 * @param {boolean} [action.danger]
 */
export function primary({ label, run, href, symbol, disabled = false, danger = false }) {
  const shape = `button primary ${danger ? "danger" : ""}`;
  if (href) return html`<a class=${shape} href=${href}>${symbol ? icon(symbol) : nothing}${label}</a>`;
  return html`<button
    class=${shape}
    aria-disabled=${disabled ? "true" : "false"}
    @click=${() => (disabled ? undefined : run?.())}
  >
    ${symbol ? icon(symbol) : nothing}${label}
  </button>`;
}

/** What stands there while a screen's data are read. */
export function skeleton() {
  return html`<div class="skeleton bone-card"></div>
    <div class="skeleton bone-row"></div>
    <div class="skeleton bone-row"></div>
    <div class="skeleton bone-row"></div>`;
}
