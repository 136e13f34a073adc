import assert from "node:assert/strict";
import { test } from "node:test";
import { byRoute } from "../../static/app/ui/route_order.js";

/** @param {string} room @param {string | null} from @param {string} [date] */
function visit(room, from, date = "2026-11-22") {
  const [building, unit, number] = room.split("-");
  const customer = { address: "瑞金北路128号", building, unit, room: number };
  return { id: room.split("").toReversed().join(""), planned: { date, from }, customer };
}

/** @param {any[]} visits */
const rooms = (visits) =>
  visits.toSorted(byRoute).map(({ customer: { building, unit, room } }) => [building, unit, room].join("-"));

test("the agreed time comes first, whatever the way", () => {
  assert.deepEqual(rooms([visit("1-1-101", "10:00"), visit("9-1-101", "09:00")]), ["9-1-101", "1-1-101"]);
  assert.deepEqual(rooms([visit("1-1-101", "08:00"), visit("9-1-101", "09:00", "2026-11-21")]), ["9-1-101", "1-1-101"]);
});

test("where times are the same or none it goes as a person walks, figures as figures", () => {
  const walk = ["2-1-902", "2-1-1001", "2-2-101", "10-1-101"];
  for (const from of [null, "09:00"]) assert.deepEqual(rooms(walk.toReversed().map((room) => visit(room, from))), walk);
});

test("visits that lack a part of their address are still put in some order", () => {
  const bare = { id: "b", planned: null, customer: {} };
  assert.equal(byRoute(bare, { ...bare, id: "c" }), -1);
});

test("the office's order comes before times and the way, and who has no place in it comes last", () => {
  const placed = (/** @type {string} */ room, /** @type {string | null} */ from, /** @type {number} */ order) => {
    const one = visit(room, from);
    return { ...one, planned: { ...one.planned, order } };
  };
  const day = [visit("1-1-101", "08:00"), placed("9-1-101", null, 10), placed("3-1-101", "07:00", 20)];
  assert.deepEqual(rooms(day), ["9-1-101", "3-1-101", "1-1-101"]);
});
