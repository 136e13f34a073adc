import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, mock, test } from "node:test";
import { chainStart } from "../../static/app/chain.js";
import { storeOfUser } from "../../static/app/store.js";
import { Workplace } from "../../static/app/workplace.js";
import { signedReceipt } from "./contract-server.js";

const wallClock = setTimeout;
const GLOBALS = /** @type {any} */ (globalThis);
const ANSWER = {
  results: [],
  visits: [],
  gone: [],
  cursor: "c",
  more: false,
  catalog: "",
  server_time: "",
};
const ME = { id: "u1", name: "李检", username: "inspector", roles: ["technician"], locale: "zh-Hans" };

afterEach(() => {
  mock.timers.reset();
  for (const name of ["addEventListener", "removeEventListener", "document"]) delete GLOBALS[name];
});

/**
 * A phone as a browser without Background Sync gives it: a window, a document and a clock, all ours. The server takes
 * everything; `tries` counts how often it is asked.
 *
 * @param {import("node:test").TestContext} t @param {string} user
 */
async function phoneOnAClock(t, user) {
  const window = new EventTarget();
  GLOBALS.addEventListener = window.addEventListener.bind(window);
  GLOBALS.removeEventListener = window.removeEventListener.bind(window);
  GLOBALS.document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const store = storeOfUser(user);
  await store.setFact("device", { id: `device-of-${user}`, code: "D01" });
  await store.setFact("keys", await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]));
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await store.setFact("receipt_key", { ...publicKey.export({ format: "jwk" }), kid: "r1" });
  await store.setFact("lifeboat_key", null);
  const held = { acked_seq: 0, chain: await chainStart(`device-of-${user}`) };
  const phone = { tries: 0 };
  /** @param {{device: string, ops: string[], proof?: {chain: string}}} what */
  const sync = async ({ device, ops, proof }) => {
    phone.tries += 1;
    Object.assign(held, { acked_seq: held.acked_seq + ops.length, chain: proof?.chain ?? held.chain });
    return { ...ANSWER, receipt: signedReceipt(privateKey, { ...held, device, epoch: "e", files: [], key: "r1" }) };
  };
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const place = new Workplace(ME, store, /** @type {any} */ ({ sync }), () => undefined);
  t.after(() => {
    place.close();
    store.close();
  });
  /** @param {number} ms @param {number} tries  how many there are then */
  const after = async (ms, tries) => {
    mock.timers.tick(ms);
    const idle = () => phone.tries >= tries && place.sender.status.waiting === 0;
    for (let n = 0; n < 3000 && !idle(); n += 1) await new Promise((resolve) => setImmediate(resolve));
    // A round ends a little after its answer: wait until nothing moves any more.
    for (let quiet = 0, last = place.sender.status; quiet < 5; last = place.sender.status) {
      await new Promise((resolve) => wallClock(resolve, 30));
      quiet = last === place.sender.status ? quiet + 1 : 0;
    }
    assert.equal(phone.tries, tries);
  };
  await place.open();
  await place.begin();
  return { place, window, after, phone };
}

test("it syncs on open, after a write, at once after a close, when the network or the person is back, and by a clock (lesson 10)", async (t) => {
  const { place, window, after } = await phoneOnAClock(t, "moments");
  await after(0, 1); // open
  await place.write("v1", "note.add", { text: "a" });
  await after(900, 1);
  await after(200, 2); // a second after a write
  await place.write("v1", "visit.close", { outcome: "completed" });
  await after(60, 3); // at once after a close
  window.dispatchEvent(new Event("online"));
  await after(0, 4);
  GLOBALS.document.visibilityState = "hidden";
  GLOBALS.document.dispatchEvent(new Event("visibilitychange"));
  await after(0, 4);
  GLOBALS.document.visibilityState = "visible";
  GLOBALS.document.dispatchEvent(new Event("visibilitychange"));
  await after(0, 5);
  await after(29_000, 5);
  await after(1_100, 6); // nobody did anything: the clock
  await after(30_100, 7);
});

test("a sender that was stopped asks no more", async (t) => {
  const { place, window, after } = await phoneOnAClock(t, "stopped");
  await after(0, 1);
  place.close();
  window.dispatchEvent(new Event("online"));
  await after(120_000, 1);
});

test("nothing in the app or its worker waits for Background Sync (lesson 10)", () => {
  const sources = ["static/sw.js", "static/app/sender.js", "static/app/update.js"].map((path) =>
    readFileSync(path, "utf8"),
  );
  const used = sources.filter((source) =>
    /SyncManager|\.sync\.register|periodicSync|addEventListener\("(periodic)?sync"/.test(source),
  );
  assert.deepEqual(used, []);
});
