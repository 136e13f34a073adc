import assert from "node:assert/strict";
import { test } from "node:test";
import { append } from "../../static/app/log.js";
import { visitsShown } from "../../static/app/shown.js";
import { giveUp, withIds, written } from "../../static/app/ui/opening.js";
import { Stage } from "../../static/app/ui/stage.js";
import { phoneAndServer, wholeLog } from "./phone.js";

const ME = { id: "li", name: "李检" };
const EMPTY = {
  ...{ id: "", customer: "", meter: "", type: "gas.inspection", typed: "", picked: "", by_hand: true, account: "" },
  ...{
    serial: "N-1",
    name: "",
    phone: "",
    address: "沿江路 8 号",
    building: "",
    unit: "",
    room: "",
    lookup: "",
    home: "",
  },
};

/** A page over a phone's disk, which is full as long as it is said to be. @param {import("node:test").TestContext} t */
async function page(t) {
  const { store } = await phoneAndServer(t);
  const disk = { full: false };
  /** @type {any} */
  const app = {
    user: ME,
    draft: async () => undefined,
    setDraft: async () => undefined,
    visits: () => visitsShown(store, ME),
    visit: async (/** @type {string} */ id) => (await visitsShown(store, ME, id))[0],
    write: async (/** @type {string} */ visit, /** @type {any} */ kind, /** @type {object} */ data) => {
      if (disk.full) throw new Error("full");
      return append(store, { visit, kind, data });
    },
    login: async (/** @type {string} */ id) => (app.user = { id, name: id }),
  };
  const stage = new Stage(app, () => undefined);
  const log = async () => (await wholeLog(store)).map(({ visit, op: { kind, data } }) => ({ visit, kind, data }));
  return { stage, disk, log };
}

/** Something of every sort that a page holds. @param {Awaited<ReturnType<typeof page>>} page */
async function withWork({ stage, disk }) {
  stage.drafts.set("unplanned", { name: "王芳" });
  stage.keep("refusal", () => ({ problem: "x" }));
  stage.begun.add("v1");
  stage.visits = [{ id: "v1" }];
  stage.visit = { id: "v1" };
  disk.full = true;
  await stage.put({ visit: "v1", kind: "note.add", data: { text: "of Li" } });
  disk.full = false;
}

test("another person who logs in on the same page finds nothing of the former, and writes nothing for them", async (t) => {
  const one = await page(t);
  await withWork(one);
  const { stage } = one;
  assert.equal(await stage.logIn("wang", "demo"), null);
  assert.equal(stage.drafts.get("unplanned", null), null);
  assert.deepEqual([stage.memory.size, stage.begun.size, stage.visits, stage.visit], [0, 0, null, undefined]);
  await stage.saveAgain();
  assert.deepEqual(await one.log(), []);
});

test("who logs in again keeps what they had typed and what was not saved", async (t) => {
  const one = await page(t);
  await withWork(one);
  const { stage } = one;
  assert.equal(await stage.logIn(ME.id, "demo"), null);
  assert.deepEqual(stage.drafts.get("unplanned", null), { name: "王芳" });
  await stage.saveAgain();
  assert.deepEqual(
    (await one.log()).map(({ data }) => data.text),
    ["of Li"],
  );
});

test("a draft that is read while another person logs in is not shown to them", async (t) => {
  const { stage } = await page(t);
  /** @type {(value: any) => void} */
  let answer = () => undefined;
  stage.app.draft = () => new Promise((resolve) => (answer = resolve));
  const reading = stage.drafts.lookUp("unplanned");
  await stage.logIn("wang", "demo");
  answer({ name: "王芳" });
  await reading;
  assert.equal(stage.drafts.held.size, 0);
});

test("beginning again while the first try is not saved makes one visit, with the same token", async (t) => {
  const { stage, disk, log } = await page(t);
  const form = withIds(EMPTY, undefined);
  disk.full = true;
  assert.equal(await written(stage, form, undefined), false);
  assert.equal(await written(stage, withIds(form, undefined), undefined), false);
  assert.equal(stage.notSaved.length, 1);
  disk.full = false;
  assert.equal(await written(stage, withIds(form, undefined), undefined), true);
  const [opened, ...more] = await log();
  assert.deepEqual([opened.kind, opened.visit, opened.data.lookup], ["visit.create", form.id, form.lookup]);
  assert.deepEqual(
    more.map(({ kind, data }) => [kind, data.value]),
    [["customer.correct", "沿江路 8 号"]],
  );
});

test("a form that is turned to another home is another visit, and what was not saved of the first is given up", async (t) => {
  const { stage, disk, log } = await page(t);
  const typed = withIds(EMPTY, undefined);
  disk.full = true;
  await written(stage, typed, undefined);
  disk.full = false;
  const home = { version: 3, customer: { id: "c1", corrected: {} }, meters: [] };
  const turned = withIds(typed, home);
  assert.notEqual(turned.id, typed.id);
  assert.notEqual(turned.lookup, typed.lookup);
  await giveUp(stage, typed.id);
  await stage.saveAgain();
  assert.equal(await written(stage, turned, home), true);
  assert.deepEqual(
    (await log()).map(({ visit, data }) => [visit, data.customer]),
    [[turned.id, "c1"]],
  );
  await giveUp(stage, turned.id); // it is on the disk: nothing of it is given up
  assert.equal((await log()).length, 1);
});

test("a known customer's meters are told under the ids at hand, and again what the file still lacks", async (t) => {
  const { stage, log } = await page(t);
  const meters = Array.from({ length: 12 }, (_, n) => ({ id: `m${n}`, serial: `N-${n}`, digits: 5 }));
  const customer = { id: "c1", account: "8", address: "沿江路 8 号", room: "2", phone: "1", corrected: {} };
  const home = { version: 3, customer: { ...customer, corrected: { address: "", room: "1" } }, meters };
  assert.equal(await written(stage, withIds({ ...EMPTY, picked: "c1" }, home), home), true);
  const [{ data }, ...more] = await log();
  assert.equal("account" in data, false);
  assert.deepEqual(data.meters[9], { id: "m9", serial: "N-9" });
  assert.equal(data.meters.length, 10);
  assert.deepEqual(
    more.map((entry) => entry.data),
    [{ field: "address", value: "沿江路 8 号" }],
  );
});

/** A page that shows a visit of the disk. @param {import("node:test").TestContext} t */
async function pageOfVisit(t) {
  const one = await page(t);
  const { stage } = one;
  stage.route = { name: "visit", path: "/app/visit/v1/door", visit: "v1", step: "door" };
  stage.begun.add("v1");
  stage.visit = { id: "v1", version: 1, state: "started", steps: {}, customer: { corrected: {} }, unsent: 0 };
  return one;
}

test("a tap is shown as soon as it is on the disk, not before, and without reading the visit again", async (t) => {
  const { stage } = await pageOfVisit(t);
  const { write } = stage.app;
  /** @type {() => void} */
  let goOn = () => undefined;
  const held = new Promise((resolve) => (goOn = () => resolve(undefined)));
  stage.app.write = async (...what) => {
    await held;
    return write(...what);
  };
  stage.app.visit = stage.app.visits = () => assert.fail("the disk was read");
  const written = stage.write(stage.visit, "step.tick", { step: "knock" });
  assert.deepEqual(stage.visit.steps, {});
  goOn();
  assert.equal(await written, true);
  assert.equal(stage.visit.steps.knock.by.name, ME.name);
  assert.equal(stage.visit.unsent, 1);
});

test("a reading that began before a tap does not take the tap off the page", async (t) => {
  const { stage } = await pageOfVisit(t);
  /** @type {(document: any) => void} */
  let answer = () => undefined;
  stage.app.visit = () => new Promise((resolve) => (answer = resolve));
  const refreshed = stage.refresh();
  await new Promise((resolve) => setTimeout(resolve)); // the reading is under way
  stage.visits = [];
  const before = structuredClone(stage.visit);
  await stage.write(stage.visit, "step.tick", { step: "knock" });
  stage.app.visit = async () => {
    assert.ok(stage.visit.steps.knock, "the tap has blinked out of sight");
    return { ...before, steps: { knock: { by: ME } } };
  };
  answer(before);
  await refreshed;
  assert.ok(stage.visit.steps.knock);
});
