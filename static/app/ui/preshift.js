/**
 * The check before setting out, as it stands on Today in the morning and on Me at any time.
 *
 * Decides when it runs (the first time a day that Today is opened by a person on this phone, and on demand), how long it
 * waits for the server, and what each finding says to do; the judging is preshift.js's. Invariant: it never stands in
 * anybody's way: a visit can be begun over it, and what was seen and put aside stays aside that day.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { inAll, judge } from "../preshift.js";
import { testPhone } from "../trial.js";
import { _ } from "../text.js";
import { icon } from "./icons.js";
import { causeWords, fineWords, nameOfSubject, openWords } from "./preshift_words.js";
import { isSomethingOpen, letIn } from "./swap.js";
import { dayFrom, dayIn, dayOf, zoneOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("../preshift.js").Facts} Facts */
/** @typedef {import("../preshift.js").Finding} Finding */

/**
 * @typedef {object} Check
 * @property {"new" | "running" | "done"} phase
 * @property {string} day  on which it ran
 * @property {number} since  ms; what the server said before that is old
 * @property {boolean} patient  the server may still answer
 * @property {Pick<Facts, "photo" | "room" | "shell"> | null} tried
 * @property {Facts["clock"]} clock
 * @property {number | null | undefined} heard  the sync after which the clock was read; undefined: not read yet
 * @property {boolean} reading  it is being read
 * @property {boolean} refused  the browser was asked for its promise, and did not give it
 */

const OPENED_AT = Date.now();
const SERVER_MS = 8_000;

/** @param {Stage} stage @returns {Check} */
function checkOf(stage) {
  return stage.keep("preshift", () => ({
    phase: /** @type {const} */ ("new"),
    day: "",
    since: 0,
    patient: false,
    tried: null,
    clock: null,
    heard: undefined,
    reading: false,
    refused: false,
  }));
}

/**
 * Try the phone, and give the server a while to answer.
 *
 * @param {Stage} stage
 * @param {number} since  ms
 */
async function run(stage, since) {
  const check = checkOf(stage);
  if (check.phase === "running") return;
  Object.assign(check, { phase: "running", day: dayFrom(stage.catalog), since, patient: true, heard: undefined });
  setTimeout(() => {
    check.patient = false;
    stage.paint();
  }, SERVER_MS);
  stage.paint();
  check.tried = await testPhone(stage.app);
  check.phase = "done";
  stage.paint();
}

/** On demand: the server is asked again too. @param {Stage} stage */
function runAgain(stage) {
  void stage.app.syncNow();
  void run(stage, Date.now());
}

/** Whether there is nothing to show yet. @param {Stage} stage @param {Check} check */
function isUnderWay(stage, check) {
  const { phase, patient, since } = check;
  const { lastSyncAt, error, state } = stage.app.sync;
  const awaited = patient && !error && state !== "offline" && (lastSyncAt ?? 0) < since;
  if (phase === "running" || awaited) return true;
  readClock(stage, check);
  return check.heard === undefined;
}

/** Each answer of the server compares the clocks anew. @param {Stage} stage @param {Check} check */
function readClock(stage, check) {
  const { lastSyncAt } = stage.app.sync;
  if (check.reading || check.heard === lastSyncAt) return;
  check.reading = true;
  void stage.app.aboutPhone().then(({ clock }) => {
    Object.assign(check, { clock, reading: false, heard: lastSyncAt });
    stage.paint();
  });
}

/** What is known by now. @param {Stage} stage @param {Check} check @returns {Facts | null} */
function factsOf(stage, check) {
  const { sync, update } = stage.app;
  if (!check.tried) return null;
  const today = dayFrom(stage.catalog);
  const loadedAt = sync.lastSyncAt;
  const visits = (stage.visits ?? []).filter((visit) => visit.state !== "cancelled" && dayOf(visit) === today).length;
  return {
    ...check.tried,
    clock: check.clock,
    now: Date.now(),
    today,
    answered: (loadedAt ?? 0) >= check.since,
    missedLogin: sync.missedLogin,
    visits,
    loadedAt,
    loadedDay: loadedAt ? dayIn(zoneOf(stage.catalog), loadedAt) : "",
    update: update && (isSomethingOpen(stage) ? "waits" : "ready"),
  };
}

/**
 * The check of the morning: what is wrong, or one line.
 *
 * @param {Stage} stage
 * @returns {unknown} nothing, when it was seen today
 */
export function morningCard(stage) {
  if (!stage.drafts.ready("preshift")) return nothing;
  const check = checkOf(stage);
  const today = dayFrom(stage.catalog);
  const seen = stage.drafts.get("preshift", { day: "", aside: false });
  if (seen.day === today && (seen.aside || check.phase === "new")) return nothing;
  // What the server said a moment ago, when this page opened, is an answer too.
  if (check.day !== today) void run(stage, Math.max(OPENED_AT, Date.now() - 60_000));
  const facts = isUnderWay(stage, check) ? null : factsOf(stage, check);
  if (!facts)
    return html`<p class="check-line quiet" role="status">
      ${icon("smartphone")}${_("Looking whether this phone is ready …")}
    </p>`;
  const findings = judge(facts);
  if (inAll(findings) === "wrong") return wrongCard(stage, findings, facts);
  if (seen.day !== today) queueMicrotask(() => stage.drafts.set("preshift", { day: today, aside: false }));
  if (stage.visits?.some((visit) => visit.start && dayOf(visit) === today)) return nothing;
  return readyLine(findings, facts);
}

/** @param {Stage} stage @param {Finding[]} findings @param {Facts} facts */
function wrongCard(stage, findings, facts) {
  const wrong = findings.filter(({ state }) => state === "wrong");
  const rest = findings.filter(({ state }) => state !== "wrong");
  const aside = () => stage.drafts.set("preshift", { day: facts.today, aside: true });
  return html`<section class="card check" aria-label=${_("Before you set out")}>
    <p class="card-title">${icon("smartphone", "icon-24")}${_("Before you set out")}</p>
    <ul class="findings">
      ${wrong.map((finding) => row(stage, finding, facts))}
    </ul>
    <details>
      <summary>${_("What else was looked at")}</summary>
      <ul class="findings">
        ${rest.map((finding) => row(stage, finding, facts))}
      </ul>
    </details>
    <div class="pair">
      <button class="button" @click=${() => runAgain(stage)}>${icon("refresh-cw")}${_("Check again")}</button>
      <button class="button text" @click=${aside}>${_("Go on all the same")}</button>
    </div>
  </section>`;
}

/** @param {Finding[]} findings @param {Facts} facts */
function readyLine(findings, facts) {
  const all = inAll(findings) === "fine";
  return html`<details class="card check ready">
    <summary>
      <span class=${all ? "ok" : "quiet"}>${icon(all ? "circle-check" : "cloud-off")}</span>
      <span>${all ? _("This phone is ready for the day") : _("Ready, as far as this phone can know by itself")}</span>
    </summary>
    <ul class="findings">
      ${findings.map((finding) => row(null, finding, facts))}
    </ul>
  </details>`;
}

/**
 * One finding: what, how it stands, what to do. A stage is given where something can be done here and now.
 *
 * @param {Stage | null} stage @param {Finding} finding @param {Facts} facts
 */
function row(stage, finding, facts) {
  const { subject, state } = finding;
  const symbol = { fine: "check", wrong: "triangle-alert", unknown: "circle-question-mark" }[state];
  const words = { fine: fineWords, wrong: causeWords, unknown: openWords }[state](finding, facts);
  const name = { fine: _("fine"), wrong: _("needs you"), unknown: _("not known") }[state];
  return html`<li data-subject=${subject} data-state=${state}>
    <span role="img" aria-label=${name}>${icon(symbol)}</span>
    <div class="grow">
      <b>${nameOfSubject(subject)}</b>
      <p>${words}</p>
      ${stage && state === "wrong" ? remedy(stage, finding) : nothing}
    </div>
  </li>`;
}

/** What can be done about it on the spot. @param {Stage} stage @param {Finding} finding */
function remedy(stage, { subject }) {
  const { app } = stage;
  const button = (/** @type {string} */ label, /** @type {() => unknown} */ act) =>
    html`<button class="button" @click=${act}>${label}</button>`;
  if (subject === "login") return html`<a class="button" href="/app/login">${_("Log in")}</a>`;
  if (subject === "visits") return button(_("Load now"), () => runAgain(stage));
  if (subject === "version") {
    // On Me it is only told of: Today is where it can come in.
    return stage.route.name === "today"
      ? button(_("Update"), () => void letIn(stage))
      : html`<a class="button" href="/app">${_("Today")}</a>`;
  }
  if (subject !== "promise") return nothing;
  const check = checkOf(stage);
  const ask = async () => {
    check.refused = !(await app.askToKeep().catch(() => false));
    const room = await app.storage();
    if (check.tried) check.tried = { ...check.tried, room };
    stage.paint();
  };
  return html`${button(_("Ask the phone to keep it"), () => void ask())}
  ${check.refused ? html`<p role="status">${_("The phone did not promise it. Go on as said above; work that is sent is safe.")}</p>` : nothing}`;
}

/** The whole of it, on Me. @param {Stage} stage */
export function checkOnDemand(stage) {
  const check = checkOf(stage);
  const begun = check.phase !== "new";
  const facts = begun && !isUnderWay(stage, check) ? factsOf(stage, check) : null;
  const findings = facts ? judge(facts) : [];
  return html`<h2 class="section-title">${_("Is this phone ready?")}</h2>
    <section class="card check" aria-label=${_("Is this phone ready?")}>
      ${
        facts
          ? html`<ul class="findings">
              ${findings.map((finding) => row(stage, finding, facts))}
            </ul>`
          : html`<p class="quiet" role="status">
              ${begun ? _("Looking whether this phone is ready …") : _("Log-in, visits, photos, storage, clock and version, looked at in a few seconds.")}
            </p>`
      }
      <button class="button wide" @click=${() => runAgain(stage)}>
        ${icon("refresh-cw")}${begun ? _("Check again") : _("Check this phone")}
      </button>
    </section>`;
}
