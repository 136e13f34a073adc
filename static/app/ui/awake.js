/**
 * Keeps the screen on while a visit is open.
 *
 * A phone that cannot, or will not because its battery is low, goes dark as it always did: that is no failure.
 */

let wanted = false;
/** @type {WakeLockSentinel | null} */
let lock = null;
/** One asking or letting go at a time: a lock asked for twice would be let go once. @type {Promise<void>} */
let following = Promise.resolve();

/** @param {boolean} yes */
export function keepAwake(yes) {
  wanted = yes;
  follow();
}

function follow() {
  following = following.then(bringAbout);
}

async function bringAbout() {
  if (!("wakeLock" in navigator)) return;
  if (wanted && !lock && document.visibilityState === "visible") {
    const held = await navigator.wakeLock.request("screen").catch(() => null);
    lock = held;
    held?.addEventListener("release", () => {
      if (lock === held) lock = null;
    });
  } else if (!wanted && lock) {
    const held = lock;
    lock = null;
    await held.release().catch(() => undefined);
  }
}

document.addEventListener("visibilitychange", follow);
