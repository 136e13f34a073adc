/**
 * The pad on which a person signs with a finger.
 *
 * Decides how strokes are kept and given: as whole numbers, and as a PNG on white. Half a signature survives a
 * reload as a draft. Invariant: a pad is ink on white paper in any theme, because that is what will be printed.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import SignaturePad from "../../vendor/signature_pad.js";
import { pictureOf } from "../picture_of.js";
import { _ } from "../text.js";

/** @typedef {import("./stage.js").Stage} Stage */
/**
 * @typedef {object} Held
 * @property {SignaturePad | null} pad
 * @property {HTMLCanvasElement | null} canvas
 * @property {ResizeObserver | null} observer
 * @property {number} width  for which the canvas was made
 * @property {(element: Element | undefined) => void} bind  the same function at every drawing: a pad in use is never rebuilt
 */

/** @param {Stage} stage @param {string} key @returns {Held} */
function held(stage, key) {
  return stage.keep(`pad:${key}`, () => ({
    pad: null,
    canvas: null,
    observer: null,
    width: 0,
    bind: (/** @type {Element | undefined} */ element) => attach(stage, key, element),
  }));
}

/**
 * @param {Stage} stage
 * @param {string} key  of the draft that holds the strokes
 * @param {string} label
 */
export function signaturePad(stage, key, label) {
  if (!stage.drafts.ready(key)) return nothing;
  const drawn = stage.drafts.get(key, /** @type {any[]} */ ([])).length > 0;
  const clear = () => {
    held(stage, key).pad?.clear();
    stage.drafts.drop(key);
  };
  return html`<div class="pad">
    <canvas role="img" aria-label=${label} tabindex="0" ${ref(held(stage, key).bind)}></canvas>
    ${
      drawn
        ? html`<button class="button" @click=${clear}>${_("Clear")}</button>`
        : html`<p aria-hidden="true">${_("Sign here with a finger")}</p>`
    }
  </div>`;
}

/** @param {Stage} stage @param {string} key @param {Element | undefined} element */
function attach(stage, key, element) {
  const state = held(stage, key);
  if (!(element instanceof HTMLCanvasElement)) {
    state.pad?.off();
    state.observer?.disconnect();
    Object.assign(state, { pad: null, canvas: null, observer: null, width: 0 });
    return;
  }
  if (state.canvas === element) return;
  const pad = new SignaturePad(element, {
    penColor: "#14181d",
    backgroundColor: "rgb(255,255,255)",
    minWidth: 0.9,
    maxWidth: 2.8,
  });
  const observer = new ResizeObserver(() => fit(stage, key));
  Object.assign(state, { pad, canvas: element, observer, width: 0 });
  pad.addEventListener("endStroke", () => stage.drafts.set(key, pad.toData()));
  observer.observe(element);
}

/** Give the canvas as many points as the screen has, and draw again what was drawn. @param {Stage} stage @param {string} key */
function fit(stage, key) {
  const { pad, canvas, width } = held(stage, key);
  if (!pad || !canvas || canvas.offsetWidth === width) return;
  const ratio = Math.max(devicePixelRatio || 1, 2);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d")?.scale(ratio, ratio);
  held(stage, key).width = canvas.offsetWidth;
  pad.fromData(stage.drafts.get(key, /** @type {any[]} */ ([])), { clear: true });
}

/**
 * What was signed: strokes of whole numbers `[x, y, milliseconds]`, and the picture.
 *
 * @param {Stage} stage
 * @param {string} key
 * @returns {{strokes: number[][][], png: Blob} | null} null when nothing was drawn
 */
export function takeSignature(stage, key) {
  const { pad, canvas } = held(stage, key);
  if (!pad || !canvas || pad.isEmpty()) return null;
  const data = pad.toData();
  const begun = data[0]?.points[0]?.time ?? 0;
  const strokes = data.map((stroke) =>
    stroke.points.map((point) => [
      Math.round(point.x),
      Math.round(point.y),
      Math.max(0, Math.round(point.time - begun)),
    ]),
  );
  const png = pictureOf(canvas, "image/png");
  return png && { strokes, png };
}
