/**
 * Draws an icon of the one outline set (static/icons/sprite.svg, listed in names.txt).
 *
 * Icons never speak: the words beside them, or the label of the button they stand in, do.
 */

import { svg, html } from "../../vendor/lit-html/lit-html.js";

/**
 * @param {string} name  as in static/icons/names.txt
 * @param {"" | "icon-24" | "icon-32" | "lead" | "turn" | "lead icon-24"} [shape]
 */
export function icon(name, shape = "") {
  return html`<svg class="icon ${shape}" aria-hidden="true" focusable="false">
    ${svg`<use href="/static/icons/sprite.svg#${name}"></use>`}
  </svg>`;
}
