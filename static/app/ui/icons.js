/**
 * Draws an icon of the one outline set (static/icons, listed in names.txt).
 *
 * Icons never speak: the words beside them, or the label of the button they stand in, do. An icon stands in the page itself:
 * one that points into another file has that file opened as a page of its own, which takes a slow phone longer than a row.
 */

import { html } from "../../vendor/lit-html/lit-html.js";
import { SHAPES } from "../../icons/shapes.js";

/** @type {Map<string, ReturnType<typeof html>>} each is made once, and copied by the browser wherever it stands */
const made = new Map();

/**
 * @param {string} name  as in static/icons/names.txt
 * @param {"" | "icon-24" | "icon-32" | "lead" | "turn" | "lead icon-24"} [shape]
 */
export function icon(name, shape = "") {
  const key = `${name} ${shape}`;
  const known = made.get(key);
  if (known) return known;
  const drawing = `<svg class="icon ${shape}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[name] ?? ""}</svg>`;
  const fresh = html(Object.assign([drawing], { raw: [drawing] }));
  made.set(key, fresh);
  return fresh;
}
