import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { calm } from "../../static/app/calm.js";
import { visitsShown } from "../../static/app/shown.js";
import { phoneAndServer } from "./phone.js";

const TURNS = ["\u061c", "\u200e", "\u200f", "\u202a", "\u202d", "\u202e", "\u2066", "\u2069"];

test("no name turns round what stands beside it on a screen, and the record keeps it as it was written", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  const name = `王${TURNS.join("")}秀兰`;
  server.plan("v2", { customer: { name, address: "幸福里\u202e小区" }, type: "gas.inspection" });
  await sender.now();
  const [shown] = await visitsShown(store, server.user, "v2");
  assert.equal(shown.customer.name, "王秀兰");
  assert.equal(shown.customer.address, "幸福里小区");
  assert.equal(server.visits.get("v2").customer.name, name);
});

test("all other text stays as it is, in every script and with every sign", () => {
  const text = JSON.stringify(["𠮷野家 é e\u0301 👩‍🔧", 'a "b" \\ \n\t', "３号楼－２", "\ud83d"]);
  assert.equal(calm(text), text);
});
