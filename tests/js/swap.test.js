import assert from "node:assert/strict";
import { test } from "node:test";
import { isSomethingOpen, letIn } from "../../static/app/ui/swap.js";

const begun = { by: { id: "li", name: "李检" }, at: new Date().toISOString() };

/** Today with these visits, and a newer version that counts how often it was let in. @param {object[]} visits @param {object} [more] */
function today(visits, more = {}) {
  const said = { applied: 0 };
  const stage = {
    visits,
    notSaved: [],
    catalog: {},
    route: { name: "today", path: "/app" },
    drafts: { onDisk: async () => undefined },
    app: { update: { apply: () => (said.applied += 1) } },
    ...more,
  };
  return { stage: /** @type {any} */ (stage), said };
}

test("a new version waits for a visit that was begun today, and not for one that nobody ever closed (lesson 15)", () => {
  const long = { ...begun, at: new Date(Date.now() - 3 * 86_400_000).toISOString() };
  assert.equal(
    isSomethingOpen(today([{ start: null }, { start: begun, outcome: { outcome: "completed" } }]).stage),
    false,
  );
  assert.equal(isSomethingOpen(today([{ start: null }, { start: begun, outcome: null }]).stage), true);
  assert.equal(isSomethingOpen(today([{ start: long, outcome: null }]).stage), false);
  assert.equal(isSomethingOpen(today([{ start: begun, outcome: null, state: "cancelled" }]).stage), false);
});

test("it waits for what is not saved: that lives on this page alone (lesson 2)", () => {
  assert.equal(isSomethingOpen(today([], { notSaved: [{}] }).stage), true);
  assert.equal(isSomethingOpen(today(/** @type {any} */ (null)).stage), true, "and for the visits to be read");
});

test("it is let in on Today alone, once what was typed is on the disk, unless something was opened meanwhile", async () => {
  const free = today([]);
  await letIn(free.stage);
  assert.equal(free.said.applied, 1);
  const late = today([]);
  late.stage.drafts.onDisk = async () => {
    late.stage.route = { name: "visit", path: "/app/visit/v1" };
  };
  await letIn(late.stage);
  assert.equal(late.said.applied, 0);
});
