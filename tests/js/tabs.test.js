import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Tabs } from "../../static/app/tabs.js";

/** The Web Locks of one browser, as far as they are used here: this Node has none. */
class Locks {
  /** @type {((reason: DOMException) => void) | null} */
  holder = null;

  /** @param {string} _name @param {{ifAvailable?: boolean, steal?: boolean}} how @param {(lock: object | null) => Promise<any>} work */
  async request(_name, { steal }, work) {
    if (this.holder && !steal) return work(null);
    this.holder?.(new DOMException("stolen", "AbortError"));
    const taken = new Promise((_resolve, reject) => (this.holder = reject));
    const mine = this.holder;
    try {
      return await Promise.race([work({}), taken]);
    } finally {
      if (this.holder === mine) this.holder = null;
    }
  }
}

beforeEach(() => Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks() }, configurable: true }));
afterEach(() => {
  mock.timers.reset();
  Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
});

/** @param {import("node:test").TestContext} t @param {string} name @param {(news: any) => void} [heard] */
function tab(t, name, heard = () => undefined) {
  const tabs = new Tabs(name, heard);
  t.after(() => tabs.close());
  return tabs;
}

/** Work that goes on until it is let go. */
function longWork() {
  /** @type {() => void} */
  let finish = () => undefined;
  const work = () => new Promise((/** @type {(value: void) => void} */ resolve) => (finish = resolve));
  return { work, finish: () => finish() };
}

test("while one tab sends, another does not (lesson 7)", async (t) => {
  const [one, two] = [tab(t, "locks"), tab(t, "locks")];
  const long = longWork();
  const first = one.alone(long.work);
  let sent = false;
  assert.equal(await two.alone(async () => void (sent = true)), false);
  assert.equal(sent, false);
  assert.equal(two.sendingElsewhere, true);
  long.finish();
  assert.equal(await first, true);
  assert.equal(await two.alone(async () => void (sent = true)), true);
  assert.equal(sent, true);
});

test("a tab that was frozen while sending loses its turn after two silent minutes", async (t) => {
  mock.timers.enable({ apis: ["Date"], now: 0 });
  const [frozen, visible] = [tab(t, "frozen"), tab(t, "frozen")];
  const first = frozen.alone(longWork().work);
  assert.equal(await visible.alone(async () => undefined), false);
  mock.timers.setTime(119_000);
  assert.equal(await visible.alone(async () => undefined), false);
  mock.timers.setTime(121_000);
  assert.equal(await visible.alone(async () => undefined), true);
  assert.equal(await first, false, "and does not fail when it wakes up");
});

test("what goes wrong in the work is not hidden", async (t) => {
  await assert.rejects(
    tab(t, "errors").alone(() => Promise.reject(new RangeError("ours"))),
    RangeError,
  );
});

test("a tab hears how far the sending one has got", async (t) => {
  const news = new Promise((resolve) => tab(t, "news", resolve));
  tab(t, "news").tell({ what: "changed", sending: true, sent: 3 });
  assert.deepEqual(await news, { what: "changed", sending: true, sent: 3 });
});
