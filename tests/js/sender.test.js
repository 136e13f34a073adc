import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { chainStart } from "../../static/app/chain.js";
import { acknowledge } from "../../static/app/custody.js";
import { visitsShown } from "../../static/app/shown.js";
import { signedReceipt } from "./contract-server.js";
import { note, notesOn, phoneAndServer, wholeLog } from "./phone.js";

const SYNC = "POST /api/v1/sync";
const ME = { id: "u1", name: "李检" };

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
