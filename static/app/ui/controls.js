/**
 * The few controls that screens are made of: one of several, a large choice, a sheet, a question.
 *
 * Decides their roles, names and keyboard behaviour, so that every screen is operated alike. Holds no data.
 * Invariant: one of several is always a radiogroup; a sheet is a modal dialog that the back button closes.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { _ } from "../text.js";
import { icon } from "./icons.js";

/** @typedef {{value: string | number, label: string, detail?: string}} Option */

/** Move the choice with the arrow keys, as in any radiogroup. @param {KeyboardEvent} event */
function moveByArrows(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !(event.currentTarget instanceof HTMLElement)) return;
  const radios = [...event.currentTarget.querySelectorAll("[role=radio]")];
  const at = radios.indexOf(/** @type {Element} */ (event.target));
  if (at < 0) return;
  event.preventDefault();
  const next = /** @type {HTMLElement} */ (radios[(at + step + radios.length) % radios.length]);
  next.focus();
  next.click();
}

/**
 * One of a few, side by side.
 *
 * @param {object} group
 * @param {string} group.label
 * @param {Option[]} group.options
 * @param {unknown} group.value
 * @param {(value: any) => void} group.choose
 * @param {boolean} [group.tight]
 */
export function segments({ label, options, value, choose, tight = false }) {
  return html`<div class="seg ${tight ? "tight" : ""}" role="radiogroup" aria-label=${label} @keydown=${moveByArrows}>
    ${options.map(
      (option, index) =>
        html`<button
          role="radio"
          aria-checked=${option.value === value}
          tabindex=${focusable(options, value, index)}
          @click=${() => choose(option.value)}
        >
          ${option.label}
        </button>`,
    )}
  </div>`;
}

/**
 * One of several, as chips that take the room their words need.
 *
 * @param {object} group
 * @param {string} group.label
 * @param {Option[]} group.options
 * @param {unknown} group.value
 * @param {(value: any) => void} group.choose
 */
export function picks({ label, options, value, choose }) {
  return html`<div class="picks" role="radiogroup" aria-label=${label} @keydown=${moveByArrows}>
    ${options.map(
      (option, index) =>
        html`<button
          class="pick"
          role="radio"
          data-result="chosen"
          aria-checked=${option.value === value}
          tabindex=${focusable(options, value, index)}
          @click=${() => choose(option.value)}
        >
          ${option.label}
        </button>`,
    )}
  </div>`;
}

/** One radio of a group can be reached with the tab key: the chosen one, else the first. @param {Option[]} options @param {unknown} value @param {number} index */
function focusable(options, value, index) {
  const chosen = options.findIndex((option) => option.value === value);
  return index === Math.max(0, chosen) ? 0 : -1;
}

/**
 * One of several, one beneath the other, each with room for what it means.
 *
 * @param {object} group
 * @param {string} group.label
 * @param {Option[]} group.options
 * @param {unknown} group.value
 * @param {(value: any) => void} group.choose
 * @param {boolean} [group.two]  in two columns where there is room
 */
export function choices({ label, options, value, choose, two = false }) {
  return html`<div class="choices ${two ? "two" : ""}" role="radiogroup" aria-label=${label} @keydown=${moveByArrows}>
    ${options.map(
      (option, index) =>
        html`<button
          class="choice"
          role="radio"
          aria-checked=${option.value === value}
          tabindex=${focusable(options, value, index)}
          @click=${() => choose(option.value)}
        >
          <span class="knob"></span>
          <span>${option.label}${option.detail ? html`<small>${option.detail}</small>` : nothing}</span>
        </button>`,
    )}
  </div>`;
}

/**
 * The three levels, large, each with what it means.
 *
 * @param {object} group
 * @param {any[]} group.levels  of the catalogue
 * @param {(texts: any) => string} group.textOf
 * @param {number} group.value
 * @param {(level: number) => void} group.choose
 */
export function levelChoices({ levels, textOf, value, choose }) {
  return html`<div class="choices" role="radiogroup" aria-label=${_("Level")} @keydown=${moveByArrows}>
    ${levels.map(
      (level) =>
        html`<button
          class="choice level-choice"
          role="radio"
          data-level=${level.level}
          aria-checked=${level.level === value}
          tabindex=${level.level === value ? 0 : -1}
          @click=${() => choose(level.level)}
        >
          <span class="badge">${level.level}</span>
          <span><b>${textOf(level.name)}</b><small>${textOf(level.meaning)}</small></span>
        </button>`,
    )}
  </div>`;
}

/** A level as a mark: number, word and sign, never colour alone. @param {number} level @param {string} [words] */
export function levelMark(level, words) {
  const symbol = level === 1 ? "octagon-alert" : level === 2 ? "triangle-alert" : "info";
  return html`<span class="level level-${level}">${icon(symbol)}${words ?? _("Level %(level)s", { level })}</span>`;
}

/** A dialog is opened as a modal one once it stands in the page. @param {Element | undefined} element */
function showModal(element) {
  if (!(element instanceof HTMLDialogElement)) return;
  queueMicrotask(() => {
    if (!element.isConnected || element.open) return;
    element.showModal();
    const body = element.querySelector(".sheet-body");
    if (body) body.scrollTop = history.state?.sheet ?? 0;
  });
}

/** The back gesture or Esc on a dialog; a camera that is dismissed inside it says `cancel` too, and means only itself. @param {() => void} close */
function cancelOf(close) {
  return (/** @type {Event} */ event) => {
    if (event.target !== event.currentTarget) return;
    event.preventDefault();
    close();
  };
}

/** How far a sheet is scrolled lives in the history entry, like the page's own scroll. @param {Event} event */
function noteSheetScroll(event) {
  if (event.target instanceof HTMLElement)
    history.replaceState({ ...history.state, sheet: event.target.scrollTop }, "");
}

/**
 * A sheet that rises over the page.
 *
 * @param {object} parts
 * @param {string} parts.title
 * @param {() => void} parts.close
 * @param {unknown} parts.body
 * @param {unknown} [parts.foot]
 */
export function sheet({ title, close, body, foot }) {
  const cancel = cancelOf(close);
  return html`<dialog class="sheet" aria-label=${title} ${ref(showModal)} @cancel=${cancel}>
    <div class="sheet-head">
      <h2 tabindex="-1" autofocus>${title}</h2>
      <button class="icon-button" aria-label=${_("Close this sheet")} @click=${close}>${icon("x", "icon-24")}</button>
    </div>
    <div class="sheet-body" @scrollend=${noteSheetScroll}>${body}</div>
    ${foot ? html`<div class="foot">${foot}</div>` : nothing}
  </dialog>`;
}

/**
 * A question that must be answered before anything else.
 *
 * @param {object} parts
 * @param {string} parts.title
 * @param {unknown} parts.body
 * @param {unknown} parts.answers
 * @param {() => void} parts.cancel
 * @param {boolean} [parts.danger]
 */
export function question({ title, body, answers, cancel, danger = false }) {
  const onCancel = cancelOf(cancel);
  return html`<dialog
    class="ask-box ${danger ? "is-danger" : ""}"
    role="alertdialog"
    aria-label=${title}
    ${ref(showModal)}
    @cancel=${onCancel}
  >
    <h2 tabindex="-1" autofocus>${title}</h2>
    <div>${body}</div>
    <div class="choices">${answers}</div>
  </dialog>`;
}

/** A calm word beside a sign. @param {"" | "is-warn" | "is-danger" | "is-ok"} tone @param {string} symbol @param {unknown} body */
export function notice(tone, symbol, body) {
  return html`<div class="notice ${tone}">
    ${icon(symbol)}
    <div class="grow">${body}</div>
  </div>`;
}
