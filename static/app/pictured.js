/**
 * When what was drawn just now stands before the eyes, and when nothing more is to be done: what can wait holds up neither.
 *
 * Behind another page, or where there is no page at all, nothing is drawn: nobody waits there for ever.
 */

const PATIENCE_MS = 1_000;
/** So long whoever has opened the app looks and taps, and nothing else is begun. */
const FIRST_LOOK_MS = 300;

/** @returns {Promise<void>} */
export function pictured() {
  if (!globalThis.requestAnimationFrame) return Promise.resolve();
  return new Promise((stands) => {
    requestAnimationFrame(() => setTimeout(stands));
    setTimeout(stands, PATIENCE_MS);
  });
}

/** @param {number} [latest]  ms @returns {Promise<void>} */
export function idle(latest = PATIENCE_MS) {
  return new Promise((rests) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => rests(), { timeout: latest });
    else setTimeout(rests); // Safari
  });
}

/** @type {Promise<void> | undefined} */
let settling;

/** When the first screen of this page has stood for a moment: once for each page. @returns {Promise<void>} */
export function settled() {
  settling ??= (async () => {
    await pictured();
    await new Promise((passed) => setTimeout(passed, FIRST_LOOK_MS));
    await idle();
  })();
  return settling;
}
