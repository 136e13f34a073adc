/**
 * Scales photos away from the page, so that taps are answered while a 12-megapixel picture is decoded.
 *
 * Decides nothing: photos.js does. A picture that cannot be made here is answered with null, and the page tries.
 */

import { draw, ENCODING } from "./photos.js";

self.addEventListener("message", async (/** @type {MessageEvent<{id: number, file: Blob}>} */ event) => {
  const { id, file } = event.data;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const canvas = draw(bitmap, (width, height) => new OffscreenCanvas(width, height));
    bitmap.close();
    const bytes = await (await canvas.convertToBlob(ENCODING)).arrayBuffer();
    const picture = { bytes, type: ENCODING.type, width: canvas.width, height: canvas.height };
    self.postMessage({ id, picture }, { transfer: [bytes] });
  } catch {
    self.postMessage({ id, picture: null });
  }
});
