/**
 * From a camera's file to the picture that is kept: upright, at most 1600 px, JPEG.
 *
 * Decides the size, the quality and where the work is done: in a worker, or on the page where the browser has no
 * OffscreenCanvas (older Safari). Does not store or send (blobs.js). Invariant: the screen never waits for a pixel
 * loop, and a file that cannot be decoded is a PhotoProblem, never an empty picture.
 */

import { pictureOf } from "./picture_of.js";
import { PhotoProblem } from "./problems.js";
import { script } from "./trusted.js";

const LONGEST_SIDE = 1600;
const QUALITY = 0.82;
const TYPE = "image/jpeg";
const WORKER_MS = 30_000;

/**
 * @typedef {object} Picture
 * @property {ArrayBuffer} bytes
 * @property {string} type
 * @property {number} width
 * @property {number} height
 */

/**
 * Make the picture that is kept from what the camera gave.
 *
 * @param {Blob} file
 * @returns {Promise<Picture>}
 */
export async function scalePhoto(file) {
  const inBackground = globalThis.OffscreenCanvas && globalThis.Worker ? await inWorker(file) : null;
  const picture = inBackground ?? (await onPage(file));
  return { ...picture, bytes: marked(picture.bytes, crypto.randomUUID()) };
}

/**
 * Write a mark into a JPEG as a comment.
 *
 * A picture is known by its digest, and the same file may be chosen for the hazard and for the meter: each taking must
 * be a picture of its own, or the second would take the place of the first.
 *
 * @param {ArrayBuffer} jpeg
 * @param {string} mark ASCII
 * @returns {ArrayBuffer}
 */
export function marked(jpeg, mark) {
  const words = new TextEncoder().encode(mark);
  const length = words.length + 2;
  const comment = [0xff, 0xfe, length >> 8, length & 0xff, ...words];
  const bytes = new Uint8Array(jpeg.byteLength + comment.length);
  bytes.set(new Uint8Array(jpeg, 0, 2));
  bytes.set(comment, 2);
  bytes.set(new Uint8Array(jpeg, 2), 2 + comment.length);
  return bytes.buffer;
}

/**
 * When the shutter was pressed, as well as the file knows it; never later than now.
 *
 * @param {Blob} file
 * @param {Date} now
 * @returns {Date}
 */
export function takenAt(file, now) {
  const stamp = file instanceof File ? file.lastModified : NaN;
  return stamp > 0 && stamp < now.getTime() ? new Date(stamp) : now;
}

/**
 * The size a picture is drawn at.
 *
 * @param {number} width
 * @param {number} height
 * @returns {{width: number, height: number}}
 */
export function fitted(width, height) {
  const factor = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/**
 * Draw a decoded picture on a canvas of the right size.
 *
 * @template {OffscreenCanvas | HTMLCanvasElement} C
 * @param {ImageBitmap | HTMLImageElement} picture
 * @param {(width: number, height: number) => C} makeCanvas
 * @returns {C}
 */
export function draw(picture, makeCanvas) {
  const { width, height } = fitted(picture.width, picture.height);
  const canvas = makeCanvas(width, height);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  // A transparent PNG from the gallery gets paper under it, not black.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, width, height);
  return canvas;
}

/** How pictures are encoded. */
export const ENCODING = { type: TYPE, quality: QUALITY };

/** @type {Worker | null} */
let worker = null;
let number = 0;

/**
 * @param {Blob} file
 * @returns {Promise<Picture | null>} null: the worker could not do it, try on the page
 */
function inWorker(file) {
  worker ??= new Worker(script(new URL("./photo-worker.js", import.meta.url)), { type: "module" });
  const here = worker;
  const id = (number += 1);
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(null), WORKER_MS);
    /** @param {MessageEvent} event */
    const answered = (event) => event.data.id === id && finish(event.data.picture);
    const failed = () => {
      if (worker === here) worker = null;
      here.terminate();
      finish(null);
    };
    /** @param {Picture | null} picture */
    const finish = (picture) => {
      clearTimeout(timer);
      here.removeEventListener("message", answered);
      here.removeEventListener("error", failed);
      resolve(picture);
    };
    here.addEventListener("message", answered);
    here.addEventListener("error", failed);
    here.postMessage({ id, file });
  });
}

/**
 * An `<img>` turns a photo upright in every browser and decodes what the system can decode, so it is the last resort.
 *
 * @param {Blob} file
 * @returns {Promise<Picture>}
 */
async function onPage(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = draw(image, (width, height) => Object.assign(document.createElement("canvas"), { width, height }));
    const blob = pictureOf(canvas, TYPE, QUALITY);
    if (!blob) throw new Error("the canvas gave nothing");
    return { bytes: await blob.arrayBuffer(), type: TYPE, width: canvas.width, height: canvas.height };
  } catch (error) {
    throw new PhotoProblem(error);
  } finally {
    URL.revokeObjectURL(url);
  }
}
