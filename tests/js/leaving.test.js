import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "../../static/app/app.js";
import { fileToKeep, readFile } from "../../static/app/blobs.js";
import { emptyStore, isDelivered } from "../../static/app/leaving.js";
import { append } from "../../static/app/log.js";
import { Sender } from "../../static/app/sender.js";
import { visitsShown } from "../../static/app/shown.js";
import { Store, storeOfPhone } from "../../static/app/store.js";
import { asked, deviceOf, note, notesOn, phoneAndServer, takePhoto, texts, wholeLog } from "./phone.js";

const SYNC = "POST /api/v1/sync";
const TABLES = /** @type {const} */ (["log", "visits", "files", "bytes", "drafts"]);

/** Another tab, or the same phone started anew. @param {Store} store */
const again = (store) => Object.assign(new Store(store.name, store.db.schema), { owner: store.owner });

/** How many rows each table has. @param {Store} store */
const counts = (store) => store.read([...TABLES], (t) => Promise.all(TABLES.map((name) => t[name].count())));

/** @param {Store} store @returns {Promise<string[]>} the names of the keys that are here */
const keysOf = async (store) => Object.keys((await store.fact("vault"))?.keys ?? {});

/** @param {import("node:test").TestContext} t @param {Store} store @param {import("../../static/app/api.js").Api} api @param {object} [more] */
function senderOf(t, store, api, more) {
  const sender = new Sender(store, api, { changed: () => undefined, catalogue: () => undefined, ...more });
  t.after(() => {
    sender.stop();
    store.close();
  });
  return sender;
}

test("logging out destroys the key and everything under it; the same phone goes on where its log ended", async (t) => {
  const { server, store, sender, api } = await phoneAndServer(t);
  const device = await deviceOf(store);
  for (const text of ["a", "b"]) await note(store, text);
  await takePhoto(store);
  await sender.now();
  const [kept] = await wholeLog(store);
  const [sealed] = await store.read(["log"], (tables) => tables.log.toArray());
  assert.deepEqual(await emptyStore(store), { entries: 0, photos: 0 });
  assert.deepEqual([await counts(store), await keysOf(store)], [[0, 0, 0, 0, 0], []]);
  await assert.rejects(store.vault.text(`log/${device}/1/${kept.id}`, /** @type {any} */ (sealed)), /no key/);
  const back = again(store);
  const next = senderOf(t, back, api);
  await next.now();
  assert.equal((await visitsShown(back, server.user)).length, 1);
  const since = server.calls.length;
  await note(back, "c");
  await next.now();
  assert.deepEqual(asked(server, since).at(0), [device, [4]]);
  assert.deepEqual(notesOn(server), ["a", "b", "c"]);
});

test("what is unsent at log-out stays, alone and under another key, and goes when its author is back", async (t) => {
  const { server, store, sender, api } = await phoneAndServer(t);
  await note(store, "sent");
  await takePhoto(store);
  await sender.now();
  const former = await keysOf(store);
  server.trouble(SYNC, 500);
  await note(store, "unsent");
  const photo = await takePhoto(store);
  await store.write(["drafts"], (tables) => tables.drafts.put({ key: "a", value: "b" }));
  assert.deepEqual(await emptyStore(store), { entries: 2, photos: 1 });
  assert.deepEqual(await counts(store), [2, 0, 1, 1, 0]);
  const keys = await keysOf(store);
  assert.equal(keys.length, 1);
  assert.ok(!former.includes(keys[0]));
  const back = again(store);
  await senderOf(t, back, api).now();
  await senderOf(t, again(store), api).now();
  assert.deepEqual(notesOn(server), ["sent", "unsent"]);
  assert.ok(server.blobs.has(photo));
  assert.deepEqual(await emptyStore(again(store)), { entries: 0, photos: 0 });
  assert.deepEqual(await keysOf(again(store)), []);
});

test("a log-out that is killed between any two writes loses nothing that is unsent, and ends with the next start", async (t) => {
  const { server, store, sender, api } = await phoneAndServer(t);
  await note(store, "sent");
  await sender.now();
  const photos = [await takePhoto(store), await takePhoto(store)];
  await note(store, "unsent");
  for (let after = 0; ; after += 1) {
    const killed = again(store);
    const write = killed.write.bind(killed);
    let left = after;
    killed.write = (...how) => ((left -= 1) < 0 ? Promise.reject(new Error("killed")) : write(...how));
    const done = await emptyStore(killed).catch(() => null);
    killed.close();
    const next = again(store);
    const unsent = (await wholeLog(next)).filter((row) => !row.acked);
    assert.deepEqual(texts(unsent).at(-1), "unsent");
    for (const sha256 of photos) assert.ok((await readFile(next, sha256)) instanceof ArrayBuffer);
    next.close();
    if (done) break;
  }
  const back = again(store);
  assert.deepEqual(await emptyStore(back), { entries: 3, photos: 2 });
  assert.equal((await keysOf(back)).length, 1);
  await senderOf(t, back, api).now();
  assert.deepEqual([notesOn(server), server.blobs.size], [["sent", "unsent"], 2]);
});

test("a tab that works on while another logs out seals nothing under the key that is gone, and its taps go", async (t) => {
  const { server, store, sender, api } = await phoneAndServer(t);
  await sender.now();
  const other = again(store);
  await note(other, "before");
  const [former] = await keysOf(store);
  await Promise.all([emptyStore(store), note(other, "while"), takePhoto(other)]);
  await note(other, "after");
  const rows = await store.read(["log", "bytes"], async (tables) => [
    ...(await tables.log.toArray()),
    ...(await tables.bytes.toArray()),
  ]);
  assert.ok(rows.every(({ vault }) => vault && vault !== former));
  assert.ok(!(await keysOf(store)).includes(former));
  await senderOf(t, other, api).now();
  assert.deepEqual(notesOn(server), ["before", "while", "after"]);
  assert.equal(server.blobs.size, 1);
});

test("what is written in the last moment of a log-out stays, and lies under the key that stays", async (t) => {
  const { server, store, api } = await phoneAndServer(t);
  await note(store, "before");
  const leaving = again(store);
  const write = leaving.write.bind(leaving);
  let moments = 0;
  leaving.write = async (names, work, how) => {
    if (names.includes("drafts") && (moments += 1) === 1) {
      const [row] = await wholeLog(store); // an old tab, which seals nothing
      await store.write(["log"], (tables) => tables.log.put(row));
    }
    return write(names, work, how);
  };
  assert.deepEqual(await emptyStore(leaving), { entries: 1, photos: 0 });
  assert.equal(moments, 2);
  const rows = await store.read(["log"], (tables) => tables.log.toArray());
  assert.deepEqual(
    rows.map((row) => row.vault),
    await keysOf(store),
  );
  await senderOf(t, again(store), api).now();
  assert.deepEqual(notesOn(server), ["before"]);
});

test("a photo and its entry are sealed under one key, whatever another tab does between them", async (t) => {
  const { store } = await phoneAndServer(t);
  const { sha256, tables, seal } = await fileToKeep(new Uint8Array(1000).buffer, {
    type: "image/jpeg",
    visit: "v1",
    purpose: "door",
  });
  let times = 0;
  const alongside = {
    tables,
    seal: async (/** @type {Store} */ here) => {
      const ready = await seal(here);
      if ((times += 1) === 1) {
        await emptyStore(again(store));
        await here.vault.change();
      }
      return ready;
    },
  };
  await append(store, { visit: "v1", kind: "photo.add", data: { sha256, purpose: "door" }, alongside });
  assert.equal(times, 2);
  await emptyStore(store);
  assert.ok((await readFile(store, sha256)) instanceof ArrayBuffer);
});

test("an answer that was under way at log-out is laid down nowhere, and the next log-in pulls everything", async (t) => {
  const { server, store, sender, api } = await phoneAndServer(t);
  await sender.now();
  const sync = api.sync.bind(api);
  api.sync = async (what) => {
    const answer = await sync(what);
    await emptyStore(again(store));
    return answer;
  };
  server.plan("v2");
  await sender.now();
  api.sync = sync;
  assert.deepEqual(await counts(store), [0, 0, 0, 0, 0]);
  assert.equal(await again(store).fact("cursor"), undefined);
  const back = again(store);
  await senderOf(t, back, api).now();
  assert.equal((await visitsShown(back, server.user)).length, 2);
});

test("a server that needs what a log-out let go of gets the rest under a new id (lesson 13)", async (t) => {
  const { server, store, sender, api } = await phoneAndServer(t);
  for (const text of ["a", "b"]) await note(store, text);
  await sender.now();
  const device = await deviceOf(store);
  await emptyStore(store);
  server.epoch = "restored";
  server.devices.get(device)?.log.splice(1);
  const back = again(store);
  const next = senderOf(t, back, api);
  await note(back, "c");
  await next.now();
  assert.equal(next.status.waiting, 0);
  assert.notEqual(await deviceOf(back), device);
  assert.equal(notesOn(server).at(-1), "c");
});

test("a start finishes the log-out that was killed, before anybody is let in", async (t) => {
  const { server, store, api } = await phoneAndServer(t);
  server.loggedIn = false;
  await note(store, "unsent");
  await store.write(["visits"], (tables) => tables.visits.put({ id: "v1", gone: 0, version: 1 }));
  const former = await keysOf(store);
  const phone = storeOfPhone();
  await phone.setFact("emptying", [store.owner]);
  const app = new App(api);
  await app.open();
  app.close();
  assert.deepEqual(await counts(store), [1, 0, 0, 0, 0]);
  assert.notDeepEqual(await keysOf(store), former);
  assert.deepEqual(await phone.fact("emptying"), []);
  phone.close();
});

/** A phone that the office has blocked. @param {import("node:test").TestContext} t */
async function blockedPhone(t) {
  const phone = await phoneAndServer(t);
  const { server, store, api } = phone;
  await phone.sender.now();
  phone.sender.stop();
  Object.assign(/** @type {any} */ (server.devices.get(await deviceOf(store))), { revoked: true });
  const told = { times: 0 };
  const sender = senderOf(t, again(store), api, { blocked: () => (told.times += 1) });
  return { ...phone, sender, store: sender.store, told };
}

test("a blocked phone is emptied when everything was taken in, not before (lesson 14)", async (t) => {
  const { server, store, sender, told } = await blockedPhone(t);
  for (let n = 0; n < 250; n += 1) await note(store, `${n}`);
  const sha256 = await takePhoto(store);
  assert.equal(await isDelivered(store), false);
  server.trouble("POST /api/v1/blobs", { status: 404, code: "not_found" }); // of this photo alone: the rest of the round goes on
  await sender.now();
  assert.deepEqual([server.opIds.length, told.times], [251, 0], "a photo is still to go");
  await store.write(["files"], (tables) => tables.files.update(sha256, { next_try_at: 0 }));
  await sender.now();
  assert.deepEqual([server.blobs.size, told.times], [1, 1]);
  assert.deepEqual(await emptyStore(store), { entries: 0, photos: 0 });
  assert.deepEqual([await counts(store), await keysOf(store)], [[0, 0, 0, 0, 0], []]);
});

test("a no without a genuine receipt empties no phone", async (t) => {
  const { server, store, sender, told } = await blockedPhone(t);
  server.trouble(SYNC, { status: 403, code: "device_revoked", acked_seq: 0, epoch: server.epoch });
  await sender.now();
  server.forged = { acked_seq: 0, at: "2027-01-01T00:00:00+08:00" };
  await sender.now();
  assert.deepEqual([told.times, (await counts(store))[1]], [0, 1]);
  server.forged = {};
  await sender.now();
  assert.equal(told.times, 1);
});

test("a photo that the server refuses stays on a blocked phone, alone and locked", async (t) => {
  const { server, store, sender, told } = await blockedPhone(t);
  await takePhoto(store);
  server.trouble("POST /api/v1/blobs", { status: 422, code: "not_an_image" });
  await sender.now();
  assert.equal(told.times, 1);
  assert.deepEqual(await emptyStore(store), { entries: 0, photos: 1 });
  assert.deepEqual(await counts(store), [0, 0, 1, 1, 0]);
});
