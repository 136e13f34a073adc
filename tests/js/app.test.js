import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../../static/app/api.js";
import { App } from "../../static/app/app.js";
import { likely, noteLikely } from "../../static/app/likely.js";
import { ApiProblem } from "../../static/app/problems.js";
import { openAhead, storeOfPhone } from "../../static/app/store.js";
import { _ } from "../../static/app/text.js";
import { ContractServer } from "./contract-server.js";

const WANG = { id: "wang", name: "王工", username: "wang", roles: ["technician"], locale: "zh-Hant" };
const LI = { id: "li", name: "李检", username: "li", roles: ["technician"], locale: "zh-Hans" };

/** A phone that nobody has used yet, and its server. @param {import("node:test").TestContext} t */
async function freshPhone(t) {
  const phone = storeOfPhone();
  await phone.write(["facts"], (tables) => tables.facts.toCollection().delete());
  phone.close();
  const server = new ContractServer();
  server.loggedIn = false;
  server.plan("v1");
  const url = await server.listen();
  t.after(() => server.close());
  const open = async () => {
    const app = new App(new Api(url));
    await app.open();
    app.begin();
    t.after(() => app.close());
    return app;
  };
  return { server, open };
}

test("a new phone logs in, enrols, pulls, and shows the day", async (t) => {
  const { server, open } = await freshPhone(t);
  const app = await open();
  assert.deepEqual([app.user], [null]);
  server.user = LI;
  await app.login("li", "demo");
  assert.equal(app.user?.name, "李检");
  assert.match(String(app.device?.code), /^D\d\d$/);
  assert.deepEqual(
    (await app.visits()).map((visit) => visit.id),
    ["v1"],
  );
  assert.equal(app.sync.state, "sent");
});

test("whoever logged in on the server's own page is taken in by a phone that knows nobody", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = LI;
  server.loggedIn = true;
  const app = await open();
  assert.equal(app.user?.id, "li");
});

test("a known user comes straight in without a network, and writes (lesson 15)", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...LI, id: "li-offline" };
  const first = await open();
  await first.login("li", "demo");
  first.close();
  await server.close();
  const app = await open();
  assert.equal(app.user?.name, "李检");
  await app.write("v1", "note.add", { text: "written in the cellar" });
  const visit = await app.visit("v1");
  assert.deepEqual([visit?.unsent, visit?.notes.length], [1, 1]);
  await app.syncNow();
  assert.equal(app.sync.state, "offline");
  assert.equal(app.sync.waiting, 1);
  assert.equal((await app.outbox()).entries[0].kind, "note.add");
});

test("logging out leaves unsent work on the phone, unseen by the next user, and it goes when its author is back", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...WANG, id: "wang-2" };
  const app = await open();
  await app.login("wang", "demo");
  server.trouble("POST /api/v1/sync", 500);
  await app.write("v1", "note.add", { text: "Wang's" });
  assert.deepEqual(await app.unsent(), { entries: 1, photos: 0 });
  await app.logout();
  assert.equal(app.user, null);
  assert.equal(server.loggedIn, false);
  server.user = { ...LI, id: "li-2" };
  await app.login("li", "demo");
  assert.deepEqual(await app.unsent(), { entries: 0, photos: 0 });
  assert.deepEqual(await app.leftByOthers(), [{ name: "王工", entries: 1, photos: 0 }]);
  assert.equal(server.visits.get("v1").notes.length, 0);
  await app.logout();
  server.user = { ...WANG, id: "wang-2" };
  await app.login("wang", "demo");
  await app.syncNow(); // may join the round that is just failing; the next one follows at once
  await until(() => server.visits.get("v1").notes.length > 0);
  assert.deepEqual(
    server.visits.get("v1").notes.map((/** @type {any} */ note) => note.text),
    ["Wang's"],
  );
});

test("logging in again opens the day at once; what waits goes behind it, however slow the network", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...LI, id: "li-again" };
  const app = await open();
  await app.login("li", "demo");
  server.loggedIn = false;
  await app.write("v1", "note.add", { text: "waits for the log-in" });
  await app.syncNow();
  assert.equal(app.sync.missedLogin, true);
  server.trouble("POST /api/v1/sync", 503);
  await app.login("li", "demo");
  assert.equal(app.sync.missedLogin, false);
  await until(() => server.troubles.length === 0);
  await app.syncNow(); // may join the round that is just failing; the next one follows at once
  await until(() => app.sync.state === "sent");
});

test("a session of somebody else asks for a person and sends nothing in their name", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...WANG, id: "wang-3" };
  const first = await open();
  await first.login("wang", "demo");
  first.close();
  server.user = LI;
  const app = await open();
  await until(() => app.sync.missedLogin);
  assert.match(String(app.sync.error?.code), /wrong_user|not_your_device/);
  assert.equal(app.sync.state, "needs_you");
  assert.equal(app.user?.id, "wang-3");
});

test("a log-out without a network is told to the server before anybody is taken in again", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...LI, id: "li-4" };
  const app = await open();
  await app.login("li", "demo");
  server.trouble("POST /api/v1/logout", "no_answer");
  await app.logout();
  assert.equal(server.loggedIn, true);
  const again = await open();
  assert.equal(again.user, null);
  assert.equal(server.loggedIn, false);
});

test("the language is the person's choice, then their account's", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...WANG, id: "wang-5" };
  const app = await open();
  await app.login("wang", "demo");
  assert.equal(app.locale, "zh-Hant");
  assert.equal(_("Choose the reason"), "reason in zh-Hant");
  await app.setPref("locale", "zh-Hans");
  app.close();
  const again = await open();
  assert.equal(again.locale, "zh-Hans");
  assert.equal(_("Choose the reason"), "reason in zh-Hans");
});

test("drafts survive a reload, and are forgotten when they are done (lesson 16)", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...LI, id: "li-6" };
  const app = await open();
  await app.login("li", "demo");
  await app.setDraft("hazard", { note: "half a sen" });
  app.close();
  const again = await open();
  assert.deepEqual(await again.draft("hazard"), { note: "half a sen" });
  await again.setDraft("hazard", undefined);
  assert.equal(await again.draft("hazard"), undefined);
});

test("a change tells whoever listens, once for many", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...LI, id: "li-7" };
  const app = await open();
  await app.login("li", "demo");
  await app.syncNow();
  let told = 0;
  const end = app.subscribe(() => (told += 1));
  await app.write("v1", "note.add", { text: "x" });
  await Promise.resolve();
  assert.ok(told >= 1 && told <= 3, `${told} times`);
  end();
});

test("without a user nothing can be written, and that is said", async (t) => {
  const { open } = await freshPhone(t);
  const app = await open();
  await assert.rejects(
    app.write("v1", "note.add", { text: "x" }),
    (error) => error instanceof ApiProblem && error.status === 401,
  );
  assert.deepEqual(await app.visits(), []);
});

/** @param {() => boolean} reached */
async function until(reached) {
  for (let n = 0; n < 1000 && !reached(); n += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(reached());
}

test("a guess of who is here opens a database and decides nothing: who has logged out stays out, with all of theirs", async (t) => {
  const kept = new Map();
  const storage = {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
  };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  t.after(() => Object.defineProperty(globalThis, "localStorage", { value: undefined, configurable: true }));
  const { server, open } = await freshPhone(t);
  const first = await open();
  server.user = { ...LI, id: "li-guessed" };
  await first.login("li", "demo");
  assert.equal(likely().user, "li-guessed");
  first.close();
  openAhead(likely().user);
  const again = await open();
  assert.equal((await again.visits()).length, 1);
  await again.logout();
  assert.equal(likely().user, undefined);

  noteLikely({ user: "li-guessed" });
  openAhead(likely().user);
  const after = await open();
  assert.equal(after.user, null);
  assert.deepEqual(await after.visits(), []);
});

test("the start of a visit says which edition of the catalogue the phone held, and nothing else does", async (t) => {
  const { server, open } = await freshPhone(t);
  server.user = { ...LI, id: "li-edition" };
  server.edition = 7;
  const app = await open();
  await app.login("li", "demo");
  await app.syncNow();
  const start = await app.write("v1", "visit.start", { location: { lat: 1, lon: 2, accuracy: 3 } });
  const note = await app.write("v1", "note.add", { text: "x" });
  assert.equal(start.data.catalog, 7);
  assert.equal(note.data.catalog, undefined);
  assert.equal((await app.visit("v1"))?.start.catalog, 7);
});
