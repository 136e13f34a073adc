import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { prune } from "../../static/app/custody.js";
import { KEEP_MS } from "../../static/app/log.js";
import { safeOnServer, visitsShown } from "../../static/app/shown.js";
import {
  asked,
  backUp,
  copyOf,
  deviceOf,
  logOf,
  note,
  notesOn,
  phoneAndServer,
  putBack,
  takePhoto,
  texts,
  wholeLog,
} from "./phone.js";

const SYNC = "POST /api/v1/sync";

/** Do something before each request. @param {import("node:test").TestContext} t @param {() => Promise<unknown>} work */
function beforeEachRequest(t, work) {
  const fetched = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    await work();
    return fetched(...args);
  };
  t.after(() => (globalThis.fetch = fetched));
}

/** A copy of the phone as it stands when all of it is sent; each then goes on by itself, and the copy under a new id. @param {import("node:test").TestContext} t @param {Awaited<ReturnType<typeof phoneAndServer>>} phone */
async function parted(t, phone) {
  await phone.sender.now();
  const copy = await copyOf(t, phone);
  await note(phone.store, "the first phone's");
  await phone.sender.now();
  await note(copy.store, "the copy's");
  await copy.sender.now();
  return copy;
}

test("an entry is not acknowledged by a number alone: the server's chain there has to be the log's own", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store, sender } = phone;
  await note(store, "common");
  await sender.now();
  const copy = await copyOf(t, phone);
  await note(copy.store, "the copy's");
  await copy.sender.now();
  const before = await deviceOf(store);
  // While the answer to a mere question is under way somebody taps: that entry has the number that the server names.
  let tapped = false;
  const fetched = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    const answer = await fetched(...args);
    if (!tapped) await note(store, "mine");
    tapped = true;
    return answer;
  };
  t.after(() => (globalThis.fetch = fetched));
  await sender.now();
  assert.deepEqual(notesOn(server), ["common", "the copy's", "mine"]);
  assert.notEqual(await deviceOf(store), before);
  assert.equal(sender.status.state, "sent");
});

test("a copied phone keeps its old entries as they were and gives the others, in order and with their ids, to a new id", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store, sender } = phone;
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  const copy = await copyOf(t, phone);
  const former = await deviceOf(store);
  const old = await logOf(copy.store, former);
  for (const text of ["c1", "c2"]) await note(store, text);
  const written = [];
  for (const text of ["d1", "d2", "d3"]) written.push(await note(copy.store, text));
  await sender.now();
  await copy.sender.now();
  const fresh = await deviceOf(copy.store);
  assert.notEqual(fresh, former);
  assert.deepEqual(
    (await logOf(copy.store, former)).map(({ id, seq, text, chain, acked }) => [id, seq, text, chain, acked]),
    old.map(({ id, seq, text, chain }) => [id, seq, text, chain, 1]),
  );
  const moved = await logOf(copy.store, fresh);
  assert.deepEqual(
    moved.map(({ id, seq, acked }) => [id, seq, acked]),
    written.map(({ id }, n) => [id, n + 1, 1]),
  );
  assert.deepEqual(notesOn(server), ["a", "b", "c1", "c2", "d1", "d2", "d3"]);
  await note(store, "the first phone goes on under its own id");
  await sender.now();
  assert.equal(await deviceOf(store), former);
  assert.equal(server.devices.size, 2);
});

test("a number that is taken is answered by asking first, and only what nobody has confirmed is moved", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store, sender } = phone;
  await note(store, "a");
  await sender.now();
  for (const text of ["b", "c"]) await note(store, text);
  const backup = await copyOf(t, phone); // of these three, "a" is acknowledged
  await note(store, "written after the backup");
  await sender.now();
  await note(backup.store, "written on the phone that was put back");
  const former = await deviceOf(backup.store);
  const since = server.calls.length;
  await backup.sender.now();
  const fresh = await deviceOf(backup.store);
  assert.deepEqual(asked(server, since).slice(0, 3), [
    [former, [2, 3, 4]],
    [former, []],
    [fresh, [1, 2, 3]],
  ]);
  assert.deepEqual(texts(await logOf(backup.store, former)), ["a"]);
  assert.equal(server.opIds.length, 5, "what had arrived under the former id is not there twice");
  assert.equal(backup.sender.status.state, "sent");
});

test("when the chain turns out to be ours after all, nothing is moved", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const code of ["sequence_reused", "bad_proof"]) {
    await note(store, code);
    server.trouble(SYNC, { status: 409, code });
    await sender.now();
  }
  assert.equal(server.devices.size, 1);
  assert.deepEqual(notesOn(server), ["sequence_reused", "bad_proof"]);
  assert.equal(sender.status.state, "sent");
});

test("proofs that the server never accepts, though the chain is ours, go under a new id", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  await sender.now();
  const former = await deviceOf(store);
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  Object.assign(/** @type {any} */ (server.devices.get(former)), { key: other });
  for (const text of ["b", "c"]) await note(store, text);
  await sender.now();
  assert.deepEqual(texts(await logOf(store, former)), ["a"]);
  assert.deepEqual(notesOn(server), ["a", "b", "c"]);
  assert.equal(sender.status.state, "sent");
});

test("after a restore the logs under former ids are asked about too, and what was lost is sent again (lesson 13)", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store, sender } = phone;
  const backup = backUp(server);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  const copy = await copyOf(t, phone);
  await note(store, "lost with the other phone");
  await sender.now();
  const former = await deviceOf(copy.store);
  await note(copy.store, "d");
  await copy.sender.now();
  assert.ok(await safeOnServer(copy.store, "v1"));
  putBack(server, backup);
  const since = server.calls.length;
  /** @type {[unknown, boolean][]} */
  const sights = [];
  beforeEachRequest(t, async () => {
    const [visit] = await visitsShown(copy.store, { id: "u1", name: "李检" }, "v1");
    const shown = visit.notes
      .map((/** @type {any} */ one) => one.text)
      .filter((/** @type {string} */ text) => text.length === 1);
    sights.push([shown, Boolean(await safeOnServer(copy.store, "v1"))]);
  });
  await copy.sender.now();
  const ofFormer = asked(server, since).filter(([device]) => device === former);
  assert.deepEqual(ofFormer, [
    [former, []],
    [former, [1, 2]],
  ]);
  assert.deepEqual(notesOn(server), ["a", "b", "d"], "what is older goes first");
  for (const [shown] of sights) assert.deepEqual(shown, ["a", "b", "d"]);
  assert.equal(sights.at(-1)?.[1], false, "the word of another epoch is not taken for this one's");
  assert.equal((await safeOnServer(copy.store, "v1"))?.entries, 3);
  assert.equal(copy.sender.status.state, "sent");
  const quiet = server.calls.length;
  await copy.sender.now();
  assert.equal(asked(server, quiet).length, 1, "and the former log is left in peace");
});

test("a log under a former id that forked again in the restored history gets an id of its own, before the present one", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store } = phone;
  const backup = backUp(server);
  await note(store, "common");
  const copy = await parted(t, phone);
  const [former, present] = [await deviceOf(store), await deviceOf(copy.store)];
  putBack(server, backup);
  // In the restored history another copy of the same old disk comes first, with something else under number 1.
  const foreign = {
    id: "0193a1c2-7c1e-7b44-9a55-2f0f6f3f9a10",
    seq: 1,
    visit: "v1",
    kind: "note.add",
    at: "",
    base: 0,
    data: {},
  };
  server.devices.get(former)?.log.push(JSON.stringify(foreign));
  await copy.sender.now();
  assert.equal(await deviceOf(copy.store), present, "new entries stay where they were");
  const devices = [...new Set((await wholeLog(copy.store)).map((row) => row.device))];
  assert.equal(devices.length, 2);
  assert.ok(!devices.includes(former));
  assert.deepEqual(notesOn(server).sort(), ["common", "the copy's"]);
  assert.equal(copy.sender.status.state, "sent");
});

test("a former log that the server will not have does not hold up the present one (lesson 12)", async (t) => {
  const phone = await phoneAndServer(t);
  const { server, store } = phone;
  await note(store, "common");
  const copy = await parted(t, phone);
  const former = await deviceOf(store);
  server.epoch = "epoch-2";
  server.refuses.add(former);
  await note(copy.store, "later");
  await copy.sender.now();
  await note(copy.store, "later still");
  await takePhoto(copy.store);
  await copy.sender.now();
  assert.deepEqual(notesOn(server).slice(2), ["the copy's", "later", "later still"]);
  assert.equal(server.blobs.size, 1);
  assert.deepEqual([copy.sender.status.state, copy.sender.status.errorCode], ["needs_you", "invalid"]);
});

test("a gap in the numbers is filled from where the server stands (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b", "c"]) await note(store, text);
  await sender.now();
  const device = await deviceOf(store);
  server.devices.get(device)?.log.splice(1);
  await note(store, "d");
  const since = server.calls.length;
  await sender.now();
  assert.deepEqual(asked(server, since), [
    [device, [4]],
    [device, [2, 3, 4]],
  ]);
  assert.equal(server.devices.get(device)?.log.length, 4);
  assert.equal(sender.status.state, "sent");
});

test("a blocked phone goes by the receipt that comes with the no, delivers its photos, and then says so (lesson 14)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const device = await deviceOf(store);
  Object.assign(/** @type {any} */ (server.devices.get(device)), { revoked: true });
  for (let n = 0; n < 250; n += 1) await note(store, `${n}`);
  const sha256 = await takePhoto(store);
  await sender.now();
  assert.equal(server.opIds.length, 251);
  assert.equal(server.blobs.get(sha256)?.bytes.length, 1000);
  assert.equal(sender.status.waiting, 0);
  assert.deepEqual([sender.status.state, sender.status.errorCode], ["needs_you", "device_revoked"]);
  assert.equal((await safeOnServer(store, "v1"))?.entries, 251);
  const since = server.calls.length;
  await note(store, "later");
  await sender.now();
  assert.equal(sender.status.waiting, 0);
  assert.equal(asked(server, since).length, 1);
});

test("a no to a blocked phone without a genuine receipt acknowledges nothing", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  server.trouble(SYNC, { status: 403, code: "device_revoked", acked_seq: 1, epoch: server.epoch });
  await sender.now();
  assert.deepEqual([sender.status.waiting, sender.status.errorCode], [1, "device_revoked"]);
  const device = await deviceOf(store);
  Object.assign(/** @type {any} */ (server.devices.get(device)), { revoked: true });
  server.forged = { acked_seq: 99 };
  await sender.now();
  assert.equal(sender.status.waiting, 1);
});

test("a phone that does not know how its log stands asks, and goes on from there (lesson 15)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  await store.write(["facts"], (tables) => tables.facts.delete("logs")); // as an earlier version of the app leaves it
  await note(store, "c");
  const device = await deviceOf(store);
  const since = server.calls.length;
  await sender.now();
  assert.deepEqual(asked(server, since), [
    [device, []],
    [device, [3]],
  ]);
  assert.equal(sender.status.state, "sent");
});

test("a former log is forgotten when all of it has been held for thirty days, and not a day before", async (t) => {
  const phone = await phoneAndServer(t);
  const { store } = phone;
  for (const text of ["a", "b"]) await note(store, text);
  const copy = await parted(t, phone);
  const former = await deviceOf(store);
  await prune(copy.store, Date.now() + KEEP_MS - 60_000);
  assert.equal((await logOf(copy.store, former)).length, 2);
  await prune(copy.store, Date.now() + KEEP_MS + 60_000);
  assert.deepEqual(await logOf(copy.store, former), []);
  assert.deepEqual(Object.keys(await copy.store.fact("logs")), [await deviceOf(copy.store)]);
  assert.equal((await note(copy.store, "the count goes on")).seq, 2);
});
