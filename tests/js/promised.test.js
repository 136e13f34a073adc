import assert from "node:assert/strict";
import { test } from "node:test";
import { pressing, pressingFirst } from "../../static/app/promised.js";

const NOW = Date.parse("2026-11-20T12:00:00+08:00");
const DUE = { clock: "repair", to: "begun", due: "2026-11-20T15:00:00+08:00" };
const LATE = { ...DUE, due: "2026-11-20T11:59:00+08:00" };
const NEXT_WEEK = { ...DUE, due: "2026-11-27T12:00:00+08:00" };

test("a promise presses within a day before it falls due, and is late afterwards", () => {
  assert.deepEqual(pressing({ promised: [DUE] }, NOW), { clock: "repair", due: DUE.due, late: false });
  assert.equal(pressing({ promised: [LATE] }, NOW)?.late, true);
  assert.equal(pressing({ promised: [NEXT_WEEK] }, NOW), null);
  assert.equal(pressing({}, NOW), null);
});

test("what ends a promise ends its pressing: somebody is there, it is done, a moment is stamped", () => {
  assert.equal(pressing({ promised: [LATE], start: { at: DUE.due } }, NOW), null);
  assert.equal(pressing({ promised: [{ ...LATE, to: "closed" }], start: {} }, NOW)?.late, true);
  assert.equal(pressing({ promised: [{ ...LATE, to: "closed" }], outcome: { outcome: "completed" } }, NOW), null);
  const stamped = { promised: [{ ...LATE, to: "EMERG-C3" }], checks: { way: { "EMERG-C3": { result: "pass" } } } };
  assert.equal(pressing(stamped, NOW), null);
  assert.equal(pressing({ promised: [LATE], state: "cancelled" }, NOW), null);
});

test("an answer gives a promise another limit, and only that answer", () => {
  const instead = { point: "DRAIN-C5", value: "small", due: LATE.due };
  const sized = (/** @type {string} */ value) => ({ work: { "DRAIN-C5": { result: "pass", value } } });
  const promised = [{ ...NEXT_WEEK, to: "closed", instead }];
  assert.equal(pressing({ promised }, NOW), null);
  assert.equal(pressing({ promised, checks: sized("large") }, NOW), null);
  assert.deepEqual(pressing({ promised, checks: sized("small") }, NOW), { clock: "repair", due: LATE.due, late: true });
});

test("of two promises the one that falls due first presses, however their zones are written", () => {
  const utc = { ...DUE, clock: "done", due: "2026-11-20T05:00:00Z" };
  assert.equal(pressing({ promised: [DUE, utc] }, NOW)?.clock, "done");
});

test("what presses comes first, the latest of all; the rest keeps its order", () => {
  const [a, b, c, d] = [{ id: "a" }, { id: "b", promised: [DUE] }, { id: "c" }, { id: "d", promised: [LATE] }];
  assert.deepEqual(
    pressingFirst([a, b, c, d], NOW).map(({ id }) => id),
    ["d", "b", "a", "c"],
  );
});
