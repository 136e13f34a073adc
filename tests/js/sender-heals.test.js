/** What the sender does when a server was restored, forgot a phone or knows it twice. */

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { prune } from "../../static/app/custody.js";
import { KEEP_MS, newId } from "../../static/app/log.js";
import { visitsShown } from "../../static/app/shown.js";
import { note, notesOn, phoneAndServer } from "./phone.js";

const ME = { id: "u1", name: "李检" };

test("a server restored from a backup gets again what it lost (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b", "c"]) await note(store, text);
  await sender.now();
  const [, device] = [...server.devices][0];
  device.log.length = 1;
  server.epoch = "epoch-2";
  server.visits.get("v1").notes.length = 1;
  for (const id of server.opIds.slice(1)) server.stored.delete(id);
  await note(store, "d");
  await sender.now();
  assert.deepEqual(notesOn(server), ["a", "b", "c", "d"]);
  assert.equal(await store.fact("epoch"), "epoch-2");
  assert.equal(sender.status.state, "sent");
});

test("a lower acked_seq in the same epoch is believed too, with nothing new to send", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b", "c"]) await note(store, text);
  await sender.now();
  const [, device] = [...server.devices][0];
  device.log.length = 0;
  server.visits.get("v1").notes.length = 0;
  server.stored.clear();
  await sender.now();
  assert.deepEqual(notesOn(server), ["a", "b", "c"]);
});

test("a visit that a restored server no longer knows leaves the phone after a whole pull", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  server.plan("v2");
  await sender.now();
  server.visits.delete("v2");
  server.epoch = "epoch-2";
  await sender.now();
  assert.deepEqual(
    (await visitsShown(store, ME)).map((visit) => visit.id),
    ["v1"],
  );
});

test("a copied phone enrols anew and its entries go under the new device with their ids unchanged", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "common");
  await sender.now();
  const before = await store.fact("device");
  // The other copy has written and sent something of its own as number 2.
  const theirs = {
    id: newId(),
    seq: 2,
    visit: "v1",
    kind: "note.add",
    at: "2026-11-21T09:00:00.000+08:00",
    base: 0,
    data: { text: "theirs" },
  };
  server.devices.get(before.id)?.log.push(JSON.stringify(theirs));
  const mine = await note(store, "mine");
  await sender.now();
  const after = await store.fact("device");
  assert.notEqual(after.id, before.id);
  assert.deepEqual(notesOn(server), ["common", "mine"]);
  assert.ok(server.stored.has(mine.id));
  assert.equal(server.devices.get(after.id)?.log.length, 1);
  await note(store, "and on it goes");
  await sender.now();
  assert.equal(server.devices.get(after.id)?.log.length, 2);
});

test("a server that holds more than this phone ever sent shows a copied phone, even with nothing to send", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const { id } = await store.fact("device");
  const theirs = {
    id: newId(),
    seq: 1,
    visit: "v1",
    kind: "note.add",
    at: "2026-11-21T09:00:00.000+08:00",
    base: 0,
    data: { text: "theirs" },
  };
  server.devices.get(id)?.log.push(JSON.stringify(theirs));
  await sender.now();
  assert.notEqual((await store.fact("device")).id, id);
  await note(store, "mine");
  await sender.now();
  assert.deepEqual(notesOn(server), ["mine"]);
});

test("a log with a hole below the server's mark goes on under a new device instead of standing still", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b", "c"]) await note(store, text);
  await sender.now();
  await prune(store, Date.now() + KEEP_MS + 60_000);
  const [, device] = [...server.devices][0];
  device.log.length = 0;
  await note(store, "d");
  await sender.now();
  assert.deepEqual(notesOn(server).slice(-1), ["d"]);
  assert.equal(sender.status.waiting, 0);
});

test("a restored server that never heard of this phone is told of it again and gets everything", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  server.devices.clear();
  server.stored.clear();
  server.visits.get("v1").notes.length = 0;
  await note(store, "c");
  await sender.now();
  assert.deepEqual(notesOn(server), ["a", "b", "c"]);
});

test("a revoked phone delivers what it holds and then says so (lesson 14)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const [, device] = [...server.devices][0];
  device.revoked = true;
  await note(store, "written before the phone was lost");
  await sender.now();
  assert.equal(server.opIds.length, 1);
  assert.equal(sender.status.waiting, 0);
  assert.equal(sender.status.state, "needs_you");
  assert.equal(sender.status.errorCode, "device_revoked");
});
