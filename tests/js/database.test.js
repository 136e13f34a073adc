import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Database } from "../../static/app/database.js";

let made = 0;

/** @param {import("node:test").TestContext} t */
function database(t) {
  const one = new Database(`database-${(made += 1)}`, { things: "id, &[shelf+place], colour", facts: "key" });
  t.after(() => one.close());
  return one;
}

const THINGS = [
  { id: "a", shelf: "left", place: 1, colour: "red" },
  { id: "b", shelf: "left", place: 2, colour: "blue" },
  { id: "c", shelf: "right", place: 1, colour: "red" },
];

/** @param {Database} one */
const filled = (one) => one.transaction("readwrite", ["things"], ({ things }) => things.bulkPut(THINGS));

/** @param {Database} one */
const ids = (one) => one.transaction("readonly", ["things"], ({ things }) => things.toCollection().primaryKeys());

test("rows are found by key, index and range, in the order of what they are found by", async (t) => {
  const one = database(t);
  await filled(one);
  await one.transaction("readonly", ["things"], async ({ things }) => {
    const left = () => things.where("[shelf+place]").between(["left", 0], ["left", Infinity]);
    assert.deepEqual(await things.bulkGet(["c", "none", "a"]), [THINGS[2], undefined, THINGS[0]]);
    assert.deepEqual(await left().toArray(), THINGS.slice(0, 2));
    assert.equal((await left().last()).id, "b");
    assert.deepEqual(await left().lastWhile((/** @type {any} */ { place }) => place > 1), [THINGS[1]]);
    assert.equal((await things.where("[shelf+place]").above(["left", Infinity]).first()).id, "c");
    assert.deepEqual(await things.where("colour").anyOf(["red", "blue", "red"]).primaryKeys(), ["b", "a", "c"]);
    assert.equal(await things.where("colour").equals("red").count(), 2);
    const red = things.where("colour").equals("red");
    assert.deepEqual(await red.filter((/** @type {any} */ { place }) => place === 1).primaryKeys(), ["a", "c"]);
    assert.equal((await things.orderBy("[shelf+place]").limit(2).toArray()).length, 2);
  });
});

test("a change reaches the rows that were meant and no others; what is not there is not made", async (t) => {
  const one = database(t);
  await filled(one);
  await one.transaction("readwrite", ["things"], async ({ things }) => {
    await things.where("colour").equals("red").modify({ colour: "green" });
    await things.update("none", { colour: "green" });
    assert.equal(await things.where("id").anyOf(["b"]).delete(), 1);
  });
  const rows = await one.transaction("readonly", ["things"], ({ things }) => things.toArray());
  assert.deepEqual(
    rows.map((/** @type {any} */ { id, colour }) => [id, colour]),
    [
      ["a", "green"],
      ["c", "green"],
    ],
  );
});

test("what a failed transaction wrote is not there, and its own error is told", async (t) => {
  const one = database(t);
  await filled(one);
  const failing = one.transaction("readwrite", ["things"], async ({ things }) => {
    await things.put({ id: "d", shelf: "new", place: 1 });
    throw new RangeError("ours");
  });
  await assert.rejects(failing, RangeError);
  const doubled = one.transaction("readwrite", ["things"], async ({ things }) => {
    await things.put({ id: "e", shelf: "new", place: 2 });
    await things.add({ id: "f", shelf: "left", place: 1 });
  });
  await assert.rejects(doubled, { name: "ConstraintError" });
  assert.deepEqual(await ids(one), ["a", "b", "c"]);
});

test("a database that the library of former versions made is the same database", async (t) => {
  const one = database(t);
  const request = indexedDB.open(one.name, 10);
  await new Promise((resolve) => {
    request.onupgradeneeded = () => {
      const things = request.result.createObjectStore("things", { keyPath: "id" });
      things.createIndex("[shelf+place]", ["shelf", "place"], { unique: true });
      things.createIndex("colour", "colour");
      things.put(THINGS[0]);
    };
    request.onsuccess = resolve;
  });
  request.result.close();
  assert.deepEqual(await ids(one), ["a"]);
});
