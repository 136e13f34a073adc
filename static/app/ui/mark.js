/**
 * Looking at a photo large, and marking with a finger what matters in it.
 *
 * Decides how a mark is drawn. The marked picture is a photo of its own; the one without the mark is taken back with
 * that reason, so the papers show one of the two and the record knows both. Invariant: nothing is drawn on the original.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { pictureOf } from "../picture_of.js";
import { _ } from "../text.js";
import { sheet } from "./controls.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {{x: number, y: number}[]} Stroke  in parts of the picture's width and height */
/**
 * @typedef {object} Marking
 * @property {string} sha256  of the photo that is open; empty: none
 * @property {Stroke[]} strokes
 * @property {HTMLImageElement | null} picture
 * @property {HTMLCanvasElement | null} canvas
 * @property {boolean} drawing
 * @property {boolean} busy
 * @property {(element: Element | undefined) => void} bind
 */

const RED = "#e02b20";

/** @param {Stage} stage @returns {Marking} */
function marking(stage) {
  return stage.keep("marking", () => {
    /** @type {Marking} */
    const state = {
      sha256: "",
      strokes: [],
      picture: null,
      canvas: null,
      drawing: false,
      busy: false,
      bind: (element) => {
        state.canvas = element instanceof HTMLCanvasElement ? element : null;
        draw(state);
      },
    };
    return state;
  });
}

/**
 * Open a photo.
 *
 * @param {Stage} stage
 * @param {string} sha256
 * @param {string} url
 */
export function openPhoto(stage, sha256, url) {
  const state = marking(stage);
  const picture = new Image();
  Object.assign(state, { sha256, strokes: [], picture: null, drawing: false });
  picture.addEventListener("load", () => {
    state.picture = picture;
    draw(state);
    stage.paint();
  });
  picture.src = url;
  stage.paint();
}

/** The photo with its strokes, as large as the photo is. @param {Marking} state */
function draw({ canvas, picture, strokes }) {
  if (!canvas || !picture) return;
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.drawImage(picture, 0, 0);
  Object.assign(pen, {
    strokeStyle: RED,
    lineWidth: Math.max(6, canvas.width / 110),
    lineCap: "round",
    lineJoin: "round",
  });
  for (const stroke of strokes) {
    pen.beginPath();
    for (const { x, y } of stroke) pen.lineTo(x * canvas.width, y * canvas.height);
    pen.stroke();
  }
}

/** @param {Marking} state @param {PointerEvent} event */
function pointAt(state, event) {
  const box = /** @type {HTMLCanvasElement} */ (state.canvas).getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/**
 * The open photo, over everything.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} photo  of the visit
 * @param {string} label
 * @param {() => void} remove  asks why it is taken back
 */
export function photoSheet(stage, visit, photo, label, remove) {
  const state = marking(stage);
  if (!photo || state.sha256 !== photo.sha256) return nothing;
  const close = () => {
    state.sha256 = "";
    stage.paint();
  };
  const takeBack = () => {
    close();
    remove();
  };
  const undo = () => {
    state.strokes.pop();
    draw(state);
    stage.paint();
  };
  return sheet({
    title: label,
    close,
    body: html`<canvas
        class="markable"
        role="img"
        aria-label=${label}
        ${ref(state.bind)}
        @pointerdown=${down}
        @pointermove=${move}
        @pointerup=${up}
        @pointercancel=${up}
      ></canvas>
      ${
        visit.outcome
          ? nothing
          : html`<p class="hint tight">${_("Draw with a finger around what matters.")}</p>
              <button class="button text danger wide tight" @click=${takeBack}>
                ${icon("trash-2")}${_("Remove this photo")}
              </button>`
      }`,
    foot: visit.outcome
      ? undefined
      : html`<div class="pair">
          <button class="button" ?disabled=${!state.strokes.length} @click=${undo}>
            ${icon("rotate-ccw")}${_("Undo")}
          </button>
          <button
            class="button accent"
            ?disabled=${state.busy || !state.strokes.length}
            @click=${() => keepMark(stage, visit, photo)}
          >
            ${icon("check")}${_("Keep the mark")}
          </button>
        </div>`,
  });

  /** @param {PointerEvent} event */
  function down(event) {
    if (visit.outcome || !state.canvas) return;
    state.canvas.setPointerCapture(event.pointerId);
    state.drawing = true;
    state.strokes.push([pointAt(state, event)]);
  }
  /** @param {PointerEvent} event */
  function move(event) {
    if (!state.drawing) return;
    state.strokes.at(-1)?.push(pointAt(state, event));
    draw(state);
  }
  function up() {
    state.drawing = false;
    if ((state.strokes.at(-1)?.length ?? 0) < 2) state.strokes.pop(); // a tap is no mark
    stage.paint();
  }
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} photo */
async function keepMark(stage, visit, photo) {
  const state = marking(stage);
  if (state.busy || !state.canvas) return;
  state.busy = true;
  stage.paint();
  const picture = pictureOf(state.canvas, "image/jpeg", 0.9);
  const file = picture && new File([picture], "mark.jpg", { type: "image/jpeg" });
  const { purpose, ref, taken_at, location } = photo; // a mark changes neither when nor where it was taken
  const about = { purpose, ref, taken_at, location };
  const marked = file && (await stage.addPhoto(visit, file, about));
  if (marked)
    await stage.write(visit, "photo.remove", {
      sha256: photo.sha256,
      reason: _("Replaced by the same photo with a mark"),
    });
  Object.assign(state, { busy: false, sha256: marked ? "" : state.sha256 });
  stage.paint();
}
