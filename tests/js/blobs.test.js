import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { filesUnderWay, keepFile, pruneFiles, readFile, retryFile } from "../../static/app/blobs.js";
import { append, KEEP_MS } from "../../static/app/log.js";
import { phoneAndServer } from "./phone.js";

const CREATE = "POST /api/v1/blobs";
const PATCH = "PATCH /api/v1/blobs/sha";

/** @typedef {import("../../static/app/store.js").Store} Store */

/** Take a photo of so many bytes. @param {Store} store @param {number} [size] */
async function takePhoto(store, size = 1000) {
  const bytes = new Uint8Array(randomBytes(size)).buffer;
  const sha256 = await keepFile(store, bytes, { type: "image/jpeg", visit: "v1", purpose: "door" });
  await append(store, {
    visit: "v1",
    kind: "photo.add",
    data: { sha256, purpose: "door", taken_at: "2026-11-21T09:00:00+08:00" },
  });
  return { sha256, bytes: Buffer.from(bytes) };
}

/** @param {Store} store @param {string} sha256 */
const fileOf = (store, sha256) => store.read(["files"], (t) => t.files.get(sha256));

test("entries go first, photos after, in pieces, and arrive as they were", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256, bytes } = await takePhoto(store, 600 * 1024);
  await sender.now();
  assert.deepEqual(server.blobs.get(sha256)?.bytes, bytes);
  assert.equal(server.count(PATCH), 3);
  const calls = server.calls.map((one) => one.call);
  assert.ok(calls.indexOf("POST /api/v1/sync") < calls.indexOf(CREATE));
  assert.equal(sender.status.state, "sent");
});

test("a cut upload goes on where it stopped", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256, bytes } = await takePhoto(store, 900 * 1024);
  server.trouble(PATCH, "lose_answer");
  await sender.now();
  assert.equal(sender.status.photos, 1);
  const before = server.count(PATCH);
  await sender.now();
  assert.equal(server.count(PATCH) - before, 3);
  assert.deepEqual(server.blobs.get(sha256)?.bytes, bytes);
});

test("a server that has another offset than we thought is asked for it", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256, bytes } = await takePhoto(store, 600 * 1024);
  server.trouble(PATCH, { status: 409, code: "offset_mismatch" });
  await sender.now();
  assert.deepEqual(server.blobs.get(sha256)?.bytes, bytes);
});

test("a photo that the server refuses is said in words and holds up no other (lesson 9)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const bad = await takePhoto(store);
  const good = await takePhoto(store);
  server.trouble(PATCH, { status: 422, code: "not_an_image" });
  await sender.now();
  assert.equal((await fileOf(store, bad.sha256))?.error, "photo_refused");
  assert.ok(server.blobs.get(good.sha256));
  assert.equal(sender.status.state, "needs_you");
  assert.equal(sender.status.failed, 1);
  await retryFile(store, bad.sha256);
  await sender.now();
  assert.equal(sender.status.state, "sent");
});

test("a photo on which the server breaks waits by itself while the others go (lesson 9)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const bad = await takePhoto(store);
  const good = await takePhoto(store);
  server.trouble(PATCH, 500);
  await sender.now();
  await sender.now();
  assert.equal((await fileOf(store, good.sha256))?.state, "complete");
  const waiting = await fileOf(store, bad.sha256);
  assert.equal(waiting?.state, "waiting");
  assert.ok(Number(waiting?.next_try_at) > Date.now());
});

test("bytes that arrived wrong are sent again", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256, bytes } = await takePhoto(store);
  server.trouble(PATCH, { status: 460, code: "digest_mismatch" });
  await sender.now();
  await sender.now();
  assert.deepEqual(server.blobs.get(sha256)?.bytes, bytes);
});

test("bytes that changed on this phone are never sent (lesson 5)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256 } = await takePhoto(store);
  await store.write(["bytes"], (tables) => tables.bytes.put({ sha256, bytes: new ArrayBuffer(1000) }));
  assert.equal(await readFile(store, sha256), "photo_damaged");
  await sender.now();
  assert.equal(server.count(CREATE), 0);
  assert.equal((await fileOf(store, sha256))?.error, "photo_damaged");
});

test("a photo taken again is repaired and goes", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256, bytes } = await takePhoto(store);
  await store.write(["bytes"], (tables) => tables.bytes.delete(sha256));
  await sender.now();
  assert.equal((await fileOf(store, sha256))?.error, "photo_lost");
  await keepFile(store, new Uint8Array(bytes).buffer, { type: "image/jpeg", visit: "v1", purpose: "door" });
  await sender.now();
  assert.deepEqual(server.blobs.get(sha256)?.bytes, bytes);
});

test("removing a failed photo ends its waiting", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256 } = await takePhoto(store);
  server.trouble(PATCH, { status: 422, code: "not_an_image" });
  await sender.now();
  await append(store, { visit: "v1", kind: "photo.remove", data: { sha256, reason: "not readable" } });
  await sender.now();
  assert.equal(sender.status.state, "sent");
});

test("a drawing that nobody signed with is not sent; the signature's image is (lesson 8)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const about = { type: "image/png", visit: "v1", purpose: "signature" };
  await keepFile(store, new Uint8Array([1, 2, 3]).buffer, about);
  const image = await keepFile(store, new Uint8Array([4, 5, 6]).buffer, about);
  await append(store, { visit: "v1", kind: "sign", data: { role: "customer", name: "王芳", strokes: [], image } });
  assert.equal((await filesUnderWay(store)).length, 1);
  await sender.now();
  assert.deepEqual([...server.blobs.keys()], [image]);
});

test("a photo that the server has lost is sent again when a document says it is missing (lesson 8)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { sha256, bytes } = await takePhoto(store);
  await sender.now();
  server.blobs.clear();
  server.plan("v1", { missing_blobs: [sha256] });
  await sender.now();
  assert.deepEqual(server.blobs.get(sha256)?.bytes, bytes);
});

test("photos stay thirty days after they arrived, and longer while they are owed (lesson 11)", async (t) => {
  const { store, sender } = await phoneAndServer(t);
  const sent = await takePhoto(store);
  await sender.now();
  const owed = await takePhoto(store);
  await pruneFiles(store, Date.now() + KEEP_MS - 60_000);
  assert.ok(Buffer.isBuffer(Buffer.from(/** @type {ArrayBuffer} */ (await readFile(store, sent.sha256)))));
  await pruneFiles(store, Date.now() + KEEP_MS + 60_000);
  assert.equal(await readFile(store, sent.sha256), "photo_lost");
  assert.ok((await readFile(store, owed.sha256)) instanceof ArrayBuffer);
});
