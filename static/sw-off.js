/**
 * The service worker that takes itself off: what /sw.js says while `fieldsvc offline-start off` holds.
 *
 * A browser fetches /sw.js past whatever worker it has, so this one reaches a phone whose worker is broken. It waits for
 * nobody, answers no request, gives back the room of the app's files, and is gone; open pages stay as they are and go on
 * from the network. Invariant: IndexedDB, where everybody's work lies, is never touched.
 */

const leaving = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

async function leave() {
  const names = await caches.keys(); // all of them: a broken worker may have called them anything
  await Promise.all(names.map((name) => caches.delete(name)));
  await leaving.registration.unregister();
}

leaving.addEventListener("install", (event) => event.waitUntil(leaving.skipWaiting()));
leaving.addEventListener("activate", (event) => event.waitUntil(leave()));
