import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { keepFile } from "../../static/app/blobs.js";
import { append } from "../../static/app/log.js";
import { latestReceipt, safeOnServer } from "../../static/app/shown.js";
import { newId } from "../../static/app/log.js";
import { note, phoneAndServer } from "./phone.js";

/** @param {import("../../static/app/store.js").Store} store @param {number} fill */
async function takePhoto(store, fill) {
  const bytes = new Uint8Array(500).fill(fill).buffer;
  const sha256 = await keepFile(store, bytes, { type: "image/jpeg", visit: "v1", purpose: "door" });
  await append(store, {
    visit: "v1",
    kind: "photo.add",
    data: { sha256, purpose: "door", taken_at: "2026-11-21T09:00:00+08:00" },
  });
  return sha256;
}

test("after a sync the phone holds the server's signed word for its entries and files", async (t) => {
  const { store, sender } = await phoneAndServer(t);
  await note(store, "a");
  const sha256 = await takePhoto(store, 1);
  await sender.now();
  const receipt = await latestReceipt(store);
  assert.equal(receipt?.acked_seq, 2);
  assert.deepEqual(receipt?.files, [sha256]);
});

test("a receipt that was altered, or signed by somebody else, is not kept", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  server.forged = { acked_seq: 99 };
  await sender.now();
  assert.equal(await latestReceipt(store), null);
  server.forged = {};
  server.receiptKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await sender.now();
  assert.equal(await latestReceipt(store), null);
});

test("a new key of the server is asked for, because a receipt names the key it was signed with", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  server.receiptKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  server.kid = "r2";
  await note(store, "a");
  await sender.now();
  assert.equal((await latestReceipt(store))?.key, "r2");
});

test("a file that a receipt no longer names is sent again (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const sha256 = await takePhoto(store, 2);
  await sender.now();
  server.blobs.clear();
  await sender.now();
  await sender.now();
  assert.equal(server.blobs.get(sha256)?.bytes.length, 500);
  assert.deepEqual((await latestReceipt(store))?.files, [sha256]);
});

test("a visit is safe on the server when a checked receipt covers all of its entries and names all of its files", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  assert.equal(await safeOnServer(store, "v1"), null);
  await note(store, "a");
  await takePhoto(store, 3);
  await note(store, "of another visit", "v2");
  assert.equal(await safeOnServer(store, "v1"), null);
  await sender.now();
  const at = (await latestReceipt(store))?.at;
  assert.deepEqual(await safeOnServer(store, "v1"), { at, entries: 2, files: 1 });
  await note(store, "b");
  assert.equal(await safeOnServer(store, "v1"), null);
  server.trouble("POST /api/v1/sync", 500);
  await sender.now();
  assert.equal(await safeOnServer(store, "v1"), null);
  await sender.now();
  assert.equal((await safeOnServer(store, "v1"))?.entries, 3);
});

test("without a genuine receipt nothing is acknowledged, called safe, or taken in (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  server.forged = { at: "2030-01-01T00:00:00+08:00" };
  await note(store, "a");
  await sender.now();
  assert.equal(server.opIds.length, 1);
  assert.equal(sender.status.waiting, 1);
  assert.equal(sender.status.errorCode, "not_ours");
  assert.equal(await safeOnServer(store, "v1"), null);
  assert.equal(await store.fact("cursor"), undefined);
  server.forged = {};
  await sender.now();
  assert.equal((await safeOnServer(store, "v1"))?.entries, 1);
});

test("a server restored from a backup takes its word back, and gives it again when it has everything (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  assert.ok(await safeOnServer(store, "v1"));
  const [, device] = [...server.devices][0];
  device.log.length = 1;
  server.epoch = "epoch-2";
  for (const id of server.opIds.slice(1)) server.stored.delete(id);
  const seen = watchSafety(store);
  await sender.now();
  seen.stop();
  assert.deepEqual([seen.answers[0], seen.answers.at(-1)], [true, false], "until the server told, then not");
  assert.ok(await safeOnServer(store, "v1"));
});

test("what went up under an earlier id of a copied phone stays vouched for by the earlier receipt", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "before");
  await sender.now();
  const { id } = await store.fact("device");
  const theirs = {
    id: newId(),
    seq: 2,
    visit: "v2",
    kind: "note.add",
    at: "2026-11-21T09:00:00.000+08:00",
    base: 0,
    data: {},
  };
  server.devices.get(id)?.log.push(JSON.stringify(theirs));
  await note(store, "after");
  await sender.now();
  assert.notEqual((await store.fact("device")).id, id);
  assert.equal((await safeOnServer(store, "v1"))?.entries, 2);
});

test("when a new device does not help either, the phone stops enrolling and says so", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  for (let n = 0; n < 12; n += 1) server.trouble("POST /api/v1/sync", { status: 409, code: "bad_proof" });
  for (let n = 0; n < 4; n += 1) await sender.now();
  assert.equal(server.devices.size, 2);
  assert.equal(sender.status.state, "needs_you");
  assert.equal(sender.status.waiting, 1);
  server.troubles = [];
  await sender.now();
  assert.equal(sender.status.state, "sent");
});

/** See before each request whether v1 is safe. @param {import("../../static/app/store.js").Store} store */
function watchSafety(store) {
  /** @type {boolean[]} */
  const answers = [];
  const fetched = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    answers.push(Boolean(await safeOnServer(store, "v1")));
    return fetched(...args);
  };
  return { answers, stop: () => (globalThis.fetch = fetched) };
}
