/**
 * The service worker: it keeps the app's own files, so that the app opens without a network.
 *
 * Decides nothing about data. It never touches a request that is not GET (lesson 1) nor anything under /api; it keeps
 * exactly the files of FIELDSVC_SHELL, all of one version. A new version waits until the app says APPLY_UPDATE
 * (lesson 15); if one file of it cannot be had it does not install, and the old one stays whole. The reader of codes is
 * kept apart, when the app asks for it: it is larger than the shell, and the shell does not wait for it.
 */

importScripts(
  "/static/vendor/workbox/workbox-core.prod.js",
  "/static/vendor/workbox/workbox-routing.prod.js",
  "/static/vendor/workbox/workbox-strategies.prod.js",
  "/static/vendor/workbox/workbox-precaching.prod.js",
  "/app/shell.js",
);

/** @typedef {{url: string, revision: string}} Listed */

/**
 * What the scripts above leave behind.
 *
 * @typedef {object} Loaded
 * @property {{version: string, files: Listed[], reader: Listed[]}} FIELDSVC_SHELL
 * @property {{
 *   core: typeof import("workbox-core"),
 *   routing: typeof import("workbox-routing"),
 *   precaching: typeof import("workbox-precaching"),
 * }} workbox
 */

const worker = /** @type {ServiceWorkerGlobalScope & Loaded} */ (/** @type {unknown} */ (self));
const { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } = worker.workbox.precaching;
const { NavigationRoute, registerRoute } = worker.workbox.routing;

worker.workbox.core.setCacheNameDetails({ prefix: "fieldsvc", suffix: "" });
cleanupOutdatedCaches();
// Files that are no longer listed are deleted when this version becomes active.
precacheAndRoute(worker.FIELDSVC_SHELL.files, { cleanURLs: false, directoryIndex: "" });
registerRoute(new NavigationRoute(createHandlerBoundToURL("/app"), { allowlist: [/^\/app(\/|$)/] }));

const READER_CACHE = "fieldsvc-reader";
const reader = new Map(worker.FIELDSVC_SHELL.reader.map(({ url, revision }) => [url, `${url}?revision=${revision}`]));

const ROOM_FOR_MORE = 50_000_000;

/** Keep the files that read codes, of this version alone; what is already here is not fetched again. */
async function keepReader() {
  // Where room is short it belongs to what is written and photographed; a number can be typed.
  const { quota = 0, usage = 0 } = await worker.navigator.storage.estimate();
  if (quota - usage < ROOM_FOR_MORE) return;
  const cache = await caches.open(READER_CACHE);
  const wanted = new Set([...reader.values()].map((path) => new URL(path, worker.location.href).href));
  const kept = (await cache.keys()).map(({ url }) => url);
  await Promise.all(kept.filter((url) => !wanted.has(url)).map((url) => cache.delete(url)));
  await cache.addAll([...wanted].filter((url) => !kept.includes(url)));
}

registerRoute(
  ({ url, sameOrigin }) => sameOrigin && reader.has(url.pathname),
  async ({ url }) => {
    const path = /** @type {string} */ (reader.get(url.pathname));
    return (await caches.match(path, { cacheName: READER_CACHE })) ?? fetch(path);
  },
);

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (event) => {
  if (event.data?.type === "APPLY_UPDATE") event.waitUntil(worker.skipWaiting());
  // Without a network nothing is kept; the app asks again when there is one, and whenever it starts.
  if (event.data?.type === "KEEP_READER") event.waitUntil(keepReader().catch(() => undefined));
  if (event.data?.type === "VERSION") event.ports[0].postMessage(worker.FIELDSVC_SHELL.version);
});
