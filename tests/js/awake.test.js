import assert from "node:assert/strict";
import { test } from "node:test";

/** A screen that counts what holds it on. */
class Screen {
  constructor() {
    this.held = 0;
    this.allowed = true;
    /** @type {EventTarget[]} */
    this.locks = [];
  }

  async request() {
    await new Promise((answered) => setTimeout(answered, 5));
    if (!this.allowed) throw new DOMException("the battery is low", "NotAllowedError");
    const lock = Object.assign(new EventTarget(), { release: async () => this.letGo(lock) });
    this.locks.push(lock);
    this.held += 1;
    return lock;
  }

  /** @param {EventTarget} lock */
  letGo(lock) {
    if (!this.locks.includes(lock)) return;
    this.locks = this.locks.filter((other) => other !== lock);
    this.held -= 1;
    lock.dispatchEvent(new Event("release"));
  }
}

const screen = new Screen();
const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
Object.defineProperty(globalThis, "document", { value: page });
Object.defineProperty(globalThis, "navigator", { value: { wakeLock: screen }, configurable: true });
const { keepAwake } = await import("../../static/app/ui/awake.js");

const quiet = () => new Promise((done) => setTimeout(done, 40));

/** @param {"visible" | "hidden"} state */
function turn(state) {
  page.visibilityState = state;
  if (state === "hidden") for (const lock of screen.locks) screen.letGo(lock); // as a browser does
  page.dispatchEvent(new Event("visibilitychange"));
}

test("the screen stays awake during a visit, through every step of it, and sleeps again afterwards", async () => {
  for (let step = 0; step < 4; step += 1) keepAwake(true); // quicker than the browser answers
  await quiet();
  assert.equal(screen.held, 1);
  keepAwake(false);
  await quiet();
  assert.equal(screen.held, 0);
});

test("a visit that is left before the browser has answered leaves nothing awake", async () => {
  keepAwake(true);
  keepAwake(false);
  await quiet();
  assert.equal(screen.held, 0);
});

test("what the browser lets go when the page is hidden is asked for again when it is seen", async () => {
  keepAwake(true);
  await quiet();
  turn("hidden");
  await quiet();
  assert.equal(screen.held, 0);
  turn("visible");
  await quiet();
  assert.equal(screen.held, 1);
  keepAwake(false);
  await quiet();
  assert.equal(screen.held, 0);
});

test("a phone that will not stay awake goes dark, and is asked again at the next step", async () => {
  screen.allowed = false;
  keepAwake(true);
  await quiet();
  assert.equal(screen.held, 0);
  screen.allowed = true;
  keepAwake(true);
  await quiet();
  assert.equal(screen.held, 1);
  keepAwake(false);
  await quiet();
});
