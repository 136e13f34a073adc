/**
 * What this phone can do today: found out by trying it, not by asking what it claims.
 *
 * Decides how each thing is tried: a picture goes the way of every photo and its bytes onto the disk and off again. Judges
 * nothing (preshift.js). Invariant: it always ends, and leaves nothing behind.
 */

import { scalePhoto } from "./photos.js";
import { isTakenOff } from "./update.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./preshift.js").Facts} Facts */

/** Four by four, brown. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAFElEQVR42mOsiLJhgAEmBiSAmwMANfwBFnnvcG0AAAAASUVORK5CYII=";
const SIZE_OF_A_PHOTO = 400 * 1024;
const PATIENCE_MS = 10_000;
const TRIAL = "preshift:photo";

/**
 * Try everything.
 *
 * @param {App} app
 * @returns {Promise<Pick<Facts, "photo" | "room" | "shell">>}
 */
export async function testPhone(app) {
  const [photo, shell] = await Promise.all([tryPhoto(app), lookForShell().catch(() => /** @type {const} */ ("none"))]);
  const room = await app.storage().catch(() => ({ usage: 0, quota: 0, persisted: false }));
  return { photo, shell, room };
}

/**
 * The version of the app that this phone keeps, as the service worker says it.
 *
 * @returns {Promise<string>} empty: it does not say
 */
export async function keptVersion() {
  const registration = await globalThis.navigator?.serviceWorker?.getRegistration();
  const worker = registration?.active;
  if (!worker) return "";
  const { port1, port2 } = new MessageChannel();
  const said = new Promise((/** @type {(version: string) => void} */ resolve) => {
    port1.onmessage = (event) => resolve(String(event.data));
  });
  worker.postMessage({ type: "VERSION" }, [port2]);
  const version = await inTime(said, "", 3_000); // one from before it could answer
  port1.close();
  return version;
}

/** Ask the server for a newer version of the app; what is found shows as `app.update`. */
export async function lookForUpdate() {
  const registration = await globalThis.navigator?.serviceWorker?.getRegistration();
  await registration?.update();
}

/**
 * @param {App} app
 * @returns {Promise<Facts["photo"]>}
 */
async function tryPhoto(app) {
  const png = new Blob([Uint8Array.from(atob(PICTURE), (each) => each.charCodeAt(0))], { type: "image/png" });
  const made = await inTime(
    scalePhoto(png).then(
      ({ bytes }) => bytes.byteLength > 0,
      () => false,
    ),
    false,
  );
  if (!made) return "not_made";
  try {
    await app.setDraft(TRIAL, new ArrayBuffer(SIZE_OF_A_PHOTO));
    await app.setDraft(TRIAL, undefined);
    return "made";
  } catch {
    return "not_kept";
  }
}

/** @returns {Promise<Facts["shell"]>} */
async function lookForShell() {
  const worker = globalThis.navigator?.serviceWorker;
  if (!worker) return "none";
  if (isTakenOff()) return "off";
  const ready = worker.ready.then(() => /** @type {const} */ ("kept"));
  const soon = await inTime(ready, /** @type {const} */ ("coming"));
  // Asked after the waiting: one that was ready when the page opened may have been taken off since.
  return (await worker.getRegistration()) ? soon : "none";
}

/**
 * @template T, L
 * @param {Promise<T>} result
 * @param {L} late  what counts when it takes too long
 * @param {number} [patience]  ms
 * @returns {Promise<T | L>}
 */
async function inTime(result, late, patience = PATIENCE_MS) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const end = new Promise((/** @type {(value: L) => void} */ resolve) => {
    timer = setTimeout(() => resolve(late), patience);
  });
  const first = await Promise.race([result, end]);
  clearTimeout(timer);
  return first;
}
