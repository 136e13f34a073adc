import assert from "node:assert/strict";
import { test } from "node:test";
import { plainDecimal } from "../../static/app/ui/decimals.js";
import { alarmOf, readFigure, resultOfFigure, stateOfItem, wholesale } from "../../static/app/ui/judge.js";

const LENGTH = { kind: "number", min: "0", max: "20", limit: { op: "<=", value: "2" }, needed_to_pass: false };
const AIR = {
  kind: "number",
  min: "0",
  max: "100000",
  limit: { op: "<=", value: "0" },
  alarm: { op: ">=", value: "10000", action: "evacuate" },
  needed_to_pass: true,
};

test("a figure decides its own result from its limit", () => {
  assert.equal(resultOfFigure(LENGTH, "2"), "pass");
  assert.equal(resultOfFigure(LENGTH, "2.00"), "pass");
  assert.equal(resultOfFigure(LENGTH, "2.01"), "fail");
  assert.equal(resultOfFigure({ limit: { op: "between", low: "1.5", high: "3.0" } }, "3.1"), "fail");
  assert.equal(resultOfFigure({ limit: { op: ">=", value: "-3" } }, "-4"), "fail");
});

test("a figure worth a caution passes with a note", () => {
  const co = { limit: { op: "<=", value: "24" }, caution: { op: ">", value: "9" } };
  assert.equal(resultOfFigure(co, "9"), "pass");
  assert.equal(resultOfFigure(co, "10"), "pass_note");
  assert.equal(resultOfFigure(co, "25"), "fail");
});

test("ten thousand ppm of gas on entry means leave", () => {
  assert.equal(alarmOf(AIR, "9999"), null);
  assert.equal(alarmOf(AIR, "10000"), "evacuate");
  assert.equal(alarmOf(AIR, undefined), null);
});

test("what is typed is read with comma or point, and never rounded", () => {
  assert.equal(plainDecimal("1,5"), "1.5");
  assert.equal(plainDecimal(" 007.50 "), "7.50");
  assert.equal(plainDecimal("-0"), "0");
  assert.equal(plainDecimal("1.5.2"), null);
  assert.equal(plainDecimal("abc"), null);
  assert.deepEqual(readFigure(LENGTH, "21"), { problem: "out_of_range" });
  assert.deepEqual(readFigure(LENGTH, "x"), { problem: "not_a_figure" });
});

test("all fine passes neither what an instrument must say nor one of two passing answers", () => {
  assert.deepEqual(wholesale({ kind: "pass_fail" }), { result: "pass" });
  assert.deepEqual(wholesale(LENGTH), { result: "pass" });
  assert.equal(wholesale(AIR), null);
  const grades = [
    { value: "0", result: "pass" },
    { value: "1", result: "pass_note" },
  ];
  assert.deepEqual(wholesale({ kind: "choice", choices: grades }), { result: "pass", value: "0" });
  const hoses = [
    { value: "ss", result: "pass" },
    { value: "armour", result: "pass" },
  ];
  assert.equal(wholesale({ kind: "choice", choices: hoses }), null);
});

test("an item is judged when every required point is", () => {
  const item = {
    points: [
      { id: "A", required: true, kind: "pass_fail" },
      { id: "B", required: true, kind: "pass_fail" },
      { id: "C", required: false, kind: "pass_fail" },
    ],
  };
  const half = stateOfItem(item, { A: { result: "fail" }, C: { result: "not_accessible" } });
  assert.deepEqual([half.done, half.total, half.fails, half.unseen, half.open.length], [1, 2, 1, 1, 1]);
});

test("what must be answered by itself is not passed with the whole item, and what a rule asks for counts as open", () => {
  const points = ["A", "B", "C"].map((id) => ({ id, kind: "pass_fail", required: id !== "C" }));
  const isAsked = (/** @type {any} */ { required, id }) => required || id === "C";
  const state = stateOfItem({ points }, { A: { result: "pass" } }, isAsked, (/** @type {any} */ { id }) => id === "B");
  assert.deepEqual([state.done, state.total], [1, 3]);
  assert.deepEqual(
    state.easy.map((/** @type {any} */ { id }) => id),
    ["C"],
  );
  assert.equal(stateOfItem({ points }, {}).total, 2);
});
