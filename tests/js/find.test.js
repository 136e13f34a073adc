import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "../../static/app/router.js";
import { initialsOf, isMeant } from "../../static/app/ui/find.js";

const VISIT = {
  number: "AJ-20261121-0002",
  customer: {
    name: "李国强",
    account: "8510010002",
    phone: "16008511120",
    address: "瑞金北路128号甲秀苑",
    building: "2",
    unit: "1",
    room: "602",
  },
  meters: [{ serial: "24124244490" }],
};

test("a visit is found by name, address, room, account, meter and pinyin initials", () => {
  for (const typed of ["国强", "甲秀", "2-1-602", "10002", "244490", "lgq", "LGQ", "李 602", "rjbl"]) {
    assert.ok(isMeant(VISIT, typed), typed);
  }
});

test("every word typed must be found", () => {
  assert.ok(!isMeant(VISIT, "李 603"));
  assert.ok(!isMeant(VISIT, "wxm"));
});

test("initials leave out what is no Chinese character", () => {
  assert.equal(initialsOf("王A小b明"), "wxm");
});

test("an address names a screen, its visit, its step and its part", () => {
  assert.deepEqual(routeOf("/app"), { name: "today", path: "/app" });
  assert.equal(routeOf("/app/nonsense").name, "today");
  assert.equal(routeOf("/app/outbox").name, "outbox");
  const { name, visit, step, part } = routeOf("/app/visit/v1/items/hose");
  assert.deepEqual([name, visit, step, part], ["visit", "v1", "items", "hose"]);
  assert.equal(routeOf("/app/visit/v1").step, undefined);
});
