import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { keepFile } from "../../static/app/blobs.js";
import { append } from "../../static/app/log.js";
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
  const receipt = await store.fact("receipt");
  assert.equal(receipt.acked_seq, 2);
  assert.deepEqual(receipt.files, [sha256]);
});

test("a receipt that was altered, or signed by somebody else, is not kept", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  server.forged = { acked_seq: 99 };
  await sender.now();
  assert.equal(await store.fact("receipt"), undefined);
  server.forged = {};
  server.receiptKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await sender.now();
  assert.equal(await store.fact("receipt"), undefined);
});

test("a receipt for another log than this phone's is not kept", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  await sender.now();
  const before = await store.fact("receipt");
  const [, device] = [...server.devices][0];
  device.log[0] = device.log[0].replace('"a"', '"altered later"');
  await sender.now();
  assert.deepEqual(await store.fact("receipt"), before);
});

test("a new key of the server is asked for, because a receipt names the key it was signed with", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  server.receiptKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  server.kid = "r2";
  await note(store, "a");
  await sender.now();
  assert.equal((await store.fact("receipt")).key, "r2");
});

test("a file that a receipt no longer names is sent again (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const sha256 = await takePhoto(store, 2);
  await sender.now();
  server.blobs.clear();
  await sender.now();
  await sender.now();
  assert.equal(server.blobs.get(sha256)?.bytes.length, 500);
  assert.deepEqual((await store.fact("receipt")).files, [sha256]);
});
