/**
 * Draws a reading as the dial shows it: black wheels for whole digits, red ones for decimals.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";

/** @typedef {{digits: number, decimals: number}} Dial */

/**
 * What stands on each wheel; an empty string where nothing is known yet.
 *
 * @param {Dial} dial
 * @param {string} value  as typed or as recorded
 * @returns {{whole: string[], decimals: string[]}}
 */
export function wheelDigits(dial, value) {
  const [whole = "", decimals = ""] = value.split(".");
  const digits = whole.slice(0, dial.digits).padStart(dial.digits, " ").split("");
  return {
    whole: digits.map((digit) => digit.trim()),
    decimals: Array.from({ length: dial.decimals }, (_each, index) => decimals[index] ?? ""),
  };
}

/**
 * @param {Dial} dial
 * @param {string} value
 * @param {{last?: boolean}} [how]  `last`: the earlier reading, quieter
 */
export function wheels(dial, value, { last = false } = {}) {
  const { whole, decimals } = wheelDigits(dial, value);
  const wheel = (/** @type {string} */ digit, /** @type {string} */ shape) =>
    html`<span class="wheel ${shape} ${digit ? "" : "is-empty"}">${digit || "0"}</span>`;
  return html`<span class="wheels ${last ? "is-last" : ""}" aria-hidden="true">
      ${whole.map((digit) => wheel(digit, ""))} ${decimals.length ? html`<span class="wheel-gap"></span>` : nothing}
      ${decimals.map((digit) => wheel(digit, "is-decimal"))}
    </span>
    ${last ? html`<span class="unseen">${value}</span>` : nothing}`;
}
