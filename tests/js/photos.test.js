import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, takenAt } from "../../static/app/photos.js";

test("a picture keeps its shape, is at most 1600 pixels long and is never enlarged", () => {
  assert.deepEqual(fitted(4000, 3000), { width: 1600, height: 1200 });
  assert.deepEqual(fitted(3000, 4000), { width: 1200, height: 1600 });
  assert.deepEqual(fitted(640, 480), { width: 640, height: 480 });
  assert.deepEqual(fitted(16000, 3), { width: 1600, height: 1 });
});

test("a photo is as old as its file says, and never from the future", () => {
  const now = new Date("2026-11-21T09:00:00Z");
  const at = (/** @type {number} */ lastModified) =>
    takenAt(new File([], "p.jpg", { lastModified }), now).toISOString();
  assert.equal(at(Date.parse("2026-11-21T08:59:00Z")), "2026-11-21T08:59:00.000Z");
  assert.equal(at(Date.parse("2027-01-01T00:00:00Z")), now.toISOString());
  assert.equal(takenAt(new Blob([]), now), now);
});
