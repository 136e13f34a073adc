import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../static/app/overlay.js";

const ME = { id: "u1", name: "李检" };
const VISIT = "0193a1c0-0000-7000-8000-000000000001";
const HAZARD = "0193a1c2-0000-7000-8000-000000000001";
const SHA = "ab".repeat(32);
let made = 0;

/** @param {string} kind @param {Record<string, any>} [data] @param {object} [more] */
function op(kind, data = {}, more = {}) {
  made += 1;
  return {
    id: `op-${made}`,
    seq: made,
    visit: VISIT,
    kind,
    at: `2026-11-21T09:00:${String(made % 60).padStart(2, "0")}.000+08:00`,
    base: 10,
    data,
    ...more,
  };
}

/** @param {Record<string, any>} [more] @returns {Record<string, any>} */
function document(more = {}) {
  return {
    ...{ id: VISIT, version: 10, state: "planned", start: null, outcome: null, notes: [], conflicts: [], notices: [] },
    customer: { id: "c1", name: "王芳", phone: "13900000000", confirmed: null, corrected: {} },
    ...{ steps: {}, checks: {}, readings: {}, hazards: {}, photos: {}, signatures: {} },
    ...more,
  };
}

/** @param {Record<string, any>} pulled @param {any[]} ops @returns {Record<string, any>} */
function shown(pulled, ...ops) {
  return /** @type {Record<string, any>} */ (overlay(pulled, ops, ME));
}

const hazardData = {
  hazard: HAZARD,
  code: "HOSE-02",
  item: "hose",
  level: 2,
  position: "after_appliance_valve",
  solutions: [0],
  due: "2026-12-01",
  stop_gas: "none",
};

test("the pulled document is not changed", () => {
  const pulled = document();
  const before = structuredClone(pulled);
  shown(
    pulled,
    op("check.set", { item: "hose", point: "HOSE-C1", result: "pass" }),
    op("customer.correct", { field: "phone", value: "1" }),
  );
  assert.deepEqual(pulled, before);
});

test("a start, a tick and a confirmation say who and when", () => {
  const start = op("visit.start", { location: { lat: 1, lon: 2, accuracy: 3 } });
  const tick = op("step.tick", { step: "knock" });
  const confirm = op("customer.confirm");
  const visit = shown(document(), start, tick, confirm);
  assert.deepEqual(visit.start, { location: { lat: 1, lon: 2, accuracy: 3 }, by: ME, at: start.at, op: start.id });
  assert.deepEqual(visit.steps.knock, { by: ME, at: tick.at, op: tick.id });
  assert.equal(visit.customer.confirmed.by, ME);
  assert.equal(visit.state, "started");
});

test("a correction shows the new value and keeps what was on file, also when it is corrected twice", () => {
  const visit = shown(
    document(),
    op("customer.correct", { field: "phone", value: "1" }),
    op("customer.correct", { field: "phone", value: "2" }),
  );
  assert.equal(visit.customer.phone, "2");
  assert.deepEqual(visit.customer.corrected, { phone: "13900000000" });
});

test("a check shows its last result and the op that gave it", () => {
  const last = op("check.set", { item: "hose", point: "HOSE-C2", result: "fail", value: "9", note: "old" });
  const visit = shown(document(), op("check.set", { item: "hose", point: "HOSE-C2", result: "pass" }), last);
  assert.deepEqual(visit.checks.hose["HOSE-C2"], {
    result: "fail",
    value: "9",
    note: "old",
    by: ME,
    at: last.at,
    op: last.id,
  });
});

test("a reading keeps its digits as typed, or the reason why there are none", () => {
  const visit = shown(
    document(),
    op("reading.set", { meter: "m1", value: "00123.400", running: true }),
    op("reading.set", { meter: "m2", unreadable: "blocked" }),
  );
  assert.equal(visit.readings.m1.value, "00123.400");
  assert.equal(visit.readings.m2.unreadable, "blocked");
});

test("a hazard can be added, changed, verified and withdrawn", () => {
  const add = op("hazard.add", hazardData);
  const visit = shown(document(), add, op("hazard.set", { hazard: HAZARD, field: "level", value: 1 }));
  const hazard = visit.hazards[HAZARD];
  assert.equal(hazard.level, 1);
  assert.deepEqual(
    [hazard.id, hazard.name, hazard.note, hazard.withdrawn, hazard.verified, hazard.at],
    [HAZARD, null, null, null, null, add.at],
  );
  const verified = shown(visit, op("hazard.verify", { hazard: HAZARD, result: "fixed" }));
  assert.equal(verified.hazards[HAZARD].verified.result, "fixed");
  const withdrawn = shown(visit, op("hazard.withdraw", { hazard: HAZARD, reason: "mistake" }));
  assert.equal(withdrawn.hazards[HAZARD].withdrawn.reason, "mistake");
});

test("a hazard of an earlier visit is verified beside this visit's own", () => {
  const visit = shown(document(), op("hazard.verify", { hazard: "older", result: "not_fixed", note: "still leaks" }));
  assert.equal(visit.verifications.older.result, "not_fixed");
  assert.deepEqual(visit.hazards, {});
});

test("a photo is there before the server has it, and a removed one says why", () => {
  const add = op("photo.add", { sha256: SHA, purpose: "hazard", ref: HAZARD, taken_at: "2026-11-21T09:00:00+08:00" });
  const visit = shown(document(), add);
  assert.equal(visit.photos[SHA].arrived, false);
  assert.equal(visit.photos[SHA].ref, HAZARD);
  assert.equal(
    shown(visit, op("photo.remove", { sha256: SHA, reason: "blurred" })).photos[SHA].removed.reason,
    "blurred",
  );
});

test("a photo that has arrived still has, when its own entry is laid on again", () => {
  const add = op("photo.add", { sha256: SHA, purpose: "door", taken_at: "2026-11-21T09:00:00+08:00" });
  const pulled = document({ photos: { [SHA]: { sha256: SHA, purpose: "door", arrived: true, op: add.id } } });
  assert.equal(shown(pulled, add).photos[SHA].arrived, true);
});

test("a signature is fresh until the signer's own phone changes what was signed", () => {
  const sign = op("sign", { role: "customer", name: "王芳", strokes: [[1, 2]], image: SHA, rating: 5 });
  const fresh = shown(document(), sign, op("visit.close", { outcome: "completed" }));
  assert.equal(fresh.signatures.customer.stale, false);
  for (const later of [
    op("check.set", { item: "hose", point: "HOSE-C1", result: "fail" }),
    op("reading.set", { meter: "m1", value: "1", running: true }),
    op("hazard.add", hazardData),
    op("customer.correct", { field: "phone", value: "1" }),
  ]) {
    assert.equal(shown(document(), sign, later).signatures.customer.stale, true, later.kind);
  }
  for (const harmless of [op("note.add", { text: "x" }), op("step.tick", { step: "talk" }), op("customer.confirm")]) {
    assert.equal(shown(document(), sign, harmless).signatures.customer.stale, false, harmless.kind);
  }
});

test("a signature that says what it covers goes stale with that alone", () => {
  const sign = { role: "agreement", name: "王芳", strokes: [[1, 2]], image: SHA, covers: ["request/PAID-C3"] };
  const work = op("check.set", { item: "work", point: "PAID-C4", result: "pass" });
  const lines = [{ code: "P-01", quantity: "2", price: "30.00" }];
  const charge = op("check.set", { item: "request", point: "PAID-C3", result: "pass", lines, list: 4 });
  assert.equal(shown(document(), op("sign", sign), work).signatures.agreement.stale, false);
  const charged = shown(document(), op("sign", sign), charge);
  assert.equal(charged.signatures.agreement.stale, true);
  assert.deepEqual([charged.checks.request["PAID-C3"].lines, charged.checks.request["PAID-C3"].list], [lines, 4]);
});

test("signing again after a change makes the signature fresh", () => {
  const sign = { role: "customer", name: "王芳", strokes: [[1, 2]], image: SHA };
  const visit = shown(document(), op("sign", sign), op("hazard.add", hazardData), op("sign", sign));
  assert.equal(visit.signatures.customer.stale, false);
});

test("a refusal to sign stands where the signature would", () => {
  const visit = shown(document(), op("sign.refuse", { role: "customer", reason: "in a hurry", witness: "门卫" }));
  assert.deepEqual(
    [visit.signatures.customer.refused, visit.signatures.customer.reason, visit.signatures.customer.witness],
    [true, "in a hurry", "门卫"],
  );
});

test("closing shows the outcome and closes the visit", () => {
  const visit = shown(
    document(),
    op("visit.close", { outcome: "no_access", reason: "not_home", next_at: "2026-11-25" }),
  );
  assert.equal(visit.state, "closed");
  assert.deepEqual(
    [visit.outcome.outcome, visit.outcome.reason, visit.outcome.next_at],
    ["no_access", "not_home", "2026-11-25"],
  );
});

test("notes add up, and one that has come back is not shown twice", () => {
  const note = op("note.add", { text: "dog" });
  const visit = shown(document(), note, op("note.add", { text: "big dog" }));
  assert.deepEqual(
    visit.notes.map((/** @type {any} */ one) => one.text),
    ["dog", "big dog"],
  );
  assert.equal(shown(visit, note).notes.length, 2);
});

test("laying on what the document already holds changes nothing, not even a signature", () => {
  const ops = [
    op("visit.start"),
    op("check.set", { item: "hose", point: "HOSE-C2", result: "fail" }),
    op("hazard.add", hazardData),
    op("hazard.set", { hazard: HAZARD, field: "level", value: 1 }),
    op("reading.set", { meter: "m1", value: "1", running: true }),
    op("customer.correct", { field: "phone", value: "1" }),
    op("sign", { role: "customer", name: "王芳", strokes: [[1, 2]], image: SHA }),
  ];
  const pulled = shown(document(), ...ops);
  assert.deepEqual(shown(pulled, ...ops), pulled);
});

test("a conflict ends when this phone writes the field having seen it, and stays when it had not", () => {
  const conflicts = [
    { field: "checks/hose/HOSE-C2", values: [] },
    { field: "outcome", values: [] },
  ];
  const check = { item: "hose", point: "HOSE-C2", result: "pass" };
  assert.deepEqual(shown(document({ conflicts }), op("check.set", check)).conflicts, [conflicts[1]]);
  assert.deepEqual(shown(document({ conflicts }), op("check.set", check, { base: 9 })).conflicts, conflicts);
});

test("a visit that only this phone knows is shown from its first entry", () => {
  const visit = overlay(
    undefined,
    [op("visit.create", { type: "gas.inspection", customer: "c1", lookup: "token" }), op("note.add", { text: "x" })],
    ME,
  );
  assert.equal(visit?.type, "gas.inspection");
  assert.equal(visit?.notes.length, 1);
  assert.equal(overlay(undefined, [op("note.add", { text: "x" })], ME), undefined);
});

test("a visit that this phone opened shows the customer's file where another visit has it, and what was typed where none has", () => {
  const opened = op("visit.create", {
    type: "gas.inspection",
    customer: "c1",
    account: "",
    meters: [{ id: "m9", serial: "N9" }],
  });
  const typed = op("customer.correct", { field: "address", value: "Riverside 8" });
  const alone = overlay(undefined, [opened, typed], ME);
  assert.deepEqual(alone?.planned, { date: opened.at.slice(0, 10), from: null });
  assert.deepEqual([alone?.customer.name, alone?.customer.address], ["", "Riverside 8"]);
  assert.deepEqual(alone?.customer.corrected, { address: "" });
  assert.deepEqual(alone?.meters, [{ id: "m9", serial: "N9", kind: "diaphragm", digits: 5, decimals: 3 }]);

  const corrected = { name: "Wang Fnag" };
  const customer = { id: "c1", account: "851", name: "Wang Fang", corrected, confirmed: { at: "then" } };
  const home = document({ customer, meters: [{ id: "m1", serial: "N1" }], previous: { outcome: "completed" } });
  const known = overlay(undefined, [opened], ME, home);
  // What another visit corrected waits for the office: the file is what it was.
  assert.deepEqual(known?.customer, { id: "c1", account: "851", name: "Wang Fnag", corrected: {}, confirmed: null });
  assert.deepEqual([known?.meters, known?.previous], [home.meters, home.previous]);
});

test("a kind that this version does not know leaves the document as it is", () => {
  const pulled = document({ state: "started" });
  assert.deepEqual(shown(pulled, op("unheard.of", { x: 1 })), pulled);
});

test("entries laid on one by one, as they are tapped, show what all of them at once show", () => {
  const ops = [
    op("visit.start"),
    op("step.tick", { step: "knock" }),
    op("check.set", { item: "pipe", point: "PIPE-C1", result: "fail" }),
    op("hazard.add", { hazard: HAZARD, code: "PIPE-01", item: "pipe", level: 2, position: "after", due: "2026-12-01" }),
    op("sign", { role: "customer", name: "王芳", strokes: 3, image: SHA }),
    op("customer.correct", { field: "phone", value: "13911111111" }),
    op("note.add", { text: "a" }),
    op("visit.close", { outcome: "completed" }),
  ];
  const given = document();
  const one = ops.reduce((shown, each) => /** @type {any} */ (overlay(shown, [each], ME)), given);
  assert.deepEqual(one, overlay(given, ops, ME));
});
