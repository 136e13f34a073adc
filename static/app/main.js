/**
 * Starts the phone app: opens the App, follows the address, draws the screen that it names.
 *
 * Decides which screen answers which address and what happens around a change of screen (focus, scroll, the lamp
 * that stays on). Reads and writes nothing itself. Invariant: whoever is not logged in sees the login and nothing else.
 */

import "./early.js";
import { render } from "../vendor/lit-html/lit-html.js";
import { openApp } from "./app.js";
import { keepReader } from "./decoder.js";
import { settled } from "./pictured.js";
import { Router, routeOf } from "./router.js";
import { Stage } from "./ui/stage.js";
import { keepAwake } from "./ui/awake.js";
import { loginScreen } from "./ui/login.js";
import { meScreen } from "./ui/me.js";
import { outboxScreen } from "./ui/outbox.js";
import { scanScreen } from "./ui/scan.js";
import { stuckScreen } from "./ui/stuck.js";
import { todayScreen } from "./ui/today.js";
import { unplannedScreen } from "./ui/unplanned.js";
import { addressOfStep, visitScreen } from "./ui/visit.js";

/** @typedef {import("./router.js").Route} Route */

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

/** @type {Record<Route["name"], (stage: Stage) => unknown>} */
const SCREENS = {
  login: loginScreen,
  today: todayScreen,
  new: unplannedScreen,
  visit: visitScreen,
  scan: scanScreen,
  outbox: outboxScreen,
  me: meScreen,
};

/** Only what is another: a page whose language is set, to the same even, is styled anew as a whole. @param {Record<string, string>} look */
function dress(look) {
  const page = document.documentElement;
  for (const [name, value] of Object.entries(look)) {
    if (page.getAttribute(name) !== value) page.setAttribute(name, value);
  }
}

/** @param {Stage} stage */
function draw(stage) {
  const { app, route } = stage;
  dress({ "data-theme": app.theme ?? "auto", "data-text": app.textSize ?? "normal", lang: app.locale });
  render(SCREENS[app.user ? route.name : "login"](stage), root);
}

/** What counts as one screen: a step of a visit is one, its opened item or sheet is not. @param {Route} route */
function screenKey(route) {
  const step = route.step === "hazard" ? "items" : route.step;
  return [route.name, route.visit, step].join("/");
}

/** @param {Stage} stage @param {Route} route @param {number | null} scroll */
async function enter(stage, route, scroll) {
  const before = screenKey(stage.route);
  const first = !stage.router;
  if (route.visit !== stage.route.visit) stage.visit = undefined;
  stage.route = route;
  await stage.refresh();
  stage.router?.arrived();
  const whole = await addressOfStep(stage);
  if (stage.route !== route) return;
  if (whole) return stage.router?.go(whole, { replace: true });
  const moved = screenKey(route) !== before;
  if (moved && !first) root.querySelector("h1")?.focus({ preventScroll: true });
  // A page that has just opened stands at its top; asking it to go there would cost a slow phone a second layout.
  if (scroll !== null && !(first && scroll === 0)) returnTo(scroll);
  else if (moved && !first) scrollTo(0, 0);
  const seek = stage.keep("seek", () => ({ id: "" }));
  const sought = seek.id ? document.getElementById(seek.id) : null;
  seek.id = "";
  sought?.scrollIntoView({ block: "center" });
  document.title = `${root.querySelector("h1")?.textContent ?? ""} · fieldsvc`;
  keepAwake(route.name === "visit" && !stage.visit?.outcome);
  notePlace(stage, route);
}

/** Scroll to where it was; a page that is still growing gets some more moments. @param {number} scroll */
function returnTo(scroll, patience = 20) {
  scrollTo(0, scroll);
  if (scrollY < scroll - 1 && patience > 0) setTimeout(() => returnTo(scroll, patience - 1), 30);
}

/** On a home screen the browser forgets the address when it is killed: we remember it. @param {Stage} stage @param {Route} route */
function notePlace(stage, route) {
  if (stage.app.user && route.name !== "login") stage.drafts.note("place", { path: route.path, at: Date.now() });
}

/** Half an hour after the camera or a call killed the app, it opens where it was. @param {import("./app.js").App} app */
async function returnToPlace(app) {
  const installed = matchMedia("(display-mode: standalone)").matches;
  if (!installed || location.pathname !== "/app") return;
  const place = /** @type {any} */ (await app.draft("place"));
  if (place && Date.now() - place.at < 30 * 60 * 1000) {
    if (routeOf(place.path).name === "visit") history.replaceState({ depth: 0, scroll: 0 }, "", place.path);
  }
}

/** What is drawn from the disk, all of it before anything is drawn: else its first lines push each other down. */
async function open() {
  /** @type {Stage | undefined} */
  let stage;
  await openApp(async (app) => {
    const made = (stage = new Stage(app, () => draw(made)));
    const drafts = app.user ? ["today", "preshift"] : [];
    await Promise.all([returnToPlace(app), ...drafts.map((key) => made.drafts.lookUp(key))]);
  });
  return /** @type {Stage} */ (/** @type {unknown} */ (stage));
}

/** What the system takes when the app is put on its home screen. */
function tellHomeScreen() {
  document.head.append(
    Object.assign(document.createElement("link"), { rel: "manifest", href: "/static/app.webmanifest" }),
  );
}

async function start() {
  const stage = await open();
  const { app } = stage;
  root.replaceChildren(); // the shell's bones have stood in until now
  let entered = Promise.resolve();
  const router = new Router((route, { scroll }) => {
    entered = enter(stage, route, scroll);
  });
  app.subscribe(() => void stage.refresh());
  router.start();
  stage.router = router;
  await entered;
  await settled();
  app.begin();
  tellHomeScreen();
  void keepReader(); // after the first screen stands: it is the largest file of all
  addEventListener("online", () => void keepReader());
}

start().catch((problem) => {
  root.replaceChildren();
  render(stuckScreen(problem), root);
});
