/**
 * A phone without a screen for the tests: the app's own modules on a database in memory, and a contract server.
 */

import "fake-indexeddb/auto";
import { Api } from "../../static/app/api.js";
import { ensureDevice } from "../../static/app/device.js";
import { append } from "../../static/app/log.js";
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
  const rows = await store.read(["log"], (t) => t.log.toArray());
  return rows.sort((a, b) => a.seq - b.seq);
}
