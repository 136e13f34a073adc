/**
 * Keeps the screen on while a visit is open.
 *
 * A phone that cannot, or will not because its battery is low, goes dark as it always did: that is no failure.
 */

let wanted = false;
/** @type {WakeLockSentinel | null} */
let lock = null;

/** @param {boolean} yes */
export function keepAwake(yes) {
  wanted = yes;
  void follow();
}

async function follow() {
  if (!("wakeLock" in navigator)) return;
  if (wanted && !lock && document.visibilityState === "visible") {
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    lock?.addEventListener("release", () => (lock = null));
  } else if (!wanted && lock) {
    await lock.release();
  }
}

document.addEventListener("visibilitychange", () => void follow());
