/** What is charged in figures, by the same vectors as the server's half; and when the customer still has to sign for it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { amountOf, isAgreed, quantityOf, stepped, totalOf, wantsAgreement } from "../../static/app/charges.js";

const VECTORS = JSON.parse(readFileSync(new URL("charge-vectors.json", import.meta.url), "utf8"));

test("a line is rounded half up to the cent, and the total is the sum of the lines", () => {
  for (const { quantity, price, amount } of VECTORS.amounts) assert.equal(amountOf({ quantity, price }), amount);
  for (const { lines, total } of VECTORS.totals) assert.equal(totalOf(lines), total);
});

test("a quantity is more than nothing, to the thousandth, and may be typed with a comma", () => {
  assert.deepEqual(["2,5", "0010", "0.125", " 3 "].map(quantityOf), ["2.5", "10", "0.125", "3"]);
  assert.deepEqual(["0", "-1", "", "x", "0.1234", "100000", "1e3"].map(quantityOf), Array(7).fill(null));
});

test("a quantity is counted up and down by whole ones, never below one", () => {
  assert.equal(stepped("1", -1), "1");
  assert.equal(stepped("1", 1), "2");
  assert.equal(stepped("2.5", -1), "1.5");
  assert.equal(stepped("1.5", -1), "1.5");
  assert.equal(stepped("99999", 1), "99999");
});

test("the customer signs for the prices where the kind says so, as long as no signature covers them as they are", () => {
  const point = { id: "PAID-C3" };
  const rules = [{ id: "signed_before_work", list: "PAID-C3", work: ["PAID-C4"] }];
  assert.equal(isAgreed({ rules }, point), true);
  assert.equal(isAgreed({ rules: [{ ...rules[0], agreed: "PAID-C2" }] }, point), false);
  assert.equal(isAgreed({}, point), false);
  const charged = { checks: { request: { "PAID-C3": { lines: [{ code: "P-01", quantity: "1", price: "30.00" }] } } } };
  const signed = { image: "x", stale: false, covers: ["request/PAID-C3"] };
  const wants = (/** @type {object} */ more) => wantsAgreement({ ...charged, ...more }, "request", point);
  assert.equal(wants({}), true);
  assert.equal(wants({ signatures: { agreement: signed } }), false);
  assert.equal(wants({ signatures: { agreement: { ...signed, stale: true } } }), true);
  assert.equal(wants({ signatures: { agreement: { ...signed, covers: ["other/X-C1"] } } }), true);
  assert.equal(wantsAgreement({ checks: { request: { "PAID-C3": { lines: [] } } } }, "request", point), false);
});
