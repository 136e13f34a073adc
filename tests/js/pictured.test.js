// What can wait until the first screen stands waits until it has been looked at for a moment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "../../static/app/pictured.js";

/** Let everything run that waits for no timer. */
const breathe = () => new Promise((resolve) => setImmediate(resolve));

test("nothing is begun while the first screen is first looked at, and that is waited for once for each page", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let isOver = false;
  const first = settled().then(() => (isOver = true));
  await breathe();
  t.mock.timers.tick(299);
  await breathe();
  assert.equal(isOver, false);

  t.mock.timers.tick(1);
  await breathe();
  t.mock.timers.tick(1); // where nobody says when the page is idle
  await first;
  assert.equal(settled(), settled());
});
