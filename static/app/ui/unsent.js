/**
 * Warns when something has waited on this phone for three days: browsers may clear what lies unused for seven (lesson 3).
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, formatDate } from "../text.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */

const PATIENCE_MS = 3 * 24 * 60 * 60 * 1000;

/** @param {Stage} stage */
export function oldUnsentNote(stage) {
  const state = stage.keep("oldest-unsent", () => ({ waiting: -1, at: "" }));
  const { waiting } = stage.app.sync;
  if (state.waiting !== waiting) {
    state.waiting = waiting;
    void stage.app.outbox().then(({ entries }) => {
      state.at = entries.map((entry) => entry.at).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? "";
      stage.paint();
    });
  }
  if (!state.at || Date.now() - Date.parse(state.at) < PATIENCE_MS) return nothing;
  return html`<a class="notice is-warn" href="/app/outbox">
    ${icon("cloud-alert")}
    <span class="grow">
      ${_("Work of %(date)s is still only on this phone. Find a network today and let it send.", { date: formatDate(state.at) })}
    </span>
  </a>`;
}
