import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRoom, readFile } from "../../static/app/blobs.js";
import { StorageProblem, wordsFor } from "../../static/app/problems.js";
import { askForPersistence } from "../../static/app/room.js";
import { Store } from "../../static/app/store.js";
import { Workplace } from "../../static/app/workplace.js";
import { note, phoneAndServer, takePhoto, wholeLog } from "./phone.js";

/** @typedef {import("../../static/app/store.js").TableName} TableName */

/**
 * A disk that is full for whatever writes one of these tables: everything is written, then the browser takes it back, as
 * browsers do when they find at the end that there is no room.
 *
 * @param {Store} store
 */
function disk(store) {
  const state = { fullFor: /** @type {TableName[]} */ ([]), refused: 0 };
  const write = store.write.bind(store);
  store.write = (names, work, how) => {
    const onDisk = async (/** @type {import("../../static/app/store.js").Tables} */ t) => {
      const done = await work(t);
      if (state.fullFor.some((name) => names.includes(name))) {
        state.refused += 1;
        throw new DOMException("no room", "QuotaExceededError");
      }
      return done;
    };
    return write(names, onDisk, how);
  };
  return state;
}

/** @param {import("node:test").TestContext} t */
async function workplaceAndServer(t) {
  const { server, api, store, sender } = await phoneAndServer(t);
  const user = server.user;
  const place = new Workplace(user, store, api, () => undefined);
  t.after(() => place.close());
  sender.stop();
  return { server, api, store, place };
}

/** @param {Store} store */
const counts = (store) =>
  store.read(["log", "files", "bytes"], async (t) => [
    await t.log.count(),
    await t.files.count(),
    await t.bytes.count(),
  ]);

/** @param {string} code */
const problem = (code) => (/** @type {unknown} */ error) => error instanceof StorageProblem && error.code === code;

test("a full disk is said in words, changes nothing, and the same tap goes through once there is room", async (t) => {
  const { store, place } = await workplaceAndServer(t);
  const full = disk(store);
  await place.write("v1", "note.add", { text: "before" });
  full.fullFor = ["log"];
  await assert.rejects(place.write("v1", "note.add", { text: "no room" }), problem("storage_full"));
  assert.match(wordsFor("storage_full"), /^Not saved/);
  assert.equal((await wholeLog(store)).length, 1);
  full.fullFor = [];
  await place.write("v1", "note.add", { text: "no room" });
  assert.deepEqual(
    (await wholeLog(store)).map((row) => [row.seq, row.op.data.text]),
    [
      [1, "before"],
      [2, "no room"],
    ],
  );
});

test("a photo for which there is no room leaves nothing behind: no bytes, no entry that names it", async (t) => {
  const { store, place } = await workplaceAndServer(t);
  const full = disk(store);
  await place.write("v1", "note.add", { text: "before" });
  full.fullFor = ["bytes"];
  await assert.rejects(takePhoto(store), problem("storage_full"));
  assert.equal(full.refused, 1);
  assert.deepEqual(await counts(store), [1, 0, 0]);
  await place.write("v1", "note.add", { text: "ticks go on" });
  full.fullFor = [];
  const sha256 = await takePhoto(store);
  assert.deepEqual(await counts(store), [3, 1, 1]);
  assert.ok((await readFile(store, sha256)) instanceof ArrayBuffer);
});

test("when photos have filled the disk words go on in the room set aside, and no photo takes it (lesson 4)", async (t) => {
  const { store, place } = await workplaceAndServer(t);
  const write = store.write.bind(store);
  store.write = (names, work, how) => {
    const measured = /** @type {TableName[]} */ ([...new Set([...names, "log", "bytes", "facts"])]);
    const onDisk = async (/** @type {import("../../static/app/store.js").Tables} */ tables) => {
      const done = await work(tables);
      const photos = (await tables.bytes.toArray()).map(({ bytes }) => bytes.byteLength);
      const aside = (await tables.facts.get("set_aside"))?.value.byteLength ?? 0;
      const used = photos.reduce((sum, size) => sum + size, aside + 2_000 * (await tables.log.count()));
      if (used > 4_150_000) throw new DOMException("no room", "QuotaExceededError");
      return done;
    };
    return write(measured, onDisk, how);
  };
  assert.ok(await store.setAside());
  await takePhoto(store, 1_000_000);
  await takePhoto(store, 1_000_000);
  await assert.rejects(takePhoto(store, 1_000_000), problem("storage_full"));
  for (let n = 0; n < 50; n += 1) await place.write("v1", "note.add", { text: `on a full disk ${n}` });
  assert.equal((await store.read(["facts"], (tables) => tables.facts.get("set_aside")))?.value, undefined);
  await assert.rejects(takePhoto(store, 1_000_000), problem("storage_full"));
  assert.equal((await wholeLog(store)).length, 52);
});

test("a photo and its entry are written together even when the connection breaks in between (lesson 2)", async (t) => {
  const { store } = await phoneAndServer(t);
  const write = store.write.bind(store);
  let breaks = 1;
  store.write = (names, work) =>
    write(names, async (tables) => {
      const done = await work(tables);
      if ((breaks -= 1) >= 0) throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
      return done;
    });
  await takePhoto(store);
  assert.deepEqual(await counts(store), [1, 1, 1]);
});

test("sending frees space: what a receipt names is let go when the disk is full, and nothing else", async (t) => {
  const { store, place } = await workplaceAndServer(t);
  const sent = await takePhoto(store);
  await place.sender.now();
  const unsent = await takePhoto(store);
  const full = disk(store);
  full.fullFor = ["log"];
  const freed = store.write;
  store.write = (names, work) => {
    // Deleting needs no room, and makes some.
    if (names.length === 2 && names.includes("bytes")) full.fullFor = [];
    return freed(names, work);
  };
  await place.write("v1", "note.add", { text: "fits now" });
  assert.equal(full.refused, 2, "once more in the room set aside for words, before any photo is let go");
  assert.equal(await readFile(store, sent), "photo_lost");
  assert.ok((await readFile(store, unsent)) instanceof ArrayBuffer);
  assert.equal((await wholeLog(store)).at(-1)?.op.data.text, "fits now");
});

test("nothing is let go on the word of anything but a checked receipt", async (t) => {
  const { server, store, place } = await workplaceAndServer(t);
  const sha256 = await takePhoto(store);
  server.trouble("PATCH /api/v1/blobs/sha", "lose_answer");
  await place.sender.now(); // the entry is there; of the photo we do not know
  server.forged = { at: "2030-01-01T00:00:00+08:00" };
  await place.sender.now();
  await place.sender.now();
  assert.equal(server.blobs.get(sha256)?.bytes.length, 1000);
  assert.equal(await makeRoom(store), 0);
  assert.ok((await readFile(store, sha256)) instanceof ArrayBuffer);
  server.forged = {};
  await place.sender.now();
  await place.sender.now();
  assert.equal(await makeRoom(store), 1000);
});

test("a photo let go that the server then loses is said, not forgotten", async (t) => {
  const { server, store, place } = await workplaceAndServer(t);
  const sha256 = await takePhoto(store);
  await place.sender.now();
  assert.equal(await makeRoom(store), 1000);
  server.blobs.clear();
  await place.sender.now();
  await place.sender.now();
  assert.equal((await store.read(["files"], (tables) => tables.files.get(sha256)))?.error, "photo_lost");
  assert.equal(place.sender.status.state, "needs_you");
});

test("what is on disk is not called unsaved because the counting after it failed (lesson 2)", async (t) => {
  const { store, place } = await workplaceAndServer(t);
  const read = store.read.bind(store);
  let away = false;
  store.read = (names, work) => (away ? Promise.reject(new StorageProblem("not_saved")) : read(names, work));
  const write = store.write.bind(store);
  store.write = async (names, work) => {
    const done = await write(names, work);
    away = names.includes("log");
    return done;
  };
  const op = await place.write("v1", "note.add", { text: "is saved" });
  away = false;
  assert.equal((await wholeLog(store))[0].id, op.id);
});

test("a write that came through after it was given up is found, not doubled, when it is saved again (lesson 2)", async (t) => {
  const { store } = await phoneAndServer(t);
  const write = store.write.bind(store);
  store.write = async (names, work) => {
    await write(names, work);
    throw new StorageProblem("not_saved", new DOMException("the database does not answer", "TimeoutError"));
  };
  await assert.rejects(note(store, "once"), problem("not_saved"));
  store.write = write;
  const op = await note(store, "once");
  assert.deepEqual(
    (await wholeLog(store)).map((row) => row.id),
    [op.id],
  );
  await note(store, "once");
  assert.equal((await wholeLog(store)).length, 2, "the same words again are another note");
});

test("a database that another tab has closed, or brought to a newer version, is opened again (lesson 2)", async (t) => {
  const { store } = await phoneAndServer(t);
  await note(store, "before");
  const [{ version }] = (await indexedDB.databases()).filter(({ name }) => name === store.name);
  const request = indexedDB.open(store.name, Number(version) + 10);
  await new Promise((resolve, reject) => {
    request.onupgradeneeded = () => request.result.createObjectStore("of a later version");
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });
  request.result.close();
  await note(store, "after");
  assert.deepEqual(
    (await wholeLog(store)).map((row) => row.op.data.text),
    ["before", "after"],
  );
});

test("an entry that could never be sent is refused while its author can still shorten it (lesson 12)", async (t) => {
  const { store } = await phoneAndServer(t);
  await assert.rejects(note(store, "x".repeat(600_000)), problem("too_long"));
  await note(store, "short");
  assert.equal((await wholeLog(store)).length, 1);
});

test("the browser is asked to keep our storage, once it has not promised yet (lesson 3)", async (t) => {
  let asked = 0;
  const persist = async () => Boolean((asked += 1));
  let promised = false;
  const navigator = { storage: { persisted: async () => promised, persist } };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  t.after(() => Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true }));
  assert.equal(await askForPersistence(), true);
  promised = true;
  assert.equal(await askForPersistence(), true);
  assert.equal(asked, 1);
});

test("a phone that lost all its storage begins anew and gets everything back that had been sent (lesson 4)", async (t) => {
  const { server, api, store, sender } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  sender.stop();
  store.close();
  indexedDB.deleteDatabase(store.name);
  const { storeOfUser } = await import("../../static/app/store.js");
  const { ensureDevice } = await import("../../static/app/device.js");
  const empty = storeOfUser(String(store.owner));
  t.after(() => empty.close());
  await ensureDevice(empty, api);
  const place = new Workplace(server.user, empty, api, () => undefined);
  t.after(() => place.close());
  await place.sender.now();
  const visit = await place.visit("v1");
  assert.deepEqual(
    visit?.notes.map((/** @type {any} */ one) => one.text),
    ["a", "b"],
  );
  await place.write("v1", "note.add", { text: "c" });
  await place.sender.now();
  assert.equal(server.devices.size, 2);
  assert.equal(server.visits.get("v1").notes.length, 3);
});
