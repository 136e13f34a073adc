import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { createDecipheriv, diffieHellman, createPublicKey, hkdfSync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { fileToKeep } from "../../static/app/blobs.js";
import { prune } from "../../static/app/custody.js";
import { replaceDevice } from "../../static/app/device.js";
import { fetchKey, makeLifeboat } from "../../static/app/lifeboat.js";
import { append, KEEP_MS } from "../../static/app/log.js";
import { backUp, note, phoneAndServer, putBack, wholeLog } from "./phone.js";

/** @typedef {import("../../static/app/store.js").Store} Store */
/** @typedef {import("./contract-server.js").ContractServer} ContractServer */

/** @param {ContractServer} server @param {File} file @returns {Promise<Buffer[]>} the frames, in the clear */
async function opened({ lifeboatKeys }, file) {
  const content = Buffer.from(await file.arrayBuffer());
  const begin = content.indexOf("\n", content.indexOf("\n") + 1) + 1;
  const head = content.subarray(0, begin);
  const [first, second] = head.toString().split("\n");
  assert.equal(first, "fieldsvc-lifeboat/1");
  const { ephemeral, key } = JSON.parse(second);
  assert.equal(key, "l1");
  const point = Buffer.from(ephemeral, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const theirs = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  const shared = diffieHellman({ privateKey: lifeboatKeys.privateKey, publicKey: theirs });
  const secret = Buffer.from(hkdfSync("sha256", shared, point, "fieldsvc-lifeboat/1", 32));
  const frames = [];
  for (let at = begin; at < content.length;) {
    const end = at + 4 + content.readUInt32BE(at);
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(frames.length, 4);
    nonce[11] = end === content.length ? 1 : 0;
    const cipher = createDecipheriv("aes-256-gcm", secret, nonce)
      .setAAD(head)
      .setAuthTag(content.subarray(end - 16, end));
    frames.push(Buffer.concat([cipher.update(content.subarray(at + 4, end - 16)), cipher.final()]));
    at = end;
  }
  return frames;
}

/** @param {ContractServer} server @param {Store} store */
async function contents(server, store) {
  const told = await makeLifeboat(store);
  const [list, ...photos] = await opened(server, told.file);
  return { told, list: JSON.parse(list.toString()), photos };
}

/** @param {any} list @returns {[string, number[]][]} each device with the numbers of its entries */
const numbers = ({ logs }) =>
  logs.map((/** @type {any} */ log) => [
    log.device,
    log.stretches.flatMap((/** @type {any} */ one) => one.ops.map((/** @type {any} */ op) => op.seq)),
  ]);

/** The server was restored, and has confirmed nothing since. @param {Store} store */
async function takeWordBack(store) {
  await store.write(["log", "facts"], async (tables) => {
    await tables.log.toCollection().modify({ acked: 0 });
    await tables.facts.put({ key: "logs", value: {} });
  });
}

/** @param {Store} store @param {number} size */
async function photo(store, size) {
  const about = { type: "image/jpeg", visit: "v1", purpose: "door" };
  const bytes = new Uint8Array(randomBytes(size)).buffer;
  const { sha256, ...alongside } = await fileToKeep(bytes, about);
  const data = { sha256, purpose: "door", taken_at: "2026-11-21T09:00:00+08:00" };
  await append(store, { visit: "v1", kind: "photo.add", data, alongside });
  return { sha256, bytes: Buffer.from(bytes) };
}

test("a lifeboat carries what is not acknowledged, what comes before it, and every photo (lesson 4)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "acknowledged");
  await sender.now();
  await note(store, "mine 𠮷");
  const one = await photo(store, 5_000);
  const two = await photo(store, 70);
  const { told, list, photos } = await contents(server, store);
  const { id, code } = await store.fact("device");
  assert.deepEqual(numbers(list), [[id, [2, 3, 4]]]);
  const rows = await wholeLog(store);
  assert.deepEqual(
    list.logs[0].stretches[0].ops,
    rows.slice(1).map((row) => row.op),
  );
  assert.equal(list.logs[0].stretches[0].after, 1);
  assert.equal(list.logs[0].stretches[0].before, rows[0].chain);
  assert.equal(list.logs[0].stretches[0].proof.chain, rows[3].chain);
  assert.deepEqual(
    list.files.map((/** @type {any} */ file) => file.sha256),
    [one.sha256, two.sha256],
  );
  assert.deepEqual(photos, [one.bytes, two.bytes]);
  assert.deepEqual([told.entries, told.photos, told.lost, told.left], [3, 2, 0, 0]);
  assert.match(told.file.name, new RegExp(`^${code}-\\d{12}\\.lifeboat$`));
});

test("making a lifeboat changes nothing: the phone goes on and sends by itself", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "mine");
  const before = await wholeLog(store);
  const calls = server.calls.length;
  await contents(server, store);
  assert.deepEqual(await wholeLog(store), before);
  assert.equal(server.calls.length, calls);
  await sender.now();
  assert.equal(sender.status.state, "sent");
  assert.equal(server.opIds.length, 1);
});

test("a photo that the storage lost or changed is named as lost, and the others are in the file (lesson 5)", async (t) => {
  const { server, store } = await phoneAndServer(t);
  const gone = await photo(store, 30);
  const whole = await photo(store, 40);
  await store.write(["bytes"], (tables) => tables.bytes.put({ sha256: gone.sha256, bytes: new ArrayBuffer(30) }));
  const { told, photos } = await contents(server, store);
  assert.deepEqual([told.photos, told.lost], [1, 1]);
  assert.deepEqual(photos, [Buffer.alloc(0), whole.bytes]);
});

test("a photo that the server had, and that no receipt of this epoch names, is carried again (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256 } = await photo(store, 50);
  const backup = backUp(server);
  await sender.now();
  await sender.now();
  assert.deepEqual((await contents(server, store)).list.files, []);
  putBack(server, backup);
  await store.setFact("epoch", server.epoch);
  assert.deepEqual(
    (await contents(server, store)).list.files.map((/** @type {any} */ file) => file.sha256),
    [sha256],
  );
});

test("logs under former ids are in the file too, each with its own proof", async (t) => {
  const { server, api, store, sender } = await phoneAndServer(t);
  await note(store, "first");
  await note(store, "second");
  await sender.now();
  const former = (await store.fact("device")).id;
  await replaceDevice(store, api, former);
  await note(store, "third");
  const present = (await store.fact("device")).id;
  assert.deepEqual(numbers((await contents(server, store)).list), [[present, [1]]]);
  await takeWordBack(store);
  const { list } = await contents(server, store);
  assert.deepEqual(numbers(list), [
    [former, [1, 2]],
    [present, [1]],
  ]);
});

test("of a log whose beginning is forgotten the rest is carried from a place that the server knows", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["one", "two", "three"]) await note(store, text);
  await sender.now();
  await prune(store, Date.now() + KEEP_MS + 1_000);
  await note(store, "four");
  const kept = (await wholeLog(store)).map((row) => row.seq);
  await takeWordBack(store);
  const { list } = await contents(server, store);
  assert.deepEqual(kept, [3, 4]);
  const [stretch] = list.logs[0].stretches;
  assert.deepEqual([stretch.after, stretch.ops.map((/** @type {any} */ op) => op.seq)], [3, [4]]);
  assert.equal(stretch.before, (await wholeLog(store))[0].chain);
});

test("more than a thousand entries go in stretches that follow on one another", async (t) => {
  const { server, store } = await phoneAndServer(t);
  for (let n = 0; n < 1_003; n += 1) await note(store, `${n}`);
  const { list } = await contents(server, store);
  const [first, second] = list.logs[0].stretches;
  assert.deepEqual([first.ops.length, second.ops.length, second.after], [1_000, 3, 1_000]);
  assert.equal(second.before, first.proof.chain);
});

test("a phone that enrolled before there were lifeboats gets the key by its next sync", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await store.write(["facts"], (tables) => tables.facts.delete("lifeboat_key"));
  const before = server.count("POST /api/v1/devices");
  await sender.now();
  await sender.now();
  assert.equal((await store.fact("lifeboat_key")).kid, "l1");
  assert.equal(server.count("POST /api/v1/devices"), before + 1);
});

test("that the key is not told now is no reason to turn down what the server has taken in", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await store.write(["facts"], (tables) => tables.facts.delete("lifeboat_key"));
  await note(store, "mine");
  server.trouble("POST /api/v1/devices", 500);
  await sender.now();
  assert.equal(sender.status.state, "sent");
  assert.equal(await store.read(["log"], (tables) => tables.log.where("acked").equals(0).count()), 0);
});

test("without the key and without a network the phone says what is missing, and asks when it can", async (t) => {
  const { server, api, store, sender } = await phoneAndServer(t);
  server.givesLifeboatKey = false;
  await store.write(["facts"], (tables) => tables.facts.delete("lifeboat_key"));
  await sender.now();
  assert.equal(sender.status.state, "sent");
  assert.equal(await store.fact("lifeboat_key"), null);
  await assert.rejects(fetchKey(store, api), { code: "no_lifeboat_key" });
  await assert.rejects(makeLifeboat(store), { code: "no_lifeboat_key" });
  server.givesLifeboatKey = true;
  server.trouble("GET /api/v1/me", "no_answer");
  await assert.rejects(fetchKey(store, api), { code: "no_lifeboat_key" });
  await fetchKey(store, api);
  await note(store, "mine");
  assert.equal((await contents(server, store)).told.entries, 1);
});
