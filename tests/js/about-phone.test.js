import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { moveToDevice } from "../../static/app/custody.js";
import { newId } from "../../static/app/log.js";
import { Workplace } from "../../static/app/workplace.js";
import { phoneAndServer } from "./phone.js";

/** @param {import("node:test").TestContext} t */
async function workplace(t) {
  const { server, api, store } = await phoneAndServer(t);
  const place = new Workplace(server.user, store, api, () => undefined);
  t.after(() => place.close());
  return { place, store };
}

test("a phone that was given another id shows that one, not the one it began with", async (t) => {
  const { place, store } = await workplace(t);
  const before = (await place.aboutPhone()).device;
  assert.ok(before);
  await moveToDevice(store, before.id, { id: newId(), code: "D77" });
  assert.equal((await place.aboutPhone()).device?.code, "D77");
  assert.equal(place.device?.code, "D77");
});

test("each answer of the server compares the clocks", async (t) => {
  const { place } = await workplace(t);
  const asked = Date.now();
  await place.sender.now();
  const { clock } = await place.aboutPhone();
  assert.ok(clock && clock.at >= asked && clock.at <= Date.now());
  const server = Date.parse("2026-11-21T09:00:00+08:00"); // the contract's server always says this
  assert.ok(Math.abs(clock.ahead - (clock.at - server)) <= clock.slack + 1);
});
