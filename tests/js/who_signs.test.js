import assert from "node:assert/strict";
import { test } from "node:test";
import { workerWords, wrongSigner } from "../../static/app/ui/who_signs.js";

const words = /** @type {any} */ ({ _: (/** @type {string} */ said) => said });

test("who did a job is no inspector, and who inspected is one", () => {
  assert.deepEqual(workerWords({ inspects: false }, words), {
    sign: "Sign as technician",
    place: "Signature of the technician",
    signed: "The technician has signed",
    notHere: "The customer signs here, not the technician.",
  });
  for (const said of Object.values(workerWords({}, words))) assert.match(said, /inspector/);
});

test("the worker who signs for the customer is turned away by the name that the visit gives him", () => {
  const at = (/** @type {object} */ checklist) =>
    /** @type {any} */ ({ app: { user: { name: "李检" } }, checklist: () => checklist });
  const visit = { id: "v1" };
  assert.match(wrongSigner(at({ inspects: false }), visit, "李 检")?.(words) ?? "", /not the technician/);
  assert.match(wrongSigner(at({ inspects: true }), visit, "李检")?.(words) ?? "", /not the inspector/);
  assert.equal(wrongSigner(at({ inspects: false }), visit, "王芳"), null);
});
