import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical, chainNext, chainStart } from "../../static/app/chain.js";
import { prune } from "../../static/app/custody.js";
import { append, KEEP_MS, localInstant, newId } from "../../static/app/log.js";
import { StorageProblem } from "../../static/app/problems.js";
import { Store, storeOfUser } from "../../static/app/store.js";
import { note, phoneAndServer, wholeLog } from "./phone.js";

/** @param {string} user @param {string} [device] */
async function phone(user, device = newId()) {
  const store = storeOfUser(user);
  if (!(await store.fact("device"))) await store.setFact("device", { id: device, code: "D01" });
  return store;
}

test("two tabs that write at once make one log without a gap and without a fork", async () => {
  const device = newId();
  const tabs = [await phone("two-tabs", device), await phone("two-tabs", device)];
  await Promise.all(Array.from({ length: 40 }, (_unused, n) => note(tabs[n % 2], `note ${n}`)));
  const log = await wholeLog(tabs[0]);
  assert.deepEqual(
    log.map((row) => row.seq),
    Array.from({ length: 40 }, (_unused, n) => n + 1),
  );
  let chain = await chainStart(device);
  for (const row of log) {
    assert.equal(row.text, canonical(row.op));
    chain = await chainNext(chain, row.text);
    assert.equal(row.chain, chain);
  }
  tabs.forEach((tab) => tab.close());
});

test("an op's base is the version of the visit that was pulled, 0 without one", async () => {
  const store = await phone("base");
  await store.write(["visits"], (t) => t.visits.put({ id: "v1", document: { id: "v1", version: 4312 }, gone: 0 }));
  assert.equal((await note(store, "seen")).base, 4312);
  assert.equal((await note(store, "unseen", "v2")).base, 0);
  await note(store, "seen");
  await store.write(["visits"], (t) => t.visits.put({ id: "v1", document: { id: "v1", version: 4400 }, gone: 0 }));
  assert.equal((await note(store, "pulled between two taps")).base, 4400);
  store.close();
});

test("what a second tab wrote between two taps of the first is seen: the log has no fork", async () => {
  const store = await phone("two-hands");
  const other = new Store(store.name, store.db.schema);
  await note(store, "first");
  await note(other, "in between");
  await note(store, "last");
  const rows = await wholeLog(store);
  assert.deepEqual(
    rows.map((row) => [row.seq, row.op.data.text]),
    [
      [1, "first"],
      [2, "in between"],
      [3, "last"],
    ],
  );
  let chain = await chainStart(rows[0].device);
  for (const row of rows) assert.equal(row.chain, (chain = await chainNext(chain, row.text)));
  store.close();
  other.close();
});

test("a write is replayed, and written once, when the browser has closed the database (lesson 2)", async () => {
  const store = await phone("lost-connection");
  await note(store, "before");
  store.db.close();
  await note(store, "after");
  assert.deepEqual(
    (await wholeLog(store)).map((row) => row.op.data.text),
    ["before", "after"],
  );
  store.close();
});

test("a connection lost in the middle of a write loses nothing and doubles nothing (lesson 2)", async () => {
  const store = await phone("lost-midway");
  let runs = 0;
  await store.write(["drafts"], async (t) => {
    runs += 1;
    await t.drafts.put({ key: `run ${runs}`, value: runs });
    if (runs === 1) throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
  });
  const kept = await store.read(["drafts"], (t) => t.drafts.toArray());
  assert.deepEqual(
    kept.map((row) => row.key),
    ["run 2"],
  );
  store.close();
});

test("a database that hangs is opened again, and the write goes through (lesson 2)", async () => {
  const store = new Store("hangs", { facts: "key" }, 100);
  await store.setFact("a", 1);
  const transaction = store.db.transaction.bind(store.db);
  let calls = 0;
  store.db.transaction = /** @type {any} */ (
    (/** @type {any[]} */ ...args) => {
      calls += 1;
      return calls === 1 ? new Promise(() => undefined) : /** @type {any} */ (transaction)(...args);
    }
  );
  await store.setFact("a", 2);
  assert.equal(await store.fact("a"), 2);
  store.close();
});

test("storage that stays away is said as not saved, a full disk as full", async () => {
  const store = new Store("never", { facts: "key" });
  const failing = (/** @type {string} */ name) =>
    store.write(["facts"], async () => {
      throw new DOMException("no", name);
    });
  await assert.rejects(
    failing("InvalidStateError"),
    (error) => error instanceof StorageProblem && error.code === "not_saved",
  );
  await assert.rejects(
    failing("QuotaExceededError"),
    (error) => error instanceof StorageProblem && error.code === "storage_full",
  );
  store.close();
});

test("an error in the work itself is not mistaken for a lost connection", async () => {
  const store = await phone("own-error");
  let runs = 0;
  const work = store.write(["facts"], async () => {
    runs += 1;
    throw new RangeError("ours");
  });
  await assert.rejects(work, RangeError);
  assert.equal(runs, 1);
  store.close();
});

test("a text cut inside an emoji is still written, with the half character replaced", async () => {
  const store = await phone("half");
  const op = await append(store, { visit: "v1", kind: "note.add", data: { text: "ok \ud83d", left: undefined } });
  assert.deepEqual(op.data, { text: "ok \ufffd" });
  store.close();
});

test("acknowledged entries are kept for thirty days, unsent ones for ever (lesson 11)", async (t) => {
  const { store, sender } = await phoneAndServer(t);
  await note(store, "old");
  await note(store, "older sibling");
  await sender.now();
  await note(store, "unsent");
  await prune(store, Date.now() + KEEP_MS - 60_000);
  assert.equal((await wholeLog(store)).length, 3);
  await prune(store, Date.now() + KEEP_MS + 60_000);
  assert.deepEqual(
    (await wholeLog(store)).map((row) => row.op.data.text),
    ["older sibling", "unsent"],
  );
  const next = await note(store, "the count goes on");
  assert.equal(next.seq, 4);
});

test("an instant carries the phone's offset and milliseconds (lesson 17)", () => {
  const when = new Date("2026-11-21T01:12:33.123Z");
  for (const [offset, expected] of /** @type {[number, string][]} */ ([
    [-480, "2026-11-21T09:12:33.123+08:00"],
    [0, "2026-11-21T01:12:33.123+00:00"],
    [210, "2026-11-20T21:42:33.123-03:30"],
  ])) {
    const there = Object.assign(new Date(when), { getTimezoneOffset: () => offset });
    assert.equal(localInstant(there), expected);
  }
});

test("ids are UUIDs of version 7 and sort by the time they were made", async () => {
  const first = newId();
  await new Promise((resolve) => setTimeout(resolve, 3));
  const second = newId();
  assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(first < second);
  assert.ok(Math.abs(parseInt(first.replaceAll("-", "").slice(0, 12), 16) - Date.now()) < 1000);
});
