/**
 * The picture on a canvas as a file.
 *
 * Decides one thing: it is made at once. `canvas.toBlob` waits in Chromium until the browser is idle, and on a busy phone
 * that was seen to be seven seconds, in which a signature that was tapped seemed not to be taken.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} type  a media type
 * @param {number} [quality]  0 to 1, where the type loses
 * @returns {Blob | null} null when the canvas has no size, or cannot be had as this type
 */
export function pictureOf(canvas, type, quality) {
  const address = canvas.toDataURL(type, quality);
  const beginning = `data:${type};base64,`;
  if (!address.startsWith(beginning)) return null;
  return new Blob([Uint8Array.from(atob(address.slice(beginning.length)), (each) => each.charCodeAt(0))], { type });
}
