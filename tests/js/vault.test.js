import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFile } from "../../static/app/blobs.js";
import { append } from "../../static/app/log.js";
import { openEntries } from "../../static/app/sealed.js";
import { Session } from "../../static/app/session.js";
import { visitsShown } from "../../static/app/shown.js";
import { Store, storeOfPhone } from "../../static/app/store.js";
import { packVisits, takeOver } from "../../static/app/takeover.js";
import { Workplace } from "../../static/app/workplace.js";
import { note, notesOn, phoneAndServer, takePhoto, texts, wholeLog } from "./phone.js";

const NAME = "王秀兰";
const HOME = { name: NAME, phone: "13912345678", address: "幸福里小区" };
const WORDS = [NAME, HOME.phone, HOME.address, "crack behind the stove", "half a remark"];
const TABLES = /** @type {const} */ (["log", "visits", "files", "bytes", "drafts", "facts"]);

/** Another tab, or the same phone started anew. @param {Store} store */
const again = (store) => Object.assign(new Store(store.name, store.db.schema), { owner: store.owner });

/** Everything on the disk as it lies there. @param {Store} store @returns {Promise<Record<string, any[]>>} */
async function raw(store) {
  const rows = await store.read([...TABLES], (t) => Promise.all(TABLES.map((name) => t[name].toArray())));
  return Object.fromEntries(TABLES.map((name, n) => [name, /** @type {any[]} */ (rows[n])]));
}

/** All texts in something, bytes read in the ways a text may lie in them. @param {any} value @returns {string} */
function readable(value) {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(/** @type {any} */ (value instanceof ArrayBuffer ? value : value.buffer));
    return `${bytes.toString("utf8")} ${bytes.toString("utf16le")} ${bytes.toString("latin1")}`;
  }
  if (value === null || typeof value !== "object" || value instanceof CryptoKey) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${readable(part)}`)
    .join(" ");
}

/** @param {Store} store @returns {Promise<string[]>} what of the customer somebody reads who has the disk and no key */
async function leaks(store) {
  const all = readable(await raw(store));
  return WORDS.filter((word) => all.includes(word));
}

/** A phone with a day and some of it done. @param {import("node:test").TestContext} t */
async function workedPhone(t) {
  const phone = await phoneAndServer(t);
  const { server, store, sender, api } = phone;
  server.plan("v2", { customer: HOME, type: "gas.inspection" });
  await sender.now();
  const place = new Workplace(server.user, store, api, () => undefined);
  t.after(() => place.close());
  await place.setDraft("note:v2", "half a remark");
  await append(store, { visit: "v2", kind: "note.add", data: { text: "crack behind the stove" } });
  return { ...phone, place };
}

/** A store as the app before this one left it: everything open. @param {Store} store @param {number} visits */
async function asBefore(store, visits) {
  const { log, bytes } = await raw(store);
  const opened = await openEntries(store, log);
  const pictures = await Promise.all(
    bytes.map(async ({ sha256 }) => ({ sha256, bytes: await readFile(store, sha256) })),
  );
  await store.write([...TABLES], async (t) => {
    await t.log.bulkPut(opened);
    await t.bytes.bulkPut(/** @type {any} */ (pictures));
    await t.visits.clear();
    for (let n = 0; n < visits; n += 1) {
      const document = { id: `old-${n}`, version: n + 1, notes: [], signatures: {}, customer: HOME };
      await t.visits.put({ id: document.id, document, gone: 0 });
    }
    await t.drafts.put({ key: "note:old-0", value: "half a remark" });
    const sealedFacts = (await t.facts.toCollection().primaryKeys()).filter((key) =>
      /^visits\/|^vault$|^sealed$/.test(key),
    );
    await t.facts.bulkDelete(sealedFacts);
  });
}

test("nothing of a customer can be read in any row of a day that was loaded and worked", async (t) => {
  const { store, place } = await workedPhone(t);
  await takePhoto(store);
  assert.deepEqual(await leaks(store), []);
  const shown = await place.visit("v2");
  assert.equal(shown?.customer.name, NAME);
  assert.equal(shown?.notes[0].text, "crack behind the stove");
  assert.equal(await place.draft("note:v2"), "half a remark");
  const { facts } = await raw(store);
  const key = Object.values(facts.find((row) => row.key === "vault").value.keys)[0];
  assert.equal(/** @type {CryptoKey} */ (key).extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", /** @type {CryptoKey} */ (key)));
});

test("what is sealed opens in its own place only, and not when a byte of it has changed", async (t) => {
  const { store } = await phoneAndServer(t);
  const sealed = await store.vault.seal("drafts/a", "words");
  assert.equal(await store.vault.text("drafts/a", sealed), "words");
  await assert.rejects(store.vault.text("drafts/b", sealed));
  new Uint8Array(sealed.box)[20] ^= 1;
  await assert.rejects(store.vault.text("drafts/a", sealed));
});

test("a store that an older app left open is sealed in place: nothing is lost, and the rest is sent", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const sha256 = await takePhoto(store);
  for (let n = 0; n < 120; n += 1) await note(store, `entry ${n}`);
  await asBefore(store, 230);
  const before = await wholeLog(store);
  assert.deepEqual(await leaks(store), [NAME, HOME.phone, HOME.address, "half a remark"]);
  const fresh = again(store);
  assert.equal((await visitsShown(fresh, server.user)).length, 230, "it is read as it is, before it is taken over");
  await takeOver(fresh);
  assert.deepEqual(await leaks(fresh), []);
  const { log, visits, facts, bytes } = await raw(fresh);
  assert.ok(bytes.every(({ vault }) => vault));
  assert.ok(log.every((row) => row.box && !row.op && !row.text));
  assert.deepEqual(await wholeLog(fresh), before);
  assert.equal((await visitsShown(fresh, server.user)).length, 230);
  assert.deepEqual([visits.length, facts.filter(({ key }) => key.startsWith("visits/")).length], [230, 3]);
  assert.ok((await readFile(fresh, sha256)) instanceof ArrayBuffer);
  await sender.now(); // of a tab that knows another key: it looks again
  await sender.now();
  assert.equal(notesOn(server).length, 120);
  assert.equal(server.blobs.get(sha256)?.bytes.length, 1000);
  fresh.close();
});

test("a take-over that is killed between any two writes is read whole, and the next start ends it", async (t) => {
  const { server, store } = await phoneAndServer(t);
  await takePhoto(store);
  for (let n = 0; n < 5; n += 1) await note(store, `entry ${n}`);
  let kills = 0;
  for (let after = 0; ; after += 1) {
    await asBefore(store, 3);
    const before = texts(await wholeLog(store));
    const killed = again(store);
    const write = killed.write.bind(killed);
    let left = after;
    killed.write = (...how) => ((left -= 1) < 0 ? Promise.reject(new Error("killed")) : write(...how));
    const done = await takeOver(killed).then(
      () => true,
      () => false,
    );
    killed.close();
    const next = again(store);
    assert.equal((await visitsShown(next, server.user)).length, 3);
    assert.deepEqual(texts(await wholeLog(next)), before);
    await takeOver(next);
    assert.deepEqual([texts(await wholeLog(next)), await leaks(next)], [before, []]);
    next.close();
    if (done) break;
    kills += 1;
  }
  assert.ok(kills > 4, String(kills));
});

test("what an old tab writes beside the new one is read and sent too", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "new");
  const [row] = await wholeLog(store);
  await store.write(["log"], (tables) => tables.log.put(row)); // as the app before writes it
  await note(store, "newer");
  assert.deepEqual(texts(await wholeLog(store)), ["new", "newer"]);
  const before = again(store);
  await takeOver(before);
  const all = (await raw(store)).log;
  await store.write(["log"], (tables) => tables.log.put(row));
  await takeOver(before); // it was done once; what has come since is seen
  assert.ok([...all, ...(await raw(store)).log].every(({ box }) => box));
  before.close();
  await sender.now();
  assert.deepEqual(notesOn(server), ["new", "newer"]);
});

test("what an older app left open of those who are not here is sealed too", async (t) => {
  const { store, api } = await phoneAndServer(t);
  await note(store, "crack behind the stove");
  await asBefore(store, 3);
  const phone = storeOfPhone();
  await phone.setFact("people", { [String(store.owner)]: "王工", me: "李检" });
  await new Session(api, phone).sealOthers("me");
  assert.deepEqual(await leaks(again(store)), []);
  assert.deepEqual(texts(await wholeLog(again(store))), ["crack behind the stove"]);
  await phone.setFact("people", {});
  phone.close();
});

test("visits that come in many answers lie in few boxes after the next start, and what is gone is in none", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  for (let n = 0; n < 30; n += 1) {
    server.plan(`one-${n % 10}`, { customer: HOME, turn: n });
    await sender.now();
  }
  const boxes = async () => (await raw(store)).facts.filter(({ key }) => key.startsWith("visits/")).length;
  assert.equal(await boxes(), 30);
  await store.write(["visits"], (tables) => tables.visits.delete("one-3"));
  await packVisits(store);
  assert.equal(await boxes(), 1);
  const fresh = again(store);
  const shown = await visitsShown(fresh, server.user);
  assert.deepEqual(shown.map(({ id, turn }) => `${id} ${turn ?? ""}`).sort(), [
    ...[0, 1, 2, 4, 5, 6, 7, 8, 9].map((n) => `one-${n} ${20 + n}`),
    "v1 ",
  ]);
  fresh.close();
});

test("half-filled forms stand on the disk in the order in which they were typed", async (t) => {
  const { place } = await workedPhone(t);
  const typed = Array.from({ length: 40 }, (_none, n) => "x".repeat(n % 2 ? 1 : 60_000) + n);
  await Promise.all(typed.map((value) => place.setDraft("note:v1", value)));
  assert.equal(await place.draft("note:v1"), typed.at(-1));
});
