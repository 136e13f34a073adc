/**
 * The service worker: it keeps the app's own files, so that the app opens without a network.
 *
 * Decides nothing about data. It never touches a request that is not GET (lesson 1) nor anything under /api; it keeps
 * exactly the files of FIELDSVC_SHELL, all of one version. A new version waits until the app says APPLY_UPDATE
 * (lesson 15); if one file of it cannot be had it does not install, and the old one stays whole.
 */

importScripts(
  "/static/vendor/workbox/workbox-core.prod.js",
  "/static/vendor/workbox/workbox-routing.prod.js",
  "/static/vendor/workbox/workbox-strategies.prod.js",
  "/static/vendor/workbox/workbox-precaching.prod.js",
  "/app/shell.js",
);

/**
 * What the scripts above leave behind.
 *
 * @typedef {object} Loaded
 * @property {{version: string, files: {url: string, revision: string}[]}} FIELDSVC_SHELL
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

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (event) => {
  if (event.data?.type === "APPLY_UPDATE") event.waitUntil(worker.skipWaiting());
});
