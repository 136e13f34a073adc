import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  exchangeIn,
  exchangeWritten,
  mostSince,
  readingOf,
  usedOverExchange,
  usedSince,
  warningsOf,
} from "../../static/app/ui/reading.js";

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

const TWO_MONTHS_LATER = "2026-11-21T10:00:00+08:00";

test("the vectors of the trade: rollover, backwards, nothing used", () => {
  const used = (/** @type {string} */ last, /** @type {string} */ now) =>
    usedSince(meterAt(last), now, TWO_MONTHS_LATER);
  assert.deepEqual(used("99990", "12"), { used: "22", rolled: true });
  assert.equal(used("1250", "1248"), null); // backwards, not 99998
  assert.deepEqual(used("1250", "1250"), { used: "0", rolled: false });
  assert.deepEqual(warningsOf(meterAt("1250"), "1250", true, { at: TWO_MONTHS_LATER }), ["zero"]);
});

test("the vectors of the trade: an exchange counts both parts, and the new meter's beginning is not taken to be 0", () => {
  const exchange = { serial: "N2", final: "1250", initial: "0" };
  const used = (/** @type {object} */ change) =>
    usedOverExchange(meterAt("1234"), { ...exchange, ...change }, "18", TWO_MONTHS_LATER);
  assert.deepEqual(used({}), { used: "34", rolled: false });
  assert.deepEqual(used({ initial: "3" }), { used: "31", rolled: false });
  assert.equal(used({ initial: "" }), null);
  assert.equal(used({ final: "" }), null);
  assert.equal(used({ final: "1233" }), null);
});

test("each part of an exchange is counted by its own wheels, decimals and all", () => {
  const exchange = { serial: "N2", final: "1250.250", initial: "3" };
  assert.deepEqual(usedOverExchange(meterAt("1234.5"), exchange, "18.5"), { used: "31.25", rolled: false });
});

test("an exchange is said, and in place of a figure below the last one which of the two ran backwards", () => {
  const how = (/** @type {object} */ change) => ({
    at: TWO_MONTHS_LATER,
    exchange: { serial: "N2", final: "1250", initial: "3", ...change },
  });
  assert.deepEqual(warningsOf(meterAt("1234"), "00018", true, how({})), ["exchanged"]);
  assert.deepEqual(warningsOf(meterAt("1234"), "00018", true, how({ final: "", initial: "" })), ["exchanged"]);
  assert.deepEqual(warningsOf(meterAt("1234"), "00018", true, how({ final: "1200" })), ["exchanged", "below_last"]);
  assert.deepEqual(warningsOf(meterAt("1234"), "00001", true, how({})), ["exchanged", "below_first"]);
  assert.deepEqual(warningsOf(meterAt("1234"), "00018", false, how({})), ["exchanged", "stopped"]);
});

test("more than a meter lets through is impossible, and a rollover that would be so is none", () => {
  const small = { ...meterAt("01250", { low: "15", high: "25" }), size: "G1.6" };
  assert.equal(mostSince(small, TWO_MONTHS_LATER), String(60 * 62));
  assert.deepEqual(warningsOf(small, "04971", true, { at: TWO_MONTHS_LATER }), ["impossible"]);
  assert.deepEqual(warningsOf(small, "04970", true, { at: TWO_MONTHS_LATER }), ["jump"]);
  const full = { ...meterAt("99990"), size: "G1.6" };
  assert.deepEqual(usedSince(full, "03710", TWO_MONTHS_LATER), { used: "3720", rolled: true });
  assert.equal(usedSince(full, "03711", TWO_MONTHS_LATER), null);
  assert.deepEqual(warningsOf(full, "03711", true, { at: TWO_MONTHS_LATER }), ["below_last"]);
});

test("a size that is not on file is taken as the largest at home; a turbine's is not guessed", () => {
  assert.equal(mostSince(meterAt("0"), TWO_MONTHS_LATER), String(240 * 62));
  assert.equal(mostSince({ ...meterAt("0"), kind: "rotary_turbine" }, TWO_MONTHS_LATER), null);
  assert.equal(mostSince({ ...meterAt("0"), last: null }, TWO_MONTHS_LATER), null);
});

test("two readings on one day have a day between them, even when the phone's clock was set back", () => {
  assert.equal(mostSince(meterAt("0"), "2026-09-20T10:05:00+08:00"), "240");
  assert.equal(mostSince(meterAt("0"), "2026-09-19T10:00:00+08:00"), "240");
});

test("a figure without a whole digit is none yet", () => {
  assert.equal(readingOf(meterAt("0"), ".5"), "");
  assert.equal(readingOf(meterAt("0"), "about"), "");
});

test("an exchange is written with what is known of it, and what is not known is not taken to be anything", () => {
  const known = { serial: "N2", final: "1250", initial: "0" };
  assert.deepEqual(exchangeWritten(known), known);
  assert.deepEqual(exchangeWritten({ serial: "", final: "", initial: "3" }), { initial: "3" });
  assert.deepEqual(exchangeIn({ exchange: { initial: "3" } }), { serial: "", final: "", initial: "3" });
  assert.deepEqual(exchangeIn({ exchange: exchangeWritten({ serial: "", final: "", initial: "" }) }), {
    serial: "",
    final: "",
    initial: "",
  });
  assert.equal(exchangeIn({}), null);
  assert.equal(exchangeIn(undefined), null);
});

/** What the policy section `readings` holds where a company has changed nothing. */
const TRADE = { jump_percent: 150, jump_more: 20, low_percent: 50, low_less: 20, most_per_hour: "10" };

test("the phone judges a reading as the office does", () => {
  // The same cases are judged by fieldsvc/readings/judge.py, in tests/fieldsvc/test_reading_rules.py.
  const cases = JSON.parse(readFileSync(new URL("reading-vectors.json", import.meta.url), "utf8"));
  for (const one of cases) {
    const usual = one.usual ? { low: one.usual[0], high: one.usual[1] } : null;
    const meter = { ...meterAt(one.last ?? "", usual), ...(one.last ? {} : { last: null }) };
    const rules = { ...TRADE, ...one.rules };
    const how = { at: one.at ?? "2026-11-20T10:00:00+08:00", exchange: exchangeIn(one), ...(one.rules && { rules }) };
    assert.deepEqual(warningsOf(meter, one.value, one.running, how).sort(), [...one.marks].sort(), one.name);
  }
});
