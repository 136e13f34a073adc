/**
 * The service worker from the page's side: it is registered here, and a newer version of the app is noticed here.
 *
 * Decides that a new version never takes over by itself (lesson 15): the screens offer it, say when they are free for it,
 * and are asked once more before the page is loaded anew. Without a service worker (an insecure address, a private
 * window, an operator who has taken it off the phones) the app works as long as the page is open.
 */

import { script } from "./trusted.js";

const HOURLY = 3_600_000;

/** @typedef {{apply: (isFree: () => boolean) => void}} Update  `isFree`: nothing would be interrupted now */

/** Whether the operator has taken the worker off all phones, as the page says that came from the server. */
export function isTakenOff() {
  return Boolean(globalThis.document?.querySelector('meta[name="fieldsvc-offline-start"][content="off"]'));
}

/**
 * Register the worker and say when a newer version waits.
 *
 * @param {(update: Update) => void} found
 * @returns {Promise<boolean>} whether the app will open without a network
 */
export async function watchForUpdate(found) {
  if (!globalThis.navigator?.serviceWorker) return false;
  const { serviceWorker } = navigator;
  let isFree = () => false;
  serviceWorker.addEventListener("controllerchange", () => {
    if (isFree()) location.reload(); // else it was let in by another tab: this page goes on as it is
  });
  try {
    if (isTakenOff()) {
      await (await serviceWorker.getRegistration())?.update(); // one that is still here is to hear of it
      return false;
    }
    // The list of files is imported by the worker: it must not come from the HTTP cache when we look for a new one.
    const registration = await serviceWorker.register(script("/sw.js"), { updateViaCache: "none" });
    const offer = () => {
      const apply = (/** @type {() => boolean} */ free) => {
        isFree = free;
        if (registration.waiting) registration.waiting.postMessage({ type: "APPLY_UPDATE" });
        else if (free()) location.reload(); // another tab has let it in, or it did not wait
      };
      if (serviceWorker.controller) found({ apply });
    };
    if (registration.waiting) offer();
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming?.addEventListener("statechange", () => {
        if (coming.state === "installed") offer();
      });
    });
    setInterval(() => registration.update().catch(() => undefined), HOURLY); // no network: the next hour will do
    return true;
  } catch {
    return false;
  }
}

/** Take the app off this phone: it opens again only with a network. */
export async function forgetShell() {
  const names = (await globalThis.caches?.keys().catch(() => [])) ?? [];
  await Promise.all(names.map((name) => caches.delete(name).catch(() => false)));
  const registration = await globalThis.navigator?.serviceWorker?.getRegistration().catch(() => undefined);
  await registration?.unregister().catch(() => false);
}
