/**
 * The frame of one visit: its steps as a quiet row, and the step that the address names.
 *
 * Decides which step opens when none is named (where one was, else the first unfinished) and what counts beside
 * each. The steps themselves live in their own modules. Invariant: leaving and returning lands where one was.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { progress } from "../missing.js";
import { _, ngettext } from "../text.js";
import { customerStep } from "./customer.js";
import { doneStep } from "./done.js";
import { doorStep } from "./door.js";
import { frame, primary, skeleton } from "./frame.js";
import { hazardSheet } from "./hazard.js";
import { icon } from "./icons.js";
import { itemsStep } from "./items.js";
import { meterStep } from "./meter.js";
import { signStep } from "./sign.js";
import { nextAddress, stepAfter, stepNames } from "./steps.js";
import { talkStep } from "./talk.js";
import { roomOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {{body: unknown, foot?: unknown, aside?: unknown, lang?: string, title?: string, over?: unknown}} Parts */

/** @type {Record<string, (stage: Stage, visit: VisitDocument) => Parts>} */
const STEPS = {
  door: doorStep,
  customer: customerStep,
  items: itemsStep,
  meter: meterStep,
  talk: talkStep,
  sign: signStep,
};

/**
 * How many points of each step are open.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @returns {Record<string, {done: number, total: number}>}
 */
function stepCounts(stage, visit) {
  const counts = /** @type {any} */ (progress(visit, stage.checklist(visit)));
  const items = Object.values(counts.items ?? {});
  const sum = (/** @type {"done" | "total"} */ key) =>
    items.reduce((all, /** @type {any} */ item) => all + item[key], 0);
  return { ...counts, items: { done: sum("done"), total: sum("total") } };
}

/** @param {Stage} stage */
export function visitScreen(stage) {
  const { visit, route } = stage;
  if (!visit || visit.id !== route.visit) return notHere(stage);
  const draft = `step:${visit.id}`;
  if (!stage.drafts.ready(draft))
    return frame(stage, { title: roomOf(visit.customer), back: "/app", body: skeleton() });
  const counts = stepCounts(stage, visit);
  const step = stepToShow(stage, visit, counts);
  if (step === "done") return doneStep(stage, visit);
  if (stage.drafts.get(draft, "") !== step) stage.drafts.set(draft, step);
  const parts = STEPS[step](stage, visit);
  return html`${frame(stage, {
    title: roomOf(visit.customer),
    subtitle: [visit.customer.name, visit.customer.address].filter(Boolean).join(" · "),
    back: "/app",
    below: stepRow(stage, visit, step, counts),
    body: parts.body,
    foot: parts.foot ?? nextButton(stage, visit, step, counts),
    aside: parts.aside,
    lang: parts.lang,
  })}
  ${parts.over ?? nothing} ${route.step === "hazard" ? hazardSheet(stage, visit) : nothing}`;
}

/** @param {Stage} stage */
function notHere(stage) {
  if (stage.looked !== stage.route.visit) return frame(stage, { title: _("Visit"), back: "/app", body: skeleton() });
  const body = html`<div class="empty">
    ${icon("door-closed")}
    <p>
      ${_("This visit is not on this phone. It may have been given to a colleague, or the phone has not fetched it yet.")}
    </p>
  </div>`;
  return frame(stage, { title: _("Visit"), back: "/app", body });
}

/** @param {Stage} stage @param {VisitDocument} visit @param {Record<string, {done: number, total: number}>} counts */
function stepToShow(stage, visit, counts) {
  const { step } = stage.route;
  if (step === "hazard") return "items";
  const steps = stage.steps(visit);
  if (step && (steps.includes(/** @type {any} */ (step)) || step === "done")) return step;
  if (visit.outcome) return "done";
  const last = stage.drafts.get(`step:${visit.id}`, "");
  if (steps.includes(/** @type {any} */ (last))) return last;
  return steps.find((name) => counts[name].done < counts[name].total) ?? "sign";
}

/**
 * The whole address of a visit that was opened without a step, so that the back button has every step to go back to.
 *
 * @param {Stage} stage
 * @returns {Promise<string | null>} null where the step is named already or the visit is not here
 */
export async function addressOfStep(stage) {
  const { visit, route } = stage;
  if (route.name !== "visit" || route.step || !visit) return null;
  await stage.drafts.read(`step:${visit.id}`);
  return `/app/visit/${visit.id}/${stepToShow(stage, visit, stepCounts(stage, visit))}`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} current @param {Record<string, {done: number, total: number}>} counts */
function stepRow(stage, visit, current, counts) {
  const names = stepNames(stage.checklist(visit));
  return html`<nav aria-label=${_("Steps of the visit")}>
    <ol class="steps">
      ${stage.steps(visit).map((step) => {
        const open = Math.max(0, counts[step].total - counts[step].done);
        const words = open ? ngettext("%(num)s open", "%(num)s open", open) : _("finished");
        return html`<li>
          <a
            href="/app/visit/${visit.id}/${step}"
            class=${open ? "" : "is-done"}
            aria-current=${step === current ? "step" : "false"}
          >
            <span class="dot" aria-hidden="true">${open ? open : icon("check")}</span>${names[step]}<span class="unseen"
              >, ${words}</span
            >
          </a>
        </li>`;
      })}
    </ol>
  </nav>`;
}

/** On to the next step; the counts say what is left behind. @param {Stage} stage @param {VisitDocument} visit @param {string} step @param {Record<string, {done: number, total: number}>} counts */
function nextButton(stage, visit, step, counts) {
  const checklist = stage.checklist(visit);
  const next = stepAfter(checklist, step);
  if (!next) return nothing;
  const open = counts[step].total - counts[step].done;
  const label = _("Next: %(step)s", { step: stepNames(checklist)[next] });
  return primary({
    href: nextAddress(visit, checklist, step),
    label: open > 0 && step === "items" ? `${label} · ${ngettext("%(num)s open", "%(num)s open", open)}` : label,
  });
}
