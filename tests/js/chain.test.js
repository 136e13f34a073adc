import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { canonical, chainNext, chainStart } from "../../static/app/chain.js";

const vectors = JSON.parse(readFileSync(new URL("./chain-vectors.json", import.meta.url), "utf8"));

test("the phone writes an op as the same bytes as the contract's reference phone", () => {
  for (const { op, canonical: expected } of vectors.ops) assert.equal(canonical(op), expected);
});

test("the chain over a log gives the same links as the contract's reference phone", async () => {
  let chain = await chainStart(vectors.device);
  assert.equal(chain, vectors.start);
  for (const { canonical: text, chain: expected } of vectors.ops) {
    chain = await chainNext(chain, text);
    assert.equal(chain, expected);
  }
});

test("what the wire does not know is refused before it is hashed", () => {
  for (const value of [1.5, NaN, 2 ** 60, "half a \ud83d", new Date(0), 1n]) {
    assert.throws(() => canonical({ value }), TypeError);
  }
});

test("members without a value are left out, null stays", () => {
  assert.equal(canonical({ b: undefined, a: null }), '{"a":null}');
});
