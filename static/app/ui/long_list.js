/**
 * A long list, drawn as far as it has been looked at: a slow phone takes a second for a thousand rows nobody sees.
 *
 * Decides how much of a list is drawn, not what a row looks like. What was drawn stays, so going back finds the place, and
 * a reload draws as far as the page was scrolled. Invariant: whoever comes near the end of what is drawn gets more.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { idle, settled } from "../pictured.js";

/** No screen shows more at first: a row is higher, and something stands above the list. */
const FIRST_ROW_PX = 96;
/** As many as a slow phone draws in one frame; near the end the next frame draws more. */
const MORE = 4;
const LEAST_ROW_PX = 56;
const AHEAD_PX = 1_500;
const SOON_MS = 50;

/** @param {import("./stage.js").Stage} stage */
function reachOf(stage) {
  const reach = {
    rows: Math.ceil(innerHeight / FIRST_ROW_PX) + Math.ceil((history.state?.scroll ?? 0) / LEAST_ROW_PX),
    atEnd,
  };
  const watcher = new IntersectionObserver(
    async ([{ isIntersecting, target }]) => {
      if (!isIntersecting) return;
      // The first screen comes first, unless somebody is past it already.
      if (!scrollY) await settled();
      await idle(SOON_MS); // taps come first; but not so late that the end of the list is seen
      reach.rows += MORE;
      stage.paint();
      // Watched anew, or it would not be told that the end is still near.
      watcher.unobserve(target);
      if (target.isConnected) watcher.observe(target);
    },
    { rootMargin: `${AHEAD_PX}px 0px` },
  );
  /** @param {Element | undefined} end */
  function atEnd(end) {
    watcher.disconnect();
    if (end) watcher.observe(end);
  }
  return reach;
}

/**
 * @template T
 * @param {import("./stage.js").Stage} stage
 * @param {T[]} all
 * @param {(some: T[]) => unknown} draw
 */
export function asFarAsSeen(stage, all, draw) {
  const reach = stage.keep("reach", () => reachOf(stage));
  const end = all.length > reach.rows ? html`<div ${ref(reach.atEnd)}></div>` : nothing;
  return html`${draw(all.slice(0, reach.rows))}${end}`;
}
