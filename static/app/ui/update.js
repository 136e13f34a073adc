/**
 * The note on Today that a newer version of the app is ready: with a button, or with what it waits for.
 *
 * Decides the words; when it may come in is swap.js's.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { icon } from "./icons.js";
import { isSomethingOpen, letIn } from "./swap.js";

/** @param {import("./stage.js").Stage} stage */
export function updateNote(stage) {
  if (!stage.app.update) return nothing;
  const waits = isSomethingOpen(stage);
  return html`<div class="notice">
    ${icon("refresh-cw")}
    <p class="grow">
      ${waits ? _("A newer version is ready. It waits until the visit that was begun is closed.") : _("A newer version is ready.")}
    </p>
    ${waits ? nothing : html`<button class="button text" @click=${() => letIn(stage)}>${_("Update")}</button>`}
  </div>`;
}
