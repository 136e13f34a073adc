import assert from "node:assert/strict";
import test from "node:test";
import { fitted, marked, takenAt } from "../../static/app/photos.js";

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xdb, 1, 2, 3, 0xff, 0xd9]).buffer;

test("the same picture taken twice is two pictures, so that one never takes the other's place", () => {
  const [one, other] = ["hazard", "meter"].map((mark) => new Uint8Array(marked(JPEG, mark)));
  assert.notDeepEqual(one, other);
  assert.deepEqual([...one.slice(0, 12)], [0xff, 0xd8, 0xff, 0xfe, 0, 8, ...new TextEncoder().encode("hazard")]);
  assert.deepEqual(one.slice(12), new Uint8Array(JPEG).slice(2));
});

test("a picture is drawn at no more than 1600 px and never larger than it was", () => {
  assert.deepEqual(fitted(4000, 3000), { width: 1600, height: 1200 });
  assert.deepEqual(fitted(640, 480), { width: 640, height: 480 });
  assert.deepEqual(fitted(1, 40000), { width: 1, height: 1600 });
});

test("a shutter in the future is taken as now", () => {
  const now = new Date("2026-11-21T09:00:00Z");
  const file = new File([JPEG], "a.jpg", { lastModified: now.getTime() + 60_000 });
  assert.equal(takenAt(file, now), now);
});
