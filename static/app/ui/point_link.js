/**
 * The way from another step to one check point: its item opens and the point is brought into view.
 *
 * Decides nothing about the point; what is said elsewhere of a meter is judged where all of it is judged.
 */

import { html } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { icon } from "./icons.js";

/** @param {import("./stage.js").Stage} stage @param {{id: string}} visit @param {string} item @param {string} point */
export function pointLink(stage, visit, item, point) {
  const seek = () => {
    stage.keep("seek", () => ({ id: "" })).id = `point-${point}`;
  };
  return html`<a class="button" href="/app/visit/${visit.id}/items/${item}" @click=${seek}
    >${_("Judge this point")}${icon("chevron-right")}</a
  >`;
}
