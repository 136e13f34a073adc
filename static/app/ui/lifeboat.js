/**
 * The lifeboat in the Outbox: make the file, then hand it on.
 *
 * Decides wording and the way out: shared where the browser shares files, saved where it does not. Two taps, because a
 * browser lets a page share only right after a tap, and sealing many photos takes longer. Deletes nothing.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, formatSize, ngettext } from "../text.js";
import { notice } from "./controls.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("../lifeboat.js").Lifeboat} Lifeboat */
/** @typedef {{busy: boolean, boat: Lifeboat | null, url: string, trouble: (() => string) | null, shared: boolean, waiting: number}} State */

/** @param {Stage} stage */
export function lifeboatSection(stage) {
  const state = stage.keep("lifeboat", () => ({
    busy: false,
    boat: /** @type {Lifeboat | null} */ (null),
    url: "",
    trouble: /** @type {State["trouble"]} */ (null),
    shared: false,
    waiting: 0,
  }));
  // A file made before something was written, or sent, is not offered as if it were everything.
  if (state.boat && state.waiting !== stage.app.sync.waiting) state.boat = null;
  return html`<h2 class="section-title">${_("Lifeboat")}</h2>
    <section class="card" aria-label=${_("Lifeboat")}>
      <p class="small quiet">
        ${_("If this phone cannot send any more: put everything above into one encrypted file and bring it to the office. Only the office can open it. It stays on this phone too, and may still be sent.")}
      </p>
      ${state.trouble ? notice("is-warn", "cloud-alert", state.trouble()) : nothing}
      ${state.boat ? ready(stage, state, state.boat) : nothing}
      <button class="button wide" ?disabled=${state.busy} @click=${() => make(stage, state)}>
        ${icon(state.boat ? "refresh-cw" : "hard-drive")}${state.busy ? _("Making the file …") : state.boat ? _("Make it again") : _("Make a lifeboat file")}
      </button>
    </section>`;
}

/** @param {Stage} stage @param {State} state */
async function make(stage, state) {
  Object.assign(state, { busy: true, trouble: null, shared: false, waiting: stage.app.sync.waiting });
  stage.paint();
  try {
    const boat = await stage.app.lifeboat();
    if (state.url) URL.revokeObjectURL(state.url);
    Object.assign(state, { boat, url: URL.createObjectURL(boat.file) });
  } catch (error) {
    const known = /** @type {{text?: string}} */ (error);
    state.trouble = () => known.text ?? _("The file could not be made. What is saved on this phone stays saved.");
  }
  state.busy = false;
  stage.paint();
}

/** @param {Stage} stage @param {State} state @param {Lifeboat} boat */
function ready(stage, state, boat) {
  const { file, entries, photos, lost, left } = boat;
  const contents = [
    ngettext("%(num)s entry", "%(num)s entries", entries),
    ngettext("%(num)s photo", "%(num)s photos", photos),
    formatSize(file.size),
  ].join(" · ");
  const share = async () => {
    try {
      await navigator.share({ files: [file], title: file.name });
      state.shared = true;
    } catch (error) {
      // Put away by the person: that is no trouble. Anything else is, and saving is still there.
      if (/** @type {Error} */ (error).name !== "AbortError")
        state.trouble = () => _("Sharing did not work. Save the file instead.");
    }
    stage.paint();
  };
  return html`<div role="status">
      <p class="card-title">${icon("circle-check", "icon-24")}${_("The file is ready")}</p>
      <p class="break">${file.name}</p>
      <p class="small quiet">${contents}</p>
      ${lost ? notice("is-warn", "triangle-alert", ngettext("%(num)s photo is no longer whole on this phone, and not in the file.", "%(num)s photos are no longer whole on this phone, and not in the file.", lost)) : nothing}
      ${left ? notice("is-warn", "triangle-alert", ngettext("There was no room for %(num)s photo. Let the office take this file in first.", "There was no room for %(num)s photos. Let the office take this file in first.", left)) : nothing}
      ${state.shared ? html`<p class="small">${_("Handed on. The office takes it in under Lifeboat.")}</p>` : nothing}
    </div>
    ${navigator.canShare?.({ files: [file] }) ? html`<button class="button wide" @click=${share}>${icon("share-2")}${_("Share the file")}</button>` : nothing}
    <a class="button wide" href=${state.url} download=${file.name}>${icon("hard-drive")}${_("Save the file")}</a>`;
}
