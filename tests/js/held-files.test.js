import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { filesToAskAbout, makeRoom } from "../../static/app/blobs.js";
import { latestReceipt, safeOnServer } from "../../static/app/shown.js";
import { asked, backUp, deviceOf, note, phoneAndServer, putBack, takePhoto } from "./phone.js";

test("in a new epoch a file is safe only when a receipt of that epoch names it; else it is sent again (lesson 13)", async (t) => {
  const { server, store, sender } = await phoneAndServer(t);
  await note(store, "a");
  const backup = backUp(server);
  const sha256 = await takePhoto(store);
  await sender.now();
  assert.ok(await safeOnServer(store, "v1"));
  putBack(server, backup);
  server.trouble("POST /api/v1/blobs", "no_answer");
  await sender.now();
  assert.equal(await safeOnServer(store, "v1"), null);
  assert.equal(sender.status.photos, 1);
  await sender.now();
  assert.equal(server.blobs.get(sha256)?.bytes.length, 1000);
  assert.equal((await safeOnServer(store, "v1"))?.files, 1);
});

test("nothing that was vouched for in another epoch is called safe, shown, or let go", async (t) => {
  const { store, sender } = await phoneAndServer(t);
  const sha256 = await takePhoto(store);
  await note(store, "of a visit without photos", "v2");
  await sender.now();
  assert.deepEqual([(await safeOnServer(store, "v1"))?.files, (await safeOnServer(store, "v2"))?.files], [1, 0]);
  await store.setFact("epoch", "e2");
  assert.deepEqual([await safeOnServer(store, "v1"), await safeOnServer(store, "v2")], [null, null]);
  assert.equal(await latestReceipt(store), null);
  const device = await deviceOf(store);
  const logs = await store.fact("logs");
  const receipt = { ...logs[device].receipt, epoch: "e2" };
  await store.setFact("logs", { [device]: { ...logs[device], receipt } });
  assert.equal(await safeOnServer(store, "v1"), null, "the entry is, its photo is not");
  assert.equal(await makeRoom(store), 0);
  await store.write(["files"], (tables) => tables.files.update(sha256, { held_in: "e2" }));
  assert.equal((await safeOnServer(store, "v1"))?.files, 1);
  assert.equal(await makeRoom(store), 1000);
});

test("files that no receipt of the present epoch has named are asked about before newer ones", async (t) => {
  const { store } = await phoneAndServer(t);
  const [old, young, unsure] = [await takePhoto(store), await takePhoto(store), await takePhoto(store)];
  await store.setFact("epoch", "e2");
  await store.write(["files"], async (tables) => {
    const complete = { state: /** @type {const} */ ("complete"), held_in: "e2" };
    await tables.files.update(old, { ...complete, made_at: 1 });
    await tables.files.update(young, { ...complete, made_at: 3 });
    await tables.files.update(unsure, { ...complete, made_at: 2, held_in: "e1" });
  });
  assert.deepEqual(
    (await filesToAskAbout(store)).map((file) => file.sha256),
    [unsure, young, old],
  );
});
