/**
 * The service worker from the page's side: it is registered here, and a newer version of the app is noticed here.
 *
 * Decides that a new version never takes over by itself (lesson 15): the screens offer it, and only from Today.
 * Without a service worker (an insecure address, a private window) the app works as long as the page is open.
 */

const HOURLY = 3_600_000;

/**
 * Register the worker and say when a newer version waits.
 *
 * @param {(update: {apply: () => void}) => void} found
 * @returns {Promise<boolean>} whether the app will open without a network
 */
export async function watchForUpdate(found) {
  if (!globalThis.navigator?.serviceWorker) return false;
  const { serviceWorker } = navigator;
  let asked = false;
  serviceWorker.addEventListener("controllerchange", () => {
    if (asked) location.reload();
  });
  /** @param {ServiceWorker} waiting */
  const offer = (waiting) => {
    const apply = () => {
      asked = true;
      waiting.postMessage({ type: "APPLY_UPDATE" });
    };
    found({ apply });
  };
  try {
    // The list of files is imported by the worker: it must not come from the HTTP cache when we look for a new one.
    const registration = await serviceWorker.register("/sw.js", { updateViaCache: "none" });
    if (registration.waiting && serviceWorker.controller) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming?.addEventListener("statechange", () => {
        if (coming.state === "installed" && serviceWorker.controller) offer(coming);
      });
    });
    setInterval(() => registration.update().catch(() => undefined), HOURLY); // no network: the next hour will do
    return true;
  } catch {
    return false;
  }
}
