/**
 * The service worker: it keeps the app's own files, so that the app opens without a network.
 *
 * Decides nothing about data. It never touches a request that is not GET (lesson 1) nor anything under /api; it keeps
 * exactly the files of FIELDSVC_SHELL, all of one version. A new version waits until the app says APPLY_UPDATE
 * (lesson 15); if one file of it cannot be had it does not install, and the old one stays whole.
 */

/* global workbox, FIELDSVC_SHELL */
importScripts(
  "/static/vendor/workbox/workbox-core.prod.js",
  "/static/vendor/workbox/workbox-routing.prod.js",
  "/static/vendor/workbox/workbox-strategies.prod.js",
  "/static/vendor/workbox/workbox-precaching.prod.js",
  "/app/shell.js",
);

const { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } = workbox.precaching;
const { NavigationRoute, registerRoute } = workbox.routing;

workbox.core.setCacheNameDetails({ prefix: "fieldsvc", suffix: "" });
cleanupOutdatedCaches();
// Files that are no longer listed are deleted when this version becomes active.
precacheAndRoute(FIELDSVC_SHELL.files, { cleanURLs: false, directoryIndex: "" });
registerRoute(new NavigationRoute(createHandlerBoundToURL("/app"), { allowlist: [/^\/app(\/|$)/] }));

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data?.type === "APPLY_UPDATE") event.waitUntil(self.skipWaiting());
});
