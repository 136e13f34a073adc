import assert from "node:assert/strict";
import { test } from "node:test";
import { compareClocks, inAll, judge, ROOM_FOR_A_DAY } from "../../static/app/preshift.js";

const NOW = Date.parse("2026-11-21T07:40:00+08:00");
const MINUTE = 60_000;

/** A phone on which all is well, but for what is given. @param {Partial<import("../../static/app/preshift.js").Facts>} [change] */
function phone(change = {}) {
  return {
    now: NOW,
    today: "2026-11-21",
    answered: true,
    missedLogin: false,
    visits: 12,
    loadedAt: NOW - 2_000,
    loadedDay: "2026-11-21",
    photo: /** @type {const} */ ("made"),
    room: { usage: 30e6, quota: 4e9, persisted: true },
    clock: { ahead: 900, slack: 120, at: NOW - 2_000 },
    shell: /** @type {const} */ ("kept"),
    update: null,
    ...change,
  };
}

/** @param {Partial<import("../../static/app/preshift.js").Facts>} change */
const notFine = (change) =>
  judge(phone(change))
    .filter(({ state }) => state !== "fine")
    .map(({ subject, state, why }) => [subject, state, why].filter(Boolean).join(" "));

test("a phone on which all is well is fine in all", () => {
  assert.deepEqual(notFine({}), []);
  assert.equal(inAll(judge(phone())), "fine");
});

test("one thing wrong is wrong in all, whatever else is fine or unknown", () => {
  const findings = judge(phone({ update: "ready", answered: false }));
  assert.equal(inAll(findings), "wrong");
});

test("without an answer of the server what only it can say is unknown, and nothing is wrong for that", () => {
  const offline = {
    answered: false,
    loadedAt: NOW - 40 * MINUTE,
    clock: { ahead: 0, slack: 9, at: NOW - 40 * MINUTE },
  };
  assert.deepEqual(notFine(offline), ["login unknown", "version unknown"]);
  assert.equal(inAll(judge(phone(offline))), "unknown");
});

test("a log-in that the server wants again is wrong, answered or not", () => {
  assert.deepEqual(notFine({ missedLogin: true }), ["login wrong"]);
  assert.deepEqual(notFine({ missedLogin: true, answered: false }), ["login wrong", "version unknown"]);
});

test("visits of today that came yesterday may have changed; none at all is wrong", () => {
  const yesterday = { loadedAt: NOW - 13 * 60 * MINUTE, loadedDay: "2026-11-20" };
  assert.deepEqual(notFine(yesterday), ["visits unknown"]);
  assert.deepEqual(notFine({ ...yesterday, visits: 0 }), ["visits wrong old"]);
  assert.deepEqual(notFine({ loadedAt: null, loadedDay: "", visits: 0 }), ["visits wrong never"]);
  assert.deepEqual(notFine({ visits: 0 }), []); // asked today: nothing is planned
});

test("a picture that is not made, and one that is made but not kept, are two troubles", () => {
  assert.deepEqual(notFine({ photo: "not_made" }), ["photos wrong not_made"]);
  assert.deepEqual(notFine({ photo: "not_kept" }), ["photos wrong not_kept"]);
});

test("a day of photos needs its room; a browser that says nothing of it is not accused", () => {
  const usage = 30e6;
  assert.deepEqual(notFine({ room: { usage, quota: usage + ROOM_FOR_A_DAY, persisted: true } }), []);
  assert.deepEqual(notFine({ room: { usage, quota: usage + ROOM_FOR_A_DAY - 1, persisted: true } }), ["room wrong"]);
  assert.deepEqual(notFine({ room: { usage: 0, quota: 0, persisted: true } }), ["room unknown"]);
});

test("storage without a promise is wrong", () => {
  assert.deepEqual(notFine({ room: { usage: 0, quota: 4e9, persisted: false } }), ["promise wrong"]);
});

test("the clock may be two minutes out, either way, and no more", () => {
  const at = NOW - 2_000;
  for (const way of [1, -1]) {
    assert.deepEqual(notFine({ clock: { ahead: way * 2 * MINUTE, slack: 0, at } }), []);
    assert.deepEqual(notFine({ clock: { ahead: way * 5 * MINUTE, slack: 200, at } }), ["clock wrong off"]);
    assert.deepEqual(notFine({ clock: { ahead: way * (2 * MINUTE + 1), slack: 0, at } }), ["clock wrong off"]);
  }
});

test("an answer that took long accuses no clock that may be right, and praises none that may be wrong", () => {
  const at = NOW - 2_000;
  assert.deepEqual(notFine({ clock: { ahead: 2.5 * MINUTE, slack: MINUTE, at } }), ["clock unknown slow"]);
  assert.deepEqual(notFine({ clock: { ahead: 1.5 * MINUTE, slack: MINUTE, at } }), ["clock unknown slow"]);
  assert.deepEqual(notFine({ clock: { ahead: 4 * MINUTE, slack: MINUTE, at } }), ["clock wrong off"]);
});

test("a comparison of half a day ago says nothing any more; one from the future says that the clock was set back", () => {
  assert.deepEqual(notFine({ clock: { ahead: 0, slack: 9, at: NOW - 13 * 60 * MINUTE } }), ["clock unknown old"]);
  assert.deepEqual(notFine({ clock: { ahead: 0, slack: 9, at: NOW + 60 * MINUTE } }), ["clock wrong set_back"]);
  assert.deepEqual(notFine({ clock: null }), ["clock unknown never"]);
});

test("an app that is not kept will not open in the cellar; one that is still coming may", () => {
  assert.deepEqual(notFine({ shell: "none" }), ["offline_app wrong none"]);
  assert.deepEqual(notFine({ shell: "off" }), ["offline_app wrong off"]);
  assert.deepEqual(notFine({ shell: "coming" }), ["offline_app unknown"]);
});

test("a newer version is to be let in before the first visit, and waits for the end of one that was begun", () => {
  assert.deepEqual(notFine({ update: "ready" }), ["version wrong ready"]);
  assert.deepEqual(notFine({ update: "waits" }), ["version unknown waits"]);
});

test("half the round trip is given to each way", () => {
  const server = "2026-11-21T07:40:00.000+08:00";
  assert.deepEqual(compareClocks(NOW - 300, NOW + 700, server), { ahead: 200, slack: 500, at: NOW + 700 });
  assert.deepEqual(compareClocks(NOW + 5 * MINUTE, NOW + 5 * MINUTE + 80, server)?.ahead, 5 * MINUTE + 40);
});

test("a clock that was set between asking and hearing, or an answer without a time, compares nothing", () => {
  assert.equal(compareClocks(NOW, NOW - 1, "2026-11-21T07:40:00+08:00"), null);
  assert.equal(compareClocks(NOW, NOW + 1, "soon"), null);
});
