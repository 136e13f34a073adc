/**
 * Reads codes out of pictures away from the page, where the browser has no reader of its own.
 *
 * Decides nothing: codes.js says what a code means. It is the one place where WebAssembly runs, and it is fetched only
 * when the Scan screen needs it. Invariant: a picture leaves this phone in no way; it is looked at and forgotten.
 */

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/reader/index.js";

const LONGEST_SIDE = 2000;

const overrides = {
  locateFile: (/** @type {string} */ name) => new URL(`../vendor/zxing-wasm/reader/${name}`, import.meta.url).href,
};
// Asked for once; whoever waits for it learns whether it is here.
const ready = prepareZXingModule({ overrides, fireImmediately: true }).then(
  () => true,
  () => false,
);

/** @type {import("../vendor/zxing-wasm/reader/index.js").ReaderOptions} */
const OPTIONS = {
  formats: ["QRCode", "DataMatrix", "Code128", "Code39", "Code93", "ITF", "EAN13", "Codabar"],
  tryHarder: true,
  maxNumberOfSymbols: 8,
};

/** A photo as pixels, upright and no larger than a code needs; as it is where this browser cannot draw in a worker. @param {Blob} file */
async function pixelsOf(file) {
  if (!globalThis.OffscreenCanvas) return file;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale));
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff"; // codes are printed on white; a picture may leave that out
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** @typedef {{id: number, picture: Blob | ImageData}} Question */

self.addEventListener("message", async (/** @type {MessageEvent<Question>} */ event) => {
  const { id, picture } = event.data;
  if (!(await ready)) return self.postMessage({ id, texts: null, missing: true });
  try {
    const pixels = picture instanceof Blob ? await pixelsOf(picture) : picture;
    const found = await readBarcodes(pixels, OPTIONS);
    self.postMessage({ id, texts: found.filter(({ isValid, text }) => isValid && text).map(({ text }) => text) });
  } catch {
    self.postMessage({ id, texts: null });
  }
});
