/**
 * A phone without a screen for the tests: the app's own modules on a database in memory, and a contract server.
 */

import "fake-indexeddb/auto";
import { randomBytes } from "node:crypto";
import { Api } from "../../static/app/api.js";
import { fileToKeep } from "../../static/app/blobs.js";
import { ensureDevice } from "../../static/app/device.js";
import { append } from "../../static/app/log.js";
import { openEntries } from "../../static/app/sealed.js";
import { Sender } from "../../static/app/sender.js";
import { storeOfUser } from "../../static/app/store.js";
import { ContractServer } from "./contract-server.js";

let users = 0;

/**
 * Start a server with one visit, and an enrolled phone. Both end with the test.
 *
 * @param {import("node:test").TestContext} t
 */
export async function phoneAndServer(t) {
  const server = new ContractServer();
  server.plan("v1");
  const store = storeOfUser(`user-${(users += 1)}`);
  server.user = { ...server.user, id: String(store.owner) };
  const api = new Api(await server.listen());
  t.after(async () => {
    store.close();
    await server.close();
  });
  await ensureDevice(store, api);
  /** @type {any[]} */
  const catalogues = [];
  const sender = new Sender(store, api, {
    changed: () => undefined,
    catalogue: (document) => catalogues.push(document),
  });
  t.after(() => sender.stop());
  return { server, api, store, sender, catalogues };
}

/**
 * The same phone twice: its disk as it is now in another phone, as a backup or a cloned one has it. Ends with the test.
 *
 * @param {import("node:test").TestContext} t
 * @param {{store: import("../../static/app/store.js").Store, api: Api}} phone
 */
export async function copyOf(t, { store, api }) {
  const names = /** @type {const} */ (["log", "visits", "files", "bytes", "drafts", "facts"]);
  const copy = Object.assign(storeOfUser(`copy-${(users += 1)}`), { owner: store.owner });
  const tables = await store.read([...names], (from) => Promise.all(names.map((name) => from[name].toArray())));
  for (const [n, rows] of tables.entries()) {
    if (rows.length) await copy.write([names[n]], (to) => /** @type {any} */ (to[names[n]]).bulkPut(rows));
  }
  const sender = new Sender(copy, api, { changed: () => undefined, catalogue: () => undefined });
  t.after(() => {
    sender.stop();
    copy.close();
  });
  return { store: copy, sender };
}

/**
 * What a server's backup holds.
 *
 * @param {ContractServer} server
 */
export function backUp({ devices, visits, stored, blobs }) {
  return structuredClone({ devices, visits, stored, blobs });
}

/**
 * Put a backup back, which begins another epoch.
 *
 * @param {ContractServer} server
 * @param {ReturnType<typeof backUp>} backup
 */
export function putBack(server, backup) {
  const { blobs, ...rest } = structuredClone(backup);
  Object.assign(server, rest, { blobs: new Map(), epoch: `${server.epoch} restored`, version: server.version + 1000 });
  for (const [digest, { size, bytes }] of blobs) server.blobs.set(digest, { size, bytes: Buffer.from(bytes) });
}

/**
 * @param {import("../../static/app/store.js").Store} store
 * @param {string} text
 * @param {string} [visit]
 */
export function note(store, text, visit = "v1") {
  return append(store, { visit, kind: "note.add", data: { text } });
}

/**
 * @param {import("../../static/app/store.js").Store} store
 * @returns {Promise<import("../../static/app/store.js").LogRow[]>}
 */
export async function wholeLog(store) {
  const rows = await openEntries(store, await store.read(["log"], (t) => t.log.toArray()));
  return rows.sort((a, b) => a.seq - b.seq);
}

/** The id under which a phone writes now. @param {import("../../static/app/store.js").Store} store */
export const deviceOf = async (store) => (await store.fact("device")).id;

/** @param {import("../../static/app/store.js").Store} store @param {string} device */
export const logOf = async (store, device) => (await wholeLog(store)).filter((row) => row.device === device);

/** @param {import("../../static/app/store.js").LogRow[]} rows */
export const texts = (rows) => rows.map((row) => row.op.data.text);

/** @param {ContractServer} server @param {string} [visit] */
export const notesOn = (server, visit = "v1") =>
  server.visits.get(visit).notes.map((/** @type {any} */ one) => one.text);

/** What was asked in sync requests since: the device and the numbers of its entries. @param {ContractServer} server @param {number} since */
export const asked = (server, since) =>
  server.calls
    .slice(since)
    .filter((one) => one.call === "POST /api/v1/sync")
    .map(({ body }) => [body.device, body.ops.map((/** @type {any} */ op) => op.seq)]);

/**
 * Take a photo as Workplace.addPhoto does, without a camera.
 *
 * @param {import("../../static/app/store.js").Store} store
 * @param {number} [size]  bytes
 */
export async function takePhoto(store, size = 1000) {
  const about = { type: "image/jpeg", visit: "v1", purpose: "door" };
  const { sha256, ...alongside } = await fileToKeep(new Uint8Array(randomBytes(size)).buffer, about);
  const data = { sha256, purpose: "door", taken_at: "2026-11-21T09:00:00+08:00" };
  await append(store, { visit: "v1", kind: "photo.add", data, alongside });
  return sha256;
}
