/**
 * The customer agrees to what the work costs, before it begins: the itemised list, a name, a signature.
 *
 * Decides what is shown and asked for; the list stands there in the customer's language. Invariants: the signature covers the
 * list as it is shown and nothing else, so a change of the list makes it stale and the work that follows does not; the signer
 * is never the worker.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { isAgreed, wantsAgreement } from "../charges.js";
import { _, formatTime } from "../text.js";
import { linesTold } from "./charges_told.js";
import { notice, sheet } from "./controls.js";
import { customerWords, languageSwitch } from "./customer_language.js";
import { primary } from "./frame.js";
import { icon } from "./icons.js";
import { signaturePad, takeSignature } from "./signature.js";
import { nameField, relationField } from "./signers.js";
import { textOfProblem } from "./stage.js";
import { wrongSigner } from "./who_signs.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {ReturnType<typeof customerWords>} Words */
/** @typedef {{problem: ((words: Words) => string) | null, busy: boolean}} State */

/** The part of the address that opens the sheet. */
const PART = "agree";

/** How it stands with the agreement, and the way to it. @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point */
export function agreementPart(stage, visit, item, point) {
  const { agreement } = visit.signatures ?? {};
  if (!wantsAgreement(visit, item.id, point))
    return notice(
      "is-ok",
      "circle-check",
      _("%(name)s agreed to the prices at %(time)s", { name: agreement.name, time: formatTime(agreement.at) }),
    );
  return html`
    ${agreement ? notice("is-warn", "triangle-alert", _("The list changed after it was signed: it has to be signed again.")) : nothing}
    <a class="button accent wide" href="/app/visit/${visit.id}/items/${PART}"
      >${icon("pen-line")}${_("The customer signs for the prices")}</a
    >
  `;
}

/** The sheet over the items, where the address asks for it. @param {Stage} stage @param {VisitDocument} visit */
export function agreementSheet(stage, visit) {
  if (stage.route.part !== PART || visit.outcome) return nothing;
  const open = openOnes(stage, visit);
  const words = customerWords(stage, visit);
  const close = () => stage.router?.back(`/app/visit/${visit.id}/items`);
  const state = stage.keep(`agreeing:${visit.id}`, () => /** @type {State} */ ({ problem: null, busy: false }));
  return sheet({
    title: words._("Prices, to be agreed before the work"),
    close,
    body: open.length
      ? asked(stage, visit, open, words, state)
      : html`<p>${words._("There is nothing to sign for now.")}</p>`,
    foot: open.length
      ? primary({
          label: words._("I agree and sign"),
          symbol: "pen-line",
          run: () => sign(stage, visit, open, state, close),
        })
      : primary({ label: words._("Back"), run: close }),
  });
}

/** @typedef {{key: string, lines: import("../charges.js").Line[]}} Listed  an answer that is signed for */

/** All that is to be signed for; nothing where all of it is signed already. @param {Stage} stage @param {VisitDocument} visit @returns {Listed[]} */
function openOnes(stage, visit) {
  const checklist = stage.checklist(visit);
  /** @type {{item: any, point: any}[]} */
  const points = checklist.items.flatMap((/** @type {any} */ item) =>
    item.points.map((/** @type {any} */ point) => ({ item, point })),
  );
  const linesOf = (/** @type {{item: any, point: any}} */ { item, point }) =>
    visit.checks?.[item.id]?.[point.id]?.lines;
  const listed = points.filter((one) => isAgreed(checklist, one.point) && linesOf(one)?.length);
  if (!listed.some(({ item, point }) => wantsAgreement(visit, item.id, point))) return [];
  return listed.map((one) => ({ key: `${one.item.id}/${one.point.id}`, lines: linesOf(one) }));
}

/** @param {VisitDocument} visit */
const inkOf = (visit) => `strokes:${visit.id}:agreement`;
/** @param {Stage} stage @param {VisitDocument} visit */
const formOf = (stage, visit) =>
  stage.drafts.get(`agree:${visit.id}`, { name: visit.customer.name ?? "", relation: "self" });

/** @param {Stage} stage @param {VisitDocument} visit @param {Listed[]} open @param {Words} words @param {State} state */
function asked(stage, visit, open, words, state) {
  const { _ } = words;
  const form = formOf(stage, visit);
  const set = (/** @type {object} */ change) => stage.drafts.set(`agree:${visit.id}`, { ...form, ...change });
  return html`<div class="agreement" lang=${words.locale}>
    ${languageSwitch(stage, visit)} ${open.map(({ lines }) => linesTold(stage, lines, words))}
    <p>
      ${_("I was told the items, the standard, the material and the prices, and agree to them before the work begins.")}
    </p>
    ${signaturePad(stage, inkOf(visit), _("Signature of the customer"))}
    ${state.problem ? html`<div role="alert">${notice("is-danger", "octagon-alert", state.problem(words))}</div>` : nothing}
    ${nameField(form.name, (name) => set({ name }), words)}
    ${relationField(stage, form.relation, (relation) => set({ relation }), words)}
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {Listed[]} open @param {State} state @param {() => void} close */
async function sign(stage, visit, open, state, close) {
  if (state.busy) return;
  const form = formOf(stage, visit);
  const name = form.name.trim();
  state.problem = wrongSigner(stage, visit, name);
  if (state.problem) return stage.paint();
  state.busy = true;
  try {
    const taken = takeSignature(stage, inkOf(visit));
    if (!taken) {
      state.problem = ({ _ }) => _("Nothing is signed yet: please sign in the field.");
      return;
    }
    const image = await stage.app.addImage(visit.id, taken.png);
    const covers = open.map(({ key }) => key);
    const data = { role: "agreement", name, relation: form.relation, covers, strokes: taken.strokes, image };
    if (!(await stage.write(visit, "sign", data))) return;
    for (const draft of [inkOf(visit), `agree:${visit.id}`]) stage.drafts.drop(draft);
    close();
  } catch (problem) {
    state.problem = () => textOfProblem(problem);
  } finally {
    state.busy = false;
    stage.paint();
  }
}
