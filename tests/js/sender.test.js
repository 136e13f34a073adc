import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { chainStart } from "../../static/app/chain.js";
import { acknowledge, prune } from "../../static/app/custody.js";
import { KEEP_MS, newId } from "../../static/app/log.js";
import { visitsShown } from "../../static/app/shown.js";
import { signedReceipt } from "./contract-server.js";
import { note, phoneAndServer, wholeLog } from "./phone.js";

const SYNC = "POST /api/v1/sync";
const ME = { id: "u1", name: "李检" };

/** @param {import("./contract-server.js").ContractServer} server @param {string} [visit] */
const notesOn = (server, visit = "v1") => server.visits.get(visit).notes.map((/** @type {any} */ one) => one.text);

/** @param {import("../../static/app/store.js").Store} store */
async function notesShown(store) {
  const visits = await visitsShown(store, ME);
  return visits.find((visit) => visit.id === "v1")?.notes.map((/** @type {any} */ one) => one.text);
}

test("what was written goes up once, comes back in the document, and the chip ends at all sent", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b", "c"]) await note(store, text);
  await sender.count();
  assert.equal(sender.status.waiting, 3);
  await sender.now();
  assert.deepEqual(notesOn(server), ["a", "b", "c"]);
  assert.deepEqual(await notesShown(store), ["a", "b", "c"]);
  assert.equal(sender.status.state, "sent");
  assert.equal(sender.status.waiting, 0);
});

test("a lost answer is asked again, and nothing arrives twice (lesson 6)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  server.trouble(SYNC, "lose_answer");
  await sender.now();
  assert.equal(sender.status.state, "offline");
  assert.equal(sender.status.waiting, 2);
  await note(store, "c");
  await sender.now();
  assert.deepEqual(notesOn(server), ["a", "b", "c"]);
  assert.equal(sender.status.state, "sent");
});

test("a 500 and a silent server change nothing but the time of the next try (lesson 11)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  for (const fault of [500, 503, "no_answer"]) {
    server.trouble(SYNC, fault);
    await sender.now();
    assert.equal(sender.status.waiting, 1);
    assert.equal((await wholeLog(store))[0].acked, 0);
  }
  await sender.now();
  assert.deepEqual(notesOn(server), ["a"]);
});

test("a page of a Wi-Fi gate is not taken for an answer", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  server.trouble(SYNC, { status: 200, welcome: "free Wi-Fi" });
  await sender.now();
  assert.equal(sender.status.errorCode, "not_ours");
  assert.equal(sender.status.waiting, 1);
});

test("a 401 waits for a person, capture goes on, and everything goes after the log-in (lesson 11)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  server.loggedIn = false;
  await note(store, "a");
  await sender.now();
  assert.equal(sender.status.state, "needs_you");
  assert.equal(sender.status.missedLogin, true);
  await note(store, "b");
  await sender.wrote();
  assert.equal(sender.status.waiting, 2);
  server.loggedIn = true;
  await sender.loggedIn();
  await sender.now();
  assert.deepEqual(notesOn(server), ["a", "b"]);
  assert.equal(sender.status.missedLogin, false);
});

test("too much at once is halved until it fits", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  server.mostOps = 7;
  for (let n = 0; n < 30; n += 1) await note(store, `${n}`);
  await sender.now();
  assert.equal(server.opIds.length, 30);
  assert.equal(sender.status.state, "sent");
});

test("a request that the server calls malformed is kept, said, and tried again later", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  for (const [status, code] of /** @type {[number, string][]} */ ([
    [400, "malformed"],
    [422, "invalid"],
    [403, "csrf"],
  ])) {
    server.trouble(SYNC, { status, code });
    await sender.now();
    assert.equal(sender.status.state, "needs_you");
    assert.equal(sender.status.errorCode, code);
    assert.equal((await wholeLog(store))[0].acked, 0);
  }
  await sender.now();
  assert.deepEqual(notesOn(server), ["a"]);
});

test("five hundred waiting entries go in requests of at most two hundred", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (let n = 0; n < 450; n += 1) await note(store, `${n}`);
  await sender.now();
  const sizes = server.calls.filter((one) => one.call === SYNC).map((one) => one.body.ops.length);
  assert.deepEqual(sizes.slice(0, 3), [200, 200, 50]);
  assert.equal(server.opIds.length, 450);
});

test("an expired cursor is dropped and everything is pulled again", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await sender.now();
  await store.setFact("cursor", "another:1");
  server.plan("v2");
  await sender.now();
  assert.deepEqual((await visitsShown(store, ME)).map((visit) => visit.id).sort(), ["v1", "v2"]);
});

test("pages are pulled until there is no more, and each is whole on disk", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (let n = 2; n <= 250; n += 1) server.plan(`v${n}`);
  await sender.now();
  assert.equal((await visitsShown(store, ME)).length, 250);
  assert.equal(server.count(SYNC), 3);
});

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

test("one op in quarantine holds up none behind it and is named (lesson 12)", async (t) => {
  const { store, sender } = await phoneAndServer(t);
  await note(store, "nowhere", "unknown-visit");
  await note(store, "here");
  await sender.now();
  const log = await wholeLog(store);
  assert.deepEqual(
    log.map((row) => [row.acked, row.result?.status]),
    [
      [1, "quarantined"],
      [1, "applied"],
    ],
  );
});

test("an entry stays in sight between its acknowledgement and the page that brings it back", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await sender.now();
  for (let n = 2; n <= 150; n += 1) server.plan(`v${n}`);
  await note(store, "seen all along");
  server.trouble(SYNC, "lose_answer");
  await sender.now();
  /** @type {string[][]} */
  const sights = [];
  const fetched = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    sights.push(await notesShown(store));
    return fetched(...args);
  };
  t.after(() => (globalThis.fetch = fetched));
  await sender.now();
  sights.push(await notesShown(store));
  assert.ok(sights.length >= 3, "there were several pages");
  for (const sight of sights) assert.deepEqual(sight, ["seen all along"]);
});

test("a visit that leaves the scope stays until its own entries are sent", async (t) => {
  const { store, sender } = await phoneAndServer(t);
  await sender.now();
  await note(store, "not yet sent");
  await store.write(["visits"], (tables) => tables.visits.update("v1", { gone: 1 }));
  assert.deepEqual(await notesShown(store), ["not yet sent"]);
  const { id } = await store.fact("device");
  await store.write(["log", "facts"], (tables) => acknowledge(tables, id, 1));
  assert.equal((await store.read(["visits"], (tables) => tables.visits.count())) > 0, true);
});

test("a server that stands still is asked again later, not in a circle", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  const { id } = await store.fact("device");
  const told = {
    device: id,
    epoch: server.epoch,
    acked_seq: 0,
    chain: await chainStart(id),
    files: [],
    key: server.kid,
  };
  const receipt = signedReceipt(server.receiptKeys.privateKey, told);
  const still = { results: [], receipt, visits: [], gone: [], cursor: "epoch-1:0", catalog: "", server_time: "" };
  for (let n = 0; n < 5; n += 1) server.trouble(SYNC, { status: 200, ...still, more: true });
  await sender.now();
  assert.ok(server.count(SYNC) <= 2, `${server.count(SYNC)} requests`);
  assert.equal(sender.status.waiting, 1);
});

test("the catalogue is fetched when its tag changes, and only then", async (t) => {
  const { server, sender, catalogues } = await phoneAndServer(t);
  await sender.now();
  await sender.now();
  assert.equal(server.count("GET /api/v1/catalog"), 1);
  server.catalogEtag = '"c2"';
  await sender.now();
  assert.deepEqual(
    catalogues.map((document) => document.version),
    ['"c1"', '"c2"'],
  );
});

test("entries written while an answer is under way are sent next and never lost", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "0");
  const running = sender.now();
  for (let n = 1; n < 20; n += 1) await note(store, `${n}`);
  await running;
  await sender.now();
  assert.deepEqual(
    notesOn(server),
    Array.from({ length: 20 }, (_unused, n) => `${n}`),
  );
});

test("whatever fails on the way, everything arrives exactly once in the end (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const faults = [
    "lose_answer",
    500,
    "no_answer",
    { status: 413, code: "too_large" },
    "lose_answer",
    { status: 410, code: "cursor_expired" },
  ];
  for (let n = 0; n < 60; n += 1) {
    await note(store, `${n}`);
    if (n % 4 === 0) server.trouble(SYNC, faults[(n / 4) % faults.length]);
    if (n % 3 === 0) await sender.now();
  }
  for (let n = 0; n < 10 && sender.status.state !== "sent"; n += 1) await sender.now();
  assert.deepEqual(
    notesOn(server),
    Array.from({ length: 60 }, (_unused, n) => `${n}`),
  );
  assert.equal(server.opIds.length, 60);
});
