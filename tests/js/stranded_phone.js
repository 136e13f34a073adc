/**
 * A phone that a test of the server leads by the hand: the app's own modules, a database in memory, the real server.
 *
 * Reads one order in JSON a line, answers with one line. tests/fieldsvc/test_lifeboat_phone.py gives the orders.
 */

import "fake-indexeddb/auto";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Api } from "../../static/app/api.js";
import { fileToKeep, filesUnderWay } from "../../static/app/blobs.js";
import { ensureDevice } from "../../static/app/device.js";
import { fetchKey, makeLifeboat } from "../../static/app/lifeboat.js";
import { append, unacked } from "../../static/app/log.js";
import { Sender } from "../../static/app/sender.js";
import { latestReceipt } from "../../static/app/shown.js";
import { storeOfUser } from "../../static/app/store.js";

/** @type {{store: import("../../static/app/store.js").Store, api: Api, sender: Sender}} */
let phone;

/** Node keeps no cookies; a browser does. */
let cookie = "";
const fetched = globalThis.fetch;
globalThis.fetch = async (address, call) => {
  const answer = await fetched(address, { ...call, headers: { ...call?.headers, Cookie: cookie } });
  for (const one of answer.headers.getSetCookie()) cookie = one.split(";")[0];
  return answer;
};

/** @type {Record<string, (order: any) => Promise<any>>} */
const orders = {
  async enrol({ origin, username, password, forgets }) {
    const api = new Api(origin);
    const { user } = await api.login(username, password);
    const store = storeOfUser(user.id);
    const device = await ensureDevice(store, api);
    // As a phone that enrolled before the server gave such a key.
    if (forgets) await store.write(["facts"], (t) => t.facts.delete("lifeboat_key"));
    phone = { store, api, sender: new Sender(store, api, { changed: () => undefined, catalogue: () => undefined }) };
    return device;
  },
  async sync() {
    await phone.sender.now();
    const [entries, photos] = [await unacked(phone.store), await filesUnderWay(phone.store)];
    const { state, errorCode } = phone.sender.status;
    const receipt = await latestReceipt(phone.store);
    return { state, errorCode, entries: entries.length, photos: photos.length, receipt };
  },
  async note({ visit, text }) {
    return append(phone.store, { visit, kind: "note.add", data: { text } });
  },
  async photo({ visit, bytes, type }) {
    const raw = new Uint8Array(Buffer.from(bytes, "base64")).buffer;
    const { sha256, ...alongside } = await fileToKeep(raw, { type, visit, purpose: "door" });
    const data = { sha256, purpose: "door", taken_at: "2026-11-21T09:00:00+08:00" };
    return append(phone.store, { visit, kind: "photo.add", data, alongside });
  },
  async lifeboat({ path }) {
    await fetchKey(phone.store, phone.api);
    const { file, ...told } = await makeLifeboat(phone.store);
    await writeFile(path, Buffer.from(await file.arrayBuffer()));
    return { ...told, name: file.name };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...what } = JSON.parse(line);
  const answer = await orders[order](what).catch((error) => ({ problem: error.code ?? String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
