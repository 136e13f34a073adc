/** How warm a room has to be is the company's: how much, and whether every room or their average (domain.md 1.8, 7). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf } from "../../static/app/list_of.js";
import { resultOfFigure, resultsOfFigure } from "../../static/app/ui/judge.js";

const ROOMS = ["LIVING", "BED", "STUDY"];
const BROUGHT = { op: ">=", value: "18" };

/** @typedef {Record<string, any>} Json */

/** The list as the phone has it for a company. @param {Json} [heating] @returns {Json} its one item */
function rooms(heating) {
  const points = ROOMS.map((id) => ({ id, kind: "number", limit: BROUGHT, standard: "room_temperature" }));
  const other = { id: "PRESSURE", kind: "number", limit: BROUGHT };
  const checklists = [{ id: "heat.temperature", items: [{ id: "rooms", points: [...points, other] }] }];
  const visit_types = [{ id: "heat.temperature", checklist: "heat.temperature" }];
  const visit = { type: "heat.temperature", checklist: "heat.temperature" };
  return listOf({ checklists, visit_types, company: heating ? { heating } : {} }, visit).items[0];
}

/** What one more figure makes of the rooms. @param {Json} item @param {Json} checks @param {string} id @param {string} value */
function entered(item, checks, id, value) {
  const point = item.points.find((/** @type {Json} */ one) => one.id === id);
  return Object.fromEntries(resultsOfFigure(item, checks, point, value).map((one) => [one.point.id, one.result]));
}

const AVERAGE = { room_least: "18", room_by: "average" };
const EACH = { room_least: "18", room_by: "each" };

test("the company's figure takes the place of the trade's, at rooms alone", () => {
  const item = rooms({ room_least: "20.5", room_by: "each" });
  assert.deepEqual(item.points[0].limit, { op: ">=", value: "20.5" });
  assert.deepEqual(item.points[3].limit, BROUGHT);
  assert.equal(resultOfFigure(item.points[0], "20.4"), "fail");
  assert.equal(resultOfFigure(item.points[0], "20.5"), "pass");
});

test("a server that says nothing of it leaves the trade's figure", () => {
  assert.deepEqual(rooms().points[0].limit, BROUGHT);
  assert.deepEqual(entered(rooms(), { BED: { value: "25", result: "pass" } }, "LIVING", "17.9"), { LIVING: "fail" });
});

test("where every room counts a warm one makes up for none", () => {
  assert.deepEqual(entered(rooms(EACH), { BED: { value: "25", result: "pass" } }, "LIVING", "17.9"), {
    LIVING: "fail",
  });
});

test("on average a warm room makes up for a cold one, whichever is measured first", () => {
  const item = rooms(AVERAGE);
  assert.deepEqual(entered(item, { BED: { value: "18.1", result: "pass" } }, "LIVING", "17.9"), { LIVING: "pass" });
  const cold = { BED: { value: "17.0", result: "fail" } };
  assert.deepEqual(entered(item, cold, "LIVING", "19"), { LIVING: "pass", BED: "pass" });
});

test("an average below the standard fails the rooms that are below it", () => {
  const item = rooms(AVERAGE);
  const warm = { BED: { value: "18.1", result: "pass" }, STUDY: { value: "17.9", result: "pass" } };
  assert.deepEqual(entered(item, warm, "LIVING", "17.9"), { LIVING: "fail", STUDY: "fail" });
  assert.deepEqual(entered(item, {}, "LIVING", "-3"), { LIVING: "fail" });
  assert.deepEqual(entered(item, { BED: { value: "-2", result: "fail" } }, "LIVING", "38"), {
    LIVING: "pass",
    BED: "pass",
  });
});

test("what a person said in words is not judged anew, and an unmeasured room counts for nothing", () => {
  const item = rooms(AVERAGE);
  const said = { BED: { value: "17.0", result: "fail", note: "window broken" }, STUDY: { result: "na" } };
  assert.deepEqual(entered(item, said, "LIVING", "19"), { LIVING: "pass" });
  assert.deepEqual(entered(item, { BED: { value: "19", result: "pass" } }, "PRESSURE", "1"), { PRESSURE: "fail" });
});
