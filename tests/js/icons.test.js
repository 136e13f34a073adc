import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SHAPES } from "../../static/icons/shapes.js";

test("the icons that the app draws into its pages are those of the sprite", () => {
  const sprite = readFileSync("static/icons/sprite.svg", "utf8");
  const drawn = [...sprite.matchAll(/<symbol id="([^"]+)"[^>]*>(.*)<\/symbol>/g)];
  const inSprite = new Map(drawn.map(([, name, inside]) => [name, inside.replaceAll(" />", "/>")]));
  for (const [name, shape] of Object.entries(SHAPES)) assert.equal(shape, inSprite.get(name), name);
});

test("every icon that a screen names is there", () => {
  const folder = "static/app/ui/";
  const named = readdirSync(folder).flatMap((file) =>
    [...readFileSync(folder + file, "utf8").matchAll(/\bicon\("([a-z0-9-]+)"/g)].map(([, name]) => ({ file, name })),
  );
  assert.ok(named.length > 60);
  assert.deepEqual(
    named.filter(({ name }) => !(name in SHAPES)),
    [],
  );
});
