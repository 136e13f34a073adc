import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ensureDevice } from "../../static/app/device.js";
import { ApiProblem } from "../../static/app/problems.js";
import { storeOfUser } from "../../static/app/store.js";
import { copyOf, deviceOf, logOf, note, notesOn, phoneAndServer, texts } from "./phone.js";

test("a phone in somebody else's hands is not enrolled as theirs, and its log waits for its owner", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  await sender.now();
  const owner = server.user;
  server.user = { ...owner, id: "somebody-else" };
  server.devices.clear(); // a restored server has never heard of the phone
  server.stored.clear();
  await note(store, "b");
  await sender.now();
  assert.equal(server.devices.size, 0);
  assert.deepEqual([sender.status.state, sender.status.errorCode], ["needs_you", "not_your_device"]);
  assert.equal(sender.status.missedLogin, true);
  server.user = owner;
  await sender.loggedIn();
  await sender.now();
  assert.equal([...server.devices.values()][0].user, owner.id);
  assert.equal(server.opIds.length, 2);
  assert.equal(sender.status.state, "sent");
});

test("an id that belongs to another phone on the restored server is left to it", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  const former = await deviceOf(store);
  server.stored.clear();
  server.devices.clear();
  server.visits.get("v1").notes.length = 0;
  server.epoch = "epoch-2";
  server.trouble("POST /api/v1/devices", { status: 409, code: "device_exists" });
  await note(store, "c");
  await sender.now();
  assert.notEqual(await deviceOf(store), former);
  assert.equal(sender.status.waiting, 0);
  assert.deepEqual(texts(await logOf(store, await deviceOf(store))), ["c"]);
  assert.deepEqual(notesOn(server).sort(), ["a", "b", "c"]);
});

test("the first enrolment too is the owner's alone", async (t) => {
  const { server, api } = await phoneAndServer(t);
  const store = storeOfUser("not-logged-in");
  t.after(() => store.close());
  await assert.rejects(
    ensureDevice(store, api),
    (error) => error instanceof ApiProblem && error.code === "not_your_device",
  );
  assert.equal(server.devices.size, 1);
  assert.equal(await store.fact("device"), undefined);
});

test("an enrolment whose answer was lost is repeated with the same id", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store, sender } = phone;
  const copy = await copyOf(t, phone);
  await note(store, "the first phone's");
  await sender.now();
  await note(copy.store, "the copy's");
  server.trouble("POST /api/v1/devices", "lose_answer");
  await copy.sender.now();
  assert.equal(copy.sender.status.waiting, 1);
  await copy.sender.now();
  assert.equal(server.devices.size, 2);
  assert.equal(copy.sender.status.state, "sent");
});
