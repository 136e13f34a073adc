import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { whatIsMissing } from "../../static/app/missing.js";
import { lockedBy, warnedOf } from "../../static/app/rules.js";

const told = JSON.parse(readFileSync(new URL("rule-vectors.json", import.meta.url), "utf8"));

/** @typedef {Record<string, any>} Json */

/** @param {Json[]} rules @returns {Json} */
const listWith = (rules) => ({
  ...told.checklist,
  rules: rules.map((rule) => ({ say: { en: `Keep ${rule.id}` }, ...rule })),
});

/** Where a missing thing stands, as the vectors name it. @param {import("../../static/app/missing.js").Missing} missing */
function where({ rule, point, hazard, meter, step, text }) {
  const role = text.includes("yourself") ? "technician" : rule === "two_signers" ? "witness" : "customer";
  const place = hazard ?? meter ?? point?.replace("earlier-", "") ?? (step === "sign" ? role : step);
  return `${rule || "no_blank"}@${place}`;
}

for (const { title, rules, change, broken } of told.vectors) {
  test(title, () => {
    const missing = whatIsMissing({ ...told.document, ...change, outcome: null }, listWith(rules));
    const ruled = missing.filter(({ rule }) => rules.some((/** @type {Json} */ { id }) => id === (rule || "no_blank")));
    assert.deepEqual(ruled.map(where).sort(), broken.toSorted());
    assert.ok(
      ruled.every(({ text }) => text.length > 3),
      "each says in words what is missing",
    );
  });
}

test("what a rule wants of a point says the point and the rule, and leads to it", () => {
  const rules = [{ id: "photo_evidence" }];
  const [line] = whatIsMissing({ ...told.document, outcome: null }, listWith(rules));
  assert.deepEqual(line, {
    ...{ step: "items", item: "work", point: "WORK-C1" },
    ...{ text: "WORK-C1 · Keep photo_evidence", rule: "photo_evidence" },
  });
});

test("a rule that a kind does not declare asks for nothing", () => {
  const bare = { ...told.document, checks: {}, readings: {}, signatures: {}, customer: {}, steps: {}, outcome: null };
  const missing = whatIsMissing(bare, { ...listWith([]), steps: ["customer", "items", "meter", "sign"] });
  assert.deepEqual(missing, []);
});

test("gas that has to wait is locked, and says why until nothing is open", () => {
  const rule = { id: "no_gas_with_hazard", points: ["WORK-C3"] };
  const open = { ...told.document, hazards: { h1: { item: "work", withdrawn: null, verified: null } } };
  assert.deepEqual(lockedBy(open, listWith([rule]), "WORK-C3"), { why: "Keep no_gas_with_hazard", only: "pass" });
  assert.equal(lockedBy(open, listWith([rule]), "WORK-C2"), null);
  open.hazards.h1.verified = /** @type {any} */ ({ result: "fixed" });
  assert.equal(lockedBy(open, listWith([rule]), "WORK-C3"), null);
});

test("everything waits until people are safe, but for what makes them safe", () => {
  const list = listWith([{ id: "evacuate_first", points: ["WORK-C3"] }]);
  assert.deepEqual(lockedBy(told.document, list, "WORK-C1"), { why: "Keep evacuate_first", only: "" });
  assert.equal(lockedBy(told.document, list, "WORK-C3"), null);
  const safe = { ...told.document, checks: { work: { "WORK-C3": { result: "pass" } } } };
  assert.equal(lockedBy(safe, list, "WORK-C1"), null);
});

test("a point that no choice asks for is locked until one does", () => {
  const list = listWith([{ id: "required_when", point: "WORK-C1", value: "on", then: ["WORK-C2"] }]);
  assert.deepEqual(lockedBy(told.document, list, "WORK-C2"), { why: "Keep required_when", only: "" });
  const chosen = { ...told.document, checks: { work: { "WORK-C1": { result: "pass", value: "on" } } } };
  assert.equal(lockedBy(chosen, list, "WORK-C2"), null);
});

test("a notice that is not old enough warns at its point, until the power is cut", () => {
  const rule = { id: "served_ahead", point: "WORK-C1", value: "served", served: "WORK-C2", days: "7", cut: "WORK-C3" };
  const at = "2026-11-20T09:00:00+08:00";
  const work = {
    "WORK-C1": { result: "pass", value: "served", at },
    "WORK-C2": { result: "pass", note: "2026-11-19" },
  };
  const early = { ...told.document, checks: { work } };
  assert.equal(warnedOf(early, listWith([rule]), "WORK-C2"), "Keep served_ahead");
  assert.equal(warnedOf(early, listWith([rule]), "WORK-C1"), "");
  const cut = { ...told.document, checks: { work: { ...work, "WORK-C3": { result: "pass", at } } } };
  assert.equal(warnedOf(cut, listWith([rule]), "WORK-C2"), "", "what is done is for the office to judge");
});

test("prices are held against the list that the phone has, and left to the office where they are of another", () => {
  const prices = { edition: 3, lines: [{ code: "P1", price: "10.00" }] };
  const list = { ...listWith([{ id: "price_list", points: ["WORK-C4"] }]), prices };
  const charged = (/** @type {string} */ price, edition = 3) => ({
    ...{ ...told.document, outcome: null },
    checks: { work: { "WORK-C4": { result: "pass", lines: [{ code: "P1", quantity: "1", price }], list: edition } } },
  });
  const broken = (/** @type {Json} */ document) =>
    whatIsMissing(document, list)
      .map(where)
      .filter((one) => one.startsWith("price_list"));
  assert.deepEqual(broken(charged("10.00")), []);
  assert.deepEqual(broken(charged("12.00")), ["price_list@WORK-C4"]);
  assert.deepEqual(broken(charged("12.00", 2)), []);
});
