import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { FIRST_MS, LONGEST_MS, pauseAfter } from "../../static/app/pauses.js";
import { ApiProblem } from "../../static/app/problems.js";
import { Sender } from "../../static/app/sender.js";
import { storeOfUser } from "../../static/app/store.js";
import { note } from "./phone.js";

afterEach(() => mock.timers.reset());

test("a pause doubles with every failure, half of it is chance, and none is longer than five minutes", () => {
  for (let failures = 1; failures <= 1000; failures += 1) {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 30));
    assert.equal(pauseAfter(failures, null, 0), full / 2);
    assert.ok(pauseAfter(failures, null, 0.999999) <= full);
  }
  assert.equal(pauseAfter(1000, null, 0), LONGEST_MS / 2);
});

test("a server that asks for time is given it", () => {
  assert.equal(pauseAfter(1, 120, 0.5), 120_000);
  assert.equal(pauseAfter(9, 1, 0), 150_000);
});

test("a thousand phones do not come back to a restarted server in the same second", () => {
  const pauses = Array.from({ length: 1000 }, () => pauseAfter(6, null, Math.random()));
  const seconds = new Map();
  for (const pause of pauses) seconds.set(Math.floor(pause / 1000), 1 + (seconds.get(Math.floor(pause / 1000)) ?? 0));
  assert.ok(seconds.size >= 30, `${seconds.size} different seconds`);
  assert.ok(Math.max(...seconds.values()) < 100);
});

/**
 * A sender whose clock we move, and when it tried; every try ends as `answer` says.
 *
 * @param {import("node:test").TestContext} t @param {string} user @param {() => Promise<any>} answer
 */
async function senderOnAClock(t, user, answer) {
  const store = storeOfUser(user);
  await store.setFact("device", { id: `device-of-${user}`, code: "D01" });
  await store.setFact("keys", await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]));
  await note(store, "waits");
  /** @type {number[]} */
  const tries = [];
  const sync = () => {
    tries.push(Date.now());
    return answer();
  };
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const sender = new Sender(store, /** @type {any} */ ({ sync }), {
    changed: () => undefined,
    catalogue: () => undefined,
  });
  t.after(() => {
    sender.stop();
    store.close();
  });
  /** @param {number} seconds */
  const pass = async (seconds) => {
    for (let n = 0; n < seconds; n += 1) {
      mock.timers.tick(1000);
      do await new Promise((resolve) => setImmediate(resolve));
      while (sender.status.state === "sending");
    }
  };
  await sender.start();
  await pass(1);
  return { store, sender, tries, pass };
}

test("while the server does not answer it is asked less and less often, at last every few minutes, for ever (lesson 11)", async (t) => {
  const down = () => Promise.reject(new ApiProblem(503, "unavailable"));
  const { sender, tries, pass } = await senderOnAClock(t, "clock-down", down);
  await pass(2 * 3600);
  const gaps = tries.slice(1).map((at, n) => at - tries[n]);
  gaps.forEach((gap, n) => {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** n);
    assert.ok(gap >= full / 2 && gap <= full + 1000, `try ${n + 2} came after ${gap} ms`);
  });
  assert.ok(tries.length >= 24 + 7 && tries.length < 70, `${tries.length} tries in two hours`);
  assert.equal(sender.status.waiting, 1);
});

test("after a 401 nothing is tried again until a person has logged in (lesson 11)", async (t) => {
  const { sender, tries, pass, store } = await senderOnAClock(t, "clock-401", () =>
    Promise.reject(new ApiProblem(401, "login_required")),
  );
  assert.equal(tries.length, 1);
  await pass(3600);
  await note(store, "capture goes on");
  await sender.wrote(true);
  await pass(3600);
  assert.equal(tries.length, 1);
  assert.equal(sender.status.waiting, 2);
  assert.equal(sender.status.state, "needs_you");
  await sender.loggedIn();
  await pass(1);
  assert.equal(tries.length, 2);
});

test("a server that asks to be left alone for ten minutes is", async (t) => {
  const { tries, pass } = await senderOnAClock(t, "clock-429", () => {
    const problem = new ApiProblem(429, "too_many_attempts");
    problem.retryAfter = 600;
    return Promise.reject(problem);
  });
  await pass(599);
  assert.equal(tries.length, 1);
  await pass(3);
  assert.equal(tries.length, 2);
});
