import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "../../static/app/router.js";
import { meaningOf, namesMeter, visitsOf } from "../../static/app/ui/codes.js";

const BASES = ["https://gas.example.cn/field", "http://127.0.0.1:8000"];
const LOOKUP = "kX3_pQ-9vTz0LmNoPqRsTu";

/** @param {string} id @param {object} [more] */
const visit = (id, more = {}) => ({
  id,
  number: `AJ-20261121-000${id.at(-1)}`,
  lookup: `${LOOKUP}${id}`,
  planned: { date: "2026-11-21" },
  customer: { account: `851001000${id.at(-1)}` },
  meters: [{ serial: `2412424449${id.at(-1)}` }],
  notices: [],
  ...more,
});
const DAY = [visit("v1"), visit("v2"), visit("v3", { notices: [{ number: "YH-2026-00017" }] })];

/** @param {string} code @param {any[]} [visits] @param {object} [how] */
const found = (code, visits = DAY, how = {}) => visitsOf(visits, meaningOf(code, BASES), how).map(({ id }) => id);

test("a notice's code finds the visit of its lookup, at the printed address and at the one the app came from", () => {
  assert.deepEqual(found(`https://gas.example.cn/field/n/${LOOKUP}v2`), ["v2"]);
  assert.deepEqual(found(`http://127.0.0.1:8000/n/${LOOKUP}v1`), ["v1"]);
  assert.deepEqual(found(` HTTP://gas.example.cn/field/n/${LOOKUP}v3.pdf `), ["v3"]);
  assert.deepEqual(found(`gas.example.cn/field/n/${LOOKUP}v3?from=paper`), ["v3"], "typed without its scheme");
});

test("a notice that is not on this phone finds nothing and is still known as ours", () => {
  const code = "https://gas.example.cn/field/n/AAAAAAAAAAAAAAAAAAAAAA";
  assert.equal(meaningOf(code, BASES).kind, "notice");
  assert.deepEqual(found(code), []);
});

test("an address of somebody else is not ours, even with the path of a notice", () => {
  for (const code of [
    `https://gas.example.cn.evil.test/field/n/${LOOKUP}v1`,
    `https://evil.test/n/${LOOKUP}v1`,
    `https://gas.example.cn@evil.test/field/n/${LOOKUP}v1`,
    `http://127.0.0.1:9000/n/${LOOKUP}v1`,
  ]) {
    assert.equal(meaningOf(code, BASES).kind, "foreign", code);
    assert.deepEqual(found(code), [], code);
  }
  const meaning = meaningOf(`https://gas.example.cn@evil.test/field/n/${LOOKUP}v1`, BASES);
  assert.equal(meaning.kind === "foreign" && meaning.host, "evil.test");
});

test("an address of ours that is no notice is known as a page", () => {
  for (const path of ["", "/field", "/field/app", "/field/n/", "/n/a/b", "/field/n/x"]) {
    assert.equal(meaningOf(`https://gas.example.cn${path}`, BASES).kind, "page", path);
  }
});

test("a meter's sticker finds the visits of its meter, alone or beside what else the maker prints", () => {
  for (const code of [
    "24124244491",
    "SN:24124244491",
    "表号：24124244491 型号 G2.5 2024-12",
    '{"sn":"24124244491","type":"G2.5"}',
    "２４１２４２４４４９１",
    "https://maker.example.com/m?sn=24124244491&t=G2",
  ]) {
    assert.deepEqual(found(code), ["v1"], code);
  }
});

test("a meter of several visits gives them all, those still to do first, then by day", () => {
  const meters = [{ serial: "24124244491" }];
  const visits = [
    visit("v1", { outcome: { outcome: "completed" } }),
    visit("v2", { meters, planned: { date: "2026-11-23" } }),
    visit("v3", { meters }),
    visit("v4", { meters, state: "cancelled" }),
  ];
  assert.deepEqual(found("24124244491", visits), ["v3", "v2", "v1"]);
});

test("numbers of visits, notices and accounts are found however they are written", () => {
  assert.deepEqual(found("AJ-20261121-0002"), ["v2"]);
  assert.deepEqual(found("aj 20261121 0002"), ["v2"]);
  assert.deepEqual(found("YH-2026-00017"), ["v3"]);
  assert.deepEqual(found("yh-2026-00017-2"), ["v3"], "a hazard's own line");
  assert.deepEqual(found("8510010003"), ["v3"]);
});

test("only what is typed may be the end of a number, and four characters at least", () => {
  assert.deepEqual(found("4492", DAY, { typed: true }), ["v2"]);
  assert.deepEqual(found("4492"), []);
  assert.deepEqual(found("492", DAY, { typed: true }), []);
  assert.deepEqual(found("no such thing", DAY, { typed: true }), []);
  assert.deepEqual(found("", DAY, { typed: true }), []);
  assert.deepEqual(found("----", DAY, { typed: true }), []);
});

test("what is no address and no number of ours finds nothing", () => {
  for (const code of ["WIFI:S:home;P:secret;;", "weixin://dl/x", "https://", "http://%", "\u0000", "G2.5"]) {
    assert.deepEqual(found(code), [], code);
  }
});

test("the Scan screen has an address", () => {
  assert.deepEqual(routeOf("/app/scan"), { name: "scan", path: "/app/scan" });
});

test("a code that was scanned names the meter whose number it holds, and no other", () => {
  assert.ok(namesMeter(["GM0012345"], "gm-001 2345"));
  assert.ok(namesMeter(["https://maker.example/m/GM0012345"], "GM0012345"));
  assert.ok(!namesMeter(["GM0012346"], "GM0012345"));
  assert.ok(!namesMeter([], "GM0012345"));
  assert.ok(!namesMeter(["GM0012345"], ""));
});
