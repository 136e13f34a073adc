/**
 * Which screen an address names, and the way between addresses.
 *
 * Decides how `/app/...` is read, what the back button does and where a page was scrolled. Draws nothing.
 * Invariant: every screen, step, opened item and sheet has an address, so a reload or the camera's restart
 * comes back to it (lesson 16); the scroll position lives in the history entry, which a reload keeps.
 */

const DOUBLE_TAP_MS = 500;
/** A page that has not moved for so long rests. */
const RESTS_MS = 120;

/**
 * @typedef {object} Route
 * @property {"login" | "today" | "new" | "visit" | "scan" | "outbox" | "me"} name
 * @property {string} path
 * @property {string} [visit]  id of the visit
 * @property {string} [step]  door, customer, items, meter, talk, sign, done; or hazard for its sheet
 * @property {string} [part]  the opened item, the hazard's id, or the reason sheet of the door
 */

/**
 * Read an address. What is not known leads to Today.
 *
 * @param {string} path
 * @returns {Route}
 */
export function routeOf(path) {
  const [, app, first, second, third, fourth] = path.split("/");
  if (app !== "app") return { name: "today", path: "/app" };
  if (first === "visit" && second)
    return { name: "visit", path, visit: second, step: third || undefined, part: fourth || undefined };
  if (first === "new" || first === "scan" || first === "outbox" || first === "me" || first === "login")
    return { name: first, path };
  return { name: "today", path };
}

/** The back gesture takes a field away without leaving it: what was typed there counts as given all the same. */
function leaveField() {
  const { activeElement: field } = document;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.blur();
}

/** The history of this tab. */
export class Router {
  /** @param {(route: Route, how: {scroll: number | null}) => void} onRoute  `scroll`: where to return to, null for a new place */
  constructor(onRoute) {
    this.onRoute = onRoute;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.resting = undefined;
    this.scrolledAt = 0;
    /** When a way back was begun whose end is not drawn yet: a second tap does not go back once more. */
    this.leftAt = -Infinity;
  }

  /** Listen to the browser and draw the present address. */
  start() {
    history.scrollRestoration = "manual";
    if (typeof history.state?.depth !== "number") history.replaceState({ depth: 0, scroll: 0 }, "");
    addEventListener("popstate", () => this.arrive(history.state?.scroll ?? 0));
    addEventListener("scroll", () => this.noteScroll(), { passive: true });
    addEventListener("click", (event) => this.followLink(event));
    this.arrive(history.state?.scroll ?? 0);
  }

  /**
   * Go to an address of the app.
   *
   * @param {string} path
   * @param {{replace?: boolean, stay?: boolean}} [how]  `replace`: no new step for the back button; `stay`: keep the scroll
   */
  go(path, { replace = false, stay = false } = {}) {
    this.noteScrollNow();
    const here = history.state ?? { depth: 0 };
    const home = routeOf(location.pathname).name === "today" ? here.depth : here.home;
    const state = {
      depth: here.depth + (replace ? 0 : 1),
      home: replace ? here.home : home,
      scroll: stay ? scrollY : 0,
    };
    if (replace) history.replaceState(state, "", path);
    else history.pushState(state, "", path);
    this.arrive(stay ? scrollY : null);
  }

  /**
   * Go back, or to `fallback` where this tab began with the present address.
   *
   * @param {string} fallback
   */
  back(fallback) {
    if (performance.now() - this.leftAt < DOUBLE_TAP_MS) return;
    this.leftAt = performance.now();
    if ((history.state?.depth ?? 0) > 0) history.back();
    else this.go(fallback, { replace: true });
  }

  /** The present address is drawn. */
  arrived() {
    this.leftAt = -Infinity;
  }

  /** Leave a visit, however many steps deep: back to the Today that it was opened from. */
  home() {
    const { depth = 0, home } = history.state ?? {};
    if (typeof home === "number" && home < depth) history.go(home - depth);
    else this.go("/app", { replace: true });
  }

  /** @param {number | null} scroll */
  arrive(scroll) {
    leaveField();
    this.onRoute(routeOf(location.pathname), { scroll });
  }

  /** One timer for a whole scroll: setting one anew at every frame takes a slow phone a tenth of it. */
  noteScroll() {
    this.scrolledAt = performance.now();
    this.resting ??= setTimeout(() => this.noteRest(), RESTS_MS);
  }

  noteRest() {
    const left = this.scrolledAt + RESTS_MS - performance.now();
    if (left > 0) this.resting = setTimeout(() => this.noteRest(), left);
    else this.noteScrollNow();
  }

  noteScrollNow() {
    clearTimeout(this.resting);
    this.resting = undefined;
    if (history.state?.scroll !== scrollY) history.replaceState({ ...history.state, scroll: scrollY }, "");
  }

  /** @param {MouseEvent} event */
  followLink(event) {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.origin !== location.origin || !/^\/app(\/|$)/.test(link.pathname)) return;
    event.preventDefault();
    if (link.pathname !== location.pathname) this.go(link.pathname, { replace: link.dataset.replace !== undefined });
  }
}
