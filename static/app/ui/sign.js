/**
 * Summary and signing: what is missing, what the customer signs for, who signs, and the close.
 *
 * Decides the order (nothing missing, the customer signs or refuses, the technician signs, close) and speaks the
 * customer's language on this page alone. Invariant: the signer is never the worker.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { whatIsMissing } from "../missing.js";
import { _, ngettext } from "../text.js";
import { closeVisit } from "./closing.js";
import { notice } from "./controls.js";
import { customerWords, languageSwitch } from "./customer_language.js";
import { primary } from "./frame.js";
import { missingList } from "./missing_list.js";
import { refusalSheet } from "./refusal.js";
import { takeSignature } from "./signature.js";
import { customerBlock, secondBlock, technicianBlock } from "./signers.js";
import { textOfProblem } from "./stage.js";
import { summary } from "./summary.js";
import { workerWords, wrongSigner } from "./who_signs.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {ReturnType<typeof customerWords>} Words */
/** Why it was not signed, said anew in the language that the page speaks when it is drawn. @typedef {{problem: ((words: Words) => string) | null, busy: boolean}} State */

/** @typedef {"customer" | "witness" | "technician"} Role */

/** @param {VisitDocument} visit @param {Role} role */
const hasSigned = (visit, role) => {
  const signature = visit.signatures?.[role];
  return Boolean(signature) && !signature.stale;
};

/** Who is to sign next; nobody when all have. @param {Stage} stage @param {VisitDocument} visit @returns {Role | undefined} */
const nextSigner = (stage, visit) =>
  stage.checklist(visit).signs.find((/** @type {{role: Role}} */ { role }) => !hasSigned(visit, role))?.role;

/** @param {Stage} stage @param {VisitDocument} visit */
export function signStep(stage, visit) {
  const words = customerWords(stage, visit);
  const missing = whatIsMissing(visit, stage.checklist(visit)).filter((each) => each.step !== "sign");
  const state = stage.keep(`signing:${visit.id}`, () => /** @type {State} */ ({ problem: null, busy: false }));
  const refusing = stage.route.part === "refuse";
  const body = html`
    ${missing.length && !visit.outcome ? missingList(stage, visit, missing) : nothing} ${summary(stage, visit, words)}
    ${missing.length && !visit.outcome ? nothing : places(stage, visit, words, problemOf(state, words))}
  `;
  return {
    body,
    lang: words.locale,
    aside: languageSwitch(stage, visit),
    foot: visit.outcome ? undefined : action(stage, visit, words, missing.length, state),
    over: refusing ? refusalSheet(stage, visit) : nothing,
  };
}

const BLOCKS = { customer: customerBlock, witness: secondBlock, technician: technicianBlock };

/** The places to sign, up to the one who is to sign now. @param {Stage} stage @param {VisitDocument} visit @param {Words} words @param {unknown} problem */
function places(stage, visit, words, problem) {
  /** @type {Role[]} */
  const roles = stage.checklist(visit).signs.map((/** @type {{role: Role}} */ { role }) => role);
  const now = nextSigner(stage, visit);
  const shown = now ? roles.slice(0, roles.indexOf(now) + 1) : roles;
  return shown.map((role) => BLOCKS[role](stage, visit, words, problem));
}

/** Why it was not signed, beside the field where it can be. @param {State} state @param {Words} words */
function problemOf({ problem }, words) {
  return problem
    ? html`<div id="sign-problem" role="alert">${notice("is-danger", "octagon-alert", problem(words))}</div>`
    : nothing;
}

/** Bring what is wrong before the eyes, once it is drawn. */
function toProblem() {
  requestAnimationFrame(() => document.getElementById("sign-problem")?.scrollIntoView({ block: "center" }));
}

/** @param {Stage} stage @param {VisitDocument} visit @param {Words} words @param {number} missing @param {State} state */
function action(stage, visit, words, missing, state) {
  if (missing) {
    const toList = () => document.getElementById("missing")?.scrollIntoView({ block: "center" });
    return primary({ label: ngettext("%(num)s thing is missing", "%(num)s things are missing", missing), run: toList });
  }
  const next = nextSigner(stage, visit);
  const symbol = "pen-line";
  if (next)
    return primary({
      label: signLabels(stage, visit, words)[next],
      symbol,
      run: () => SIGNS[next](stage, visit, state),
    });
  return primary({
    label: _("Close this visit"),
    symbol: "check",
    run: () => closeVisit(stage, visit, { outcome: "completed" }),
  });
}

/** In the language of the page. @param {Stage} stage @param {VisitDocument} visit @param {Words} words */
function signLabels(stage, visit, words) {
  const { _ } = words;
  return { customer: _("I sign"), witness: _("I sign"), technician: workerWords(stage.checklist(visit), words).sign };
}

/**
 * Keep a signature: picture first, then the fact that names it.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {Role} role
 * @param {State} state @param {Record<string, any>} data
 */
async function sign(stage, visit, role, state, data) {
  if (state.busy) return;
  state.busy = true;
  state.problem = null;
  try {
    const taken = takeSignature(stage, `strokes:${visit.id}:${role}`);
    if (!taken) {
      state.problem = ({ _ }) => _("Nothing is signed yet: please sign in the field.");
      return;
    }
    const image = await stage.app.addImage(visit.id, taken.png);
    const saved = await stage.write(visit, "sign", { role, ...data, strokes: taken.strokes, image });
    if (saved) stage.drafts.drop(`strokes:${visit.id}:${role}`);
  } catch (problem) {
    state.problem = () => textOfProblem(problem);
  } finally {
    state.busy = false;
    stage.paint();
    if (state.problem) toProblem();
  }
}

/** @param {Stage} stage @param {VisitDocument} visit @param {State} state */
async function customerSigns(stage, visit, state) {
  const form = stage.drafts.get(`signer:${visit.id}`, {
    name: visit.customer.name ?? "",
    relation: "self",
    rating: 0,
    opinion: "",
  });
  const name = form.name.trim();
  state.problem = wrongSigner(stage, visit, name);
  if (state.problem) {
    stage.paint();
    return toProblem();
  }
  const opinion = form.opinion.trim();
  await sign(stage, visit, "customer", state, {
    name,
    relation: form.relation,
    ...(form.rating ? { rating: form.rating } : {}),
    ...(opinion ? { opinion } : {}),
  });
}

/** The other party signs beside the customer. @param {Stage} stage @param {VisitDocument} visit @param {State} state */
async function secondSigns(stage, visit, state) {
  const name = stage.drafts.get(`second:${visit.id}`, "").trim();
  state.problem =
    wrongSigner(stage, visit, name) ??
    (name === visit.signatures?.customer?.name
      ? ({ _ }) => _("The other party signs here: another name than the one above.")
      : null);
  if (state.problem) {
    stage.paint();
    return toProblem();
  }
  await sign(stage, visit, "witness", state, { name });
}

/** @param {Stage} stage @param {VisitDocument} visit @param {State} state */
async function technicianSigns(stage, visit, state) {
  await sign(stage, visit, "technician", state, { name: stage.app.user?.name ?? "" });
}

const SIGNS = { customer: customerSigns, witness: secondSigns, technician: technicianSigns };
