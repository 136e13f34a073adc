import assert from "node:assert/strict";
import { test } from "node:test";
import { readingOf, usedSince, warningsOf } from "../../static/app/ui/reading.js";

/** @param {string} value @param {{low: string, high: string} | null} [usual] */
const meterAt = (value, usual = null) => ({
  id: "m",
  serial: "G1",
  digits: 5,
  decimals: 3,
  last: { value, at: "2026-09-20T10:00:00+08:00" },
  usual,
});

test("digits beyond the black wheels go on to the red ones", () => {
  assert.equal(readingOf(meterAt("0"), "01352118"), "01352.118");
  assert.equal(readingOf(meterAt("0"), "01352"), "01352");
  assert.equal(readingOf(meterAt("0"), "1352.1"), "1352.1");
  assert.equal(readingOf(meterAt("0"), "1352，1"), "1352.1");
});

test("leading zeros stay as they were typed", () => {
  assert.equal(readingOf(meterAt("0"), "00012"), "00012");
});

test("whole digits are compared with whole digits", () => {
  assert.deepEqual(usedSince(meterAt("01331.482"), "01352"), { used: "21", rolled: false });
  assert.deepEqual(usedSince(meterAt("01331.482"), "01352.500"), { used: "21.018", rolled: false });
});

test("past all nines the count goes on", () => {
  assert.deepEqual(usedSince(meterAt("99990"), "00012"), { used: "22", rolled: true });
  assert.deepEqual(warningsOf(meterAt("99990"), "00012", true), ["rollover"]);
});

test("below the last reading is a warning, not a huge consumption", () => {
  assert.equal(usedSince(meterAt("01250"), "01248"), null);
  assert.deepEqual(warningsOf(meterAt("01250"), "01248", true), ["below_last"]);
});

test("nothing used, far too much, far too little and a standing meter are each said", () => {
  const usual = { low: "15", high: "25" };
  assert.deepEqual(warningsOf(meterAt("01250", usual), "01250", true), ["zero"]);
  assert.deepEqual(warningsOf(meterAt("01250", usual), "01350", true), ["jump"]);
  assert.deepEqual(warningsOf(meterAt("01250", { low: "60", high: "90" }), "01255", true), ["low"]);
  assert.deepEqual(warningsOf(meterAt("01250", usual), "01270", false), ["stopped"]);
  assert.deepEqual(warningsOf(meterAt("01250", usual), "01270", true), []);
});

test("half as much again is no jump while it is only a few cubic metres", () => {
  assert.deepEqual(warningsOf(meterAt("01250", { low: "5", high: "10" }), "01270", true), []);
});
