import assert from "node:assert/strict";
import { test } from "node:test";
import { progress, whatIsMissing } from "../../static/app/missing.js";

const SHA = "ab".repeat(32);
const CHECKLIST = {
  id: "gas.residential",
  script: [
    { id: "knock", name: { en: "Knock" } },
    { id: "badge", name: { en: "Show the badge" } },
  ],
  talk: [{ id: "leak", name: { en: "What to do when gas leaks" } }],
  items: [
    {
      id: "pipe",
      points: [
        { id: "PIPE-C1", name: { en: "Pipe" }, required: true },
        { id: "PIPE-C8", name: { en: "Tightness" }, required: false },
      ],
    },
    {
      id: "hose",
      points: [
        { id: "HOSE-C1", name: { en: "Hose" }, required: true },
        { id: "HOSE-C2", name: { en: "Hose length" }, required: true },
      ],
    },
  ],
};
const HAZARD = {
  id: "h1",
  item: "hose",
  level: 2,
  position: "meter",
  solutions: [0],
  due: "2026-12-01",
  withdrawn: null,
};
const PHOTO = { purpose: "hazard", ref: "h1" };

/** A visit with nothing left to do. @param {Record<string, any>} [more] @returns {Record<string, any>} */
function complete(more = {}) {
  return {
    steps: { knock: {}, badge: {}, leak: {} },
    customer: { confirmed: {} },
    checks: {
      pipe: { "PIPE-C1": { result: "pass" } },
      hose: { "HOSE-C1": { result: "pass" }, "HOSE-C2": { result: "pass_note" } },
    },
    meters: [{ id: "m1", serial: "A1" }],
    readings: { m1: { value: "00123.400", running: true, photo: SHA } },
    ...{ hazards: {}, photos: {}, outcome: null },
    signatures: {
      customer: { image: SHA, name: "王芳", stale: false },
      technician: { image: SHA, name: "李检", stale: false },
    },
    ...more,
  };
}

/** @param {Record<string, any>} more @param {{outcome?: string, reason?: string}} [ending] */
const missing = (more, ending) =>
  whatIsMissing(complete(more), CHECKLIST, ending).map(({ step, text }) => `${step}: ${text}`);

test("a visit with everything done lacks nothing, and every step counts to its end", () => {
  assert.deepEqual(missing({}), []);
  assert.deepEqual(progress(complete(), CHECKLIST), {
    door: { done: 2, total: 2 },
    customer: { done: 1, total: 1 },
    items: { pipe: { done: 1, total: 1 }, hose: { done: 2, total: 2 } },
    allItems: { done: 3, total: 3 },
    meter: { done: 2, total: 2 },
    talk: { done: 1, total: 1 },
    sign: { done: 2, total: 2 },
  });
});

test("an untouched visit lacks every step, in the order of the steps", () => {
  const untouched = complete({ steps: {}, customer: { confirmed: null }, checks: {}, readings: {}, signatures: {} });
  const steps = whatIsMissing(untouched, CHECKLIST).map(({ step }) => step);
  assert.deepEqual([...new Set(steps)], ["door", "customer", "items", "meter", "talk", "sign"]);
  const far = progress(untouched, CHECKLIST);
  assert.deepEqual(
    [far.door.done, far.customer.done, far.allItems.done, far.meter.done, far.talk.done, far.sign.done],
    [0, 0, 0, 0, 0, 0],
  );
});

test("a step of the script that is not ticked is named", () => {
  assert.deepEqual(missing({ steps: { knock: {}, leak: {} } }), ["door: Show the badge"]);
  assert.deepEqual(missing({ steps: { knock: {}, badge: {} } }), ["talk: What to do when gas leaks"]);
});

test("a required point must be judged, an optional one need not", () => {
  const checks = { pipe: {}, hose: complete().checks.hose };
  assert.deepEqual(missing({ checks }), ["items: Pipe"]);
});

test("could not see, and not applicable where it is required, want a reason", () => {
  const { hose } = complete().checks;
  for (const result of ["not_accessible", "na"]) {
    assert.deepEqual(missing({ checks: { hose, pipe: { "PIPE-C1": { result } } } }), ["items: Say why: Pipe"]);
    assert.deepEqual(missing({ checks: { hose, pipe: { "PIPE-C1": { result, note: "behind a cupboard" } } } }), []);
  }
  assert.deepEqual(
    missing({ checks: { hose, pipe: { "PIPE-C1": { result: "pass" }, "PIPE-C8": { result: "na" } } } }),
    [],
  );
});

const failed = { pipe: complete().checks.pipe, hose: { "HOSE-C1": { result: "fail" }, "HOSE-C2": { result: "pass" } } };

test("a failed point wants a live hazard of its item", () => {
  assert.deepEqual(missing({ checks: failed }), ["items: Record the hazard: Hose"]);
  const withdrawn = { h1: { ...HAZARD, withdrawn: { reason: "mistake" } } };
  assert.deepEqual(missing({ checks: failed, hazards: withdrawn }), ["items: Record the hazard: Hose"]);
  const elsewhere = { h1: { ...HAZARD, item: "pipe" } };
  assert.deepEqual(missing({ checks: failed, hazards: elsewhere, photos: { [SHA]: PHOTO } }), [
    "items: Record the hazard: Hose",
  ]);
  assert.deepEqual(missing({ checks: failed, hazards: { h1: HAZARD }, photos: { [SHA]: PHOTO } }), []);
});

test("an optional point that failed wants its hazard too", () => {
  const checks = { ...complete().checks, pipe: { "PIPE-C1": { result: "pass" }, "PIPE-C8": { result: "fail" } } };
  assert.deepEqual(missing({ checks }), ["items: Record the hazard: Tightness"]);
});

test("a hazard wants a photo of its own, a remedy and a date", () => {
  const bare = { h1: { ...HAZARD, solutions: [], due: null } };
  const wants = [
    "items: Take a photo of the hazard",
    "items: Choose what has to be done",
    "items: Say by when it has to be done",
  ];
  assert.deepEqual(missing({ checks: failed, hazards: bare }), wants);
  for (const photo of [
    { ...PHOTO, ref: "other" },
    { ...PHOTO, purpose: "meter" },
    { ...PHOTO, removed: { reason: "blurred" } },
  ]) {
    assert.deepEqual(missing({ checks: failed, hazards: { h1: HAZARD }, photos: { [SHA]: photo } }), wants.slice(0, 1));
  }
});

test("a hazard of no known item is not forgotten", () => {
  const hazards = { h1: { ...HAZARD, item: "roof" } };
  assert.deepEqual(missing({ hazards }), ["items: Take a photo of the hazard"]);
});

test("every meter wants a reading or the reason why not, and a photo of the dial", () => {
  assert.deepEqual(missing({ readings: {} }), ["meter: Read the meter A1", "meter: Take a photo of the dial"]);
  const photos = { [SHA]: { purpose: "meter", ref: "m1" } };
  assert.deepEqual(missing({ readings: { m1: { unreadable: "blocked" } }, photos }), []);
  const two = {
    meters: [
      { id: "m1", serial: "A1" },
      { id: "m2", serial: "B2" },
    ],
  };
  assert.deepEqual(missing({ ...two, photos: { [SHA]: { purpose: "meter" } } }), [
    "meter: Read the meter B2",
    "meter: Take a photo of the dial",
  ]);
});

test("a home without a meter lacks no reading", () => {
  assert.deepEqual(missing({ meters: [], readings: {} }), []);
});

test("the customer signs or says why not; the technician signs", () => {
  const { customer, technician } = complete().signatures;
  assert.deepEqual(missing({ signatures: { technician } }), ["sign: The customer signs, or says why not"]);
  assert.deepEqual(missing({ signatures: { technician, customer: { refused: true, reason: "" } } }), [
    "sign: The customer signs, or says why not",
  ]);
  assert.deepEqual(missing({ signatures: { technician, customer: { refused: true, reason: "in a hurry" } } }), []);
  assert.deepEqual(missing({ signatures: { customer } }), ["sign: Sign yourself"]);
});

test("a stale signature is asked for again", () => {
  const { customer, technician } = complete().signatures;
  assert.equal(missing({ signatures: { technician, customer: { ...customer, stale: true } } }).length, 1);
  assert.equal(missing({ signatures: { customer, technician: { ...technician, stale: true } } }).length, 1);
});

test("nobody home and entry refused need only the reason and a photo of the door", () => {
  const untouched = { steps: {}, customer: { confirmed: null }, checks: {}, readings: {}, signatures: {} };
  for (const outcome of ["no_access", "refused"]) {
    assert.deepEqual(missing(untouched, { outcome }), ["door: Choose the reason", "door: Take a photo of the door"]);
    const photos = { [SHA]: { purpose: "door" } };
    assert.deepEqual(missing({ ...untouched, photos }, { outcome, reason: "not_home" }), []);
  }
  assert.deepEqual(
    missing({ ...untouched, photos: { [SHA]: { purpose: "refusal" } } }, { outcome: "refused", reason: "x" }),
    [],
  );
  assert.deepEqual(missing(untouched, { outcome: "stopped", reason: "smell of gas" }), []);
});

test("a closed visit is measured by the outcome it has", () => {
  const photos = { [SHA]: { purpose: "door" } };
  assert.deepEqual(
    missing({ steps: {}, checks: {}, photos, outcome: { outcome: "no_access", reason: "not_home" } }),
    [],
  );
});

test("a hazard that an earlier visit left open is asked about at every visit, until it is said to be put right or not", () => {
  const previous = { open_hazards: [{ id: "old", level: 2 }] };
  const asked = "items: Say whether the hazard of last time was put right";
  assert.deepEqual(missing({ previous }), [asked]);
  assert.deepEqual(progress(complete({ previous }), CHECKLIST).items.earlier, { done: 0, total: 1 });
  for (const result of ["fixed", "not_fixed"]) {
    assert.deepEqual(missing({ previous, verifications: { old: { result } } }), []);
  }
  assert.deepEqual(
    missing({ previous, photos: { p: { purpose: "door" } } }, { outcome: "no_access", reason: "vacant" }),
    [],
  );
});

test("a kind of visit asks only for the steps it has, in their order", () => {
  const nothing = complete({ steps: {}, customer: {}, checks: {}, readings: {}, signatures: {} });
  const asked = whatIsMissing(nothing, { ...CHECKLIST, steps: ["door", "sign"] });
  assert.deepEqual([...new Set(asked.map(({ step }) => step))], ["door", "sign"]);
});

test("work that fails says why, and is no hazard", () => {
  const job = {
    id: "water.repair",
    inspects: false,
    steps: ["items"],
    items: [{ id: "work", points: [{ id: "W-C1", name: { en: "Tight" }, required: true }] }],
  };
  const failed = (/** @type {object} */ more) =>
    complete({ checks: { work: { "W-C1": { result: "fail", ...more } } } });
  assert.deepEqual(
    whatIsMissing(failed({}), job).map(({ point }) => point),
    ["W-C1"],
  );
  assert.deepEqual(whatIsMissing(failed({ note: "still drips" }), job), []);
});
