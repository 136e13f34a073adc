/**
 * Finds the codes in a picture or in the camera's present frame.
 *
 * Decides who reads: the browser's own reader where it says that it knows QR codes, else the one that travels with
 * the app, in a worker. Nothing is fetched or started before the first picture. Invariant: `codesIn` gives the texts
 * of all codes seen, an empty list where none is, and fails only with an UnreadablePicture or a MissingReader.
 */

import { script } from "./trusted.js";

/** The picture is none that this phone can open. */
export class UnreadablePicture extends Error {}

/** The app's own reader is not on this phone, and there is no network to fetch it. */
export class MissingReader extends Error {}

const WANTED = ["qr_code", "data_matrix", "code_128", "code_39", "code_93", "itf", "ean_13", "codabar"];
const PATIENCE_MS = 20_000;
const LONGEST_FRAME = 1280;

/** @typedef {{detect: (source: CanvasImageSource) => Promise<{rawValue: string}[]>}} Detector */

/** @type {Promise<Detector | null> | undefined} */
let own;
/** @type {Worker | null} */
let worker = null;
let number = 0;

/** Ask the service worker to keep the reader, so that it is here when there is no network. */
export async function keepReader() {
  const ready = await globalThis.navigator?.serviceWorker?.ready;
  ready?.active?.postMessage({ type: "KEEP_READER" });
}

/**
 * The texts of the codes in a picture.
 *
 * @param {Blob | HTMLVideoElement} source
 * @returns {Promise<string[]>}
 */
export async function codesIn(source) {
  own ??= ownDetector();
  const detector = await own;
  const seen = detector ? await seenBy(detector, source) : null;
  if (seen?.length) return seen;
  if (!(source instanceof Blob)) return seen ?? inWorker(frameOf(source));
  // A still picture has no next frame: what the browser did not see in it, ours may.
  return seen ? inWorker(source).catch(() => seen) : inWorker(source);
}

/** The browser's reader, where it says that it knows QR codes: some have the name and nothing behind it. @returns {Promise<Detector | null>} */
async function ownDetector() {
  const { BarcodeDetector } = /** @type {any} */ (globalThis);
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return null;
    return new BarcodeDetector({ formats: WANTED.filter((format) => formats.includes(format)) });
  } catch {
    return null;
  }
}

/** @param {Detector} detector @param {Blob | HTMLVideoElement} source @returns {Promise<string[] | null>} null: it gave up, our own reads from now on */
async function seenBy(detector, source) {
  const picture = source instanceof Blob ? await opened(source) : source;
  try {
    const found = await detector.detect(picture);
    return found.map(({ rawValue }) => rawValue).filter(Boolean);
  } catch {
    own = Promise.resolve(null);
    return null;
  } finally {
    if (picture instanceof ImageBitmap) picture.close();
  }
}

/** @param {Blob} file */
async function opened(file) {
  return createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new UnreadablePicture();
  });
}

/** @type {HTMLCanvasElement | undefined} */
let canvas;

/** What the camera sees now. @param {HTMLVideoElement} video */
function frameOf(video) {
  const scale = Math.min(1, LONGEST_FRAME / Math.max(video.videoWidth, video.videoHeight, 1));
  canvas ??= document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * @param {Blob | ImageData} picture
 * @returns {Promise<string[]>}
 */
function inWorker(picture) {
  worker ??= new Worker(script("/static/app/scan-worker.js"), { type: "module" });
  const here = worker;
  const id = (number += 1);
  return new Promise((resolve, reject) => {
    const failed = () => {
      if (worker === here) worker = null; // the next picture tries anew
      here.terminate();
      finish();
      reject(new MissingReader());
    };
    const timer = setTimeout(failed, PATIENCE_MS);
    /** @param {MessageEvent} event */
    const answered = (event) => {
      if (event.data.id !== id) return;
      if (event.data.missing) return failed();
      finish();
      if (event.data.texts) resolve(event.data.texts);
      else reject(new UnreadablePicture());
    };
    const finish = () => {
      clearTimeout(timer);
      here.removeEventListener("message", answered);
      here.removeEventListener("error", failed);
    };
    here.addEventListener("message", answered);
    here.addEventListener("error", failed);
    here.postMessage({ id, picture });
  });
}

/** Let the reader go: it holds some megabytes that only the Scan screen needs. */
export function closeReader() {
  worker?.terminate();
  worker = null;
}
