/**
 * Taking photos and showing them.
 *
 * Decides how a camera is offered and how a photo is taken back (always with a reason). The App scales, hashes and
 * stores. Invariant: a photo shows here only once its bytes are on the phone's disk.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { question } from "./controls.js";
import { icon } from "./icons.js";
import { openPhoto, photoSheet } from "./mark.js";
import { noteShutter, placeOfShutter } from "./place.js";
import { textOfProblem } from "./stage.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/**
 * The photos of one thing, in the order they were taken.
 *
 * @param {VisitDocument} visit
 * @param {string} purpose
 * @param {string} [ref]
 * @returns {any[]}
 */
export function photosOf(visit, purpose, ref) {
  return Object.values(visit.photos ?? {})
    .filter((photo) => photo.purpose === purpose && (ref === undefined || photo.ref === ref) && !photo.removed)
    .sort((a, b) => String(a.taken_at).localeCompare(String(b.taken_at)));
}

/**
 * Photos already taken and a button for the next one.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {object} about
 * @param {string} about.purpose
 * @param {string} [about.ref]
 * @param {string} about.label  what the camera is for: *Photo of the hazard*
 * @param {boolean} [about.wanted]  whether one is still asked for
 * @param {(sha256: string) => void} [about.taken]
 */
export function photoStrip(stage, visit, { purpose, ref, label, wanted = false, taken }) {
  const camera = stage.keep(`camera:${visit.id}:${purpose}:${ref ?? ""}`, () => ({ busy: 0, problem: "" }));
  const photos = photosOf(visit, purpose, ref);
  const choose = async (/** @type {any} */ event) => {
    const input = event.target;
    const files = [...input.files];
    for (const file of files) {
      const sha256 = await stage.addPhoto(visit, file, { purpose, ref, location: placeOfShutter(file) });
      if (sha256) taken?.(sha256);
    }
    input.value = "";
  };
  const shutter = () =>
    html`<label class="button shutter tile ${wanted && !photos.length ? "is-wanted" : ""}">
      ${icon("camera", "icon-24")}<span>${photos.length ? _("One more") : _("Take photo")}</span>
      <input
        type="file"
        accept="image/*"
        capture="environment"
        aria-label=${label}
        @click=${noteShutter}
        @change=${choose}
      />
    </label>`;
  return html`<div class="photos">
      ${photos.map((photo) => thumbnail(stage, photo, label))}
      ${Array.from({ length: camera.busy }, () => html`<div class="photo skeleton" role="img" aria-label=${_("Saving photo")}></div>`)}
      ${visit.outcome ? nothing : shutter()}
    </div>
    ${
      camera.problem
        ? html`<p class="problem" role="alert">
            ${icon("octagon-alert")}<span>${_("Photo not saved")} · ${textOfProblem(camera.problem)}</span>
          </p>`
        : nothing
    }
    ${removal(stage, visit, purpose, ref)}
    ${photos.map((photo) => photoSheet(stage, visit, photo, label, () => askRemoval(stage, photo.sha256)))}`;
}

/** @param {Stage} stage @param {string} sha256 @returns {string} an address, empty until it is known */
export function addressOfPhoto(stage, sha256) {
  const known = stage.keep(`photo:${sha256}`, () => {
    const state = { url: "" };
    stage.app.photoUrl(sha256).then(
      (url) => {
        state.url = url;
        stage.paint();
      },
      () => undefined,
    );
    return state;
  });
  return known.url;
}

/** @param {Stage} stage @param {any} photo @param {string} label */
function thumbnail(stage, photo, label) {
  const url = addressOfPhoto(stage, photo.sha256);
  return html`<div class="photo">
    ${
      url
        ? html`<button
            class="look"
            aria-label=${_("Open: %(what)s", { what: label })}
            @click=${() => openPhoto(stage, photo.sha256, url)}
          >
            <img src=${url} alt=${label} />
          </button>`
        : html`<div class="skeleton"></div>`
    }
  </div>`;
}

/** @param {Stage} stage @param {string} sha256 */
function askRemoval(stage, sha256) {
  stage.keep("removing", () => ({ sha256: "" })).sha256 = sha256;
  stage.paint();
}

/** A photo is never just gone: why it was taken back is part of the record. @param {Stage} stage @param {VisitDocument} visit @param {string} purpose @param {string} [ref] */
function removal(stage, visit, purpose, ref) {
  const state = stage.keep("removing", () => ({ sha256: "" }));
  if (!state.sha256 || !photosOf(visit, purpose, ref).some((photo) => photo.sha256 === state.sha256)) return nothing;
  const close = () => {
    state.sha256 = "";
    stage.paint();
  };
  const remove = (/** @type {string} */ reason) => {
    const { sha256 } = state;
    close();
    void stage.write(visit, "photo.remove", { sha256, reason });
  };
  const reasons = [_("Blurred or too dark"), _("Shows the wrong thing"), _("A person or a document is in view")];
  return question({
    title: _("Why take this photo back?"),
    body: html`<p class="quiet">${_("It leaves the papers; the office still sees that it was there.")}</p>`,
    answers: html`${reasons.map((reason) => html`<button class="button" @click=${() => remove(reason)}>${reason}</button>`)}
      <button class="button text" @click=${close}>${_("Keep it")}</button>`,
    cancel: close,
  });
}
