/**
 * A customer who does not sign: the reason, a witness who signs for having seen it, a photo of the notice handed over.
 *
 * Invariant: a refusal is recorded as one and never as a signature; the notice stays valid as issued.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, textOf } from "../text.js";
import { choices, sheet } from "./controls.js";
import { primary } from "./frame.js";
import { icon } from "./icons.js";
import { photoStrip } from "./photo.js";
import { signaturePad, takeSignature } from "./signature.js";
import { textOfProblem } from "./stage.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @param {VisitDocument} visit */
const inkOf = (visit) => `strokes:${visit.id}:witness`;

/** What the witness signs, if they did: the picture is kept before anything is written. @param {Stage} stage @param {VisitDocument} visit @param {{witness: string, relation: string}} form */
async function signatureOf(stage, visit, { witness, relation }) {
  const ink = witness.trim() ? takeSignature(stage, inkOf(visit)) : null;
  if (!ink) return null;
  const image = await stage.app.addImage(visit.id, ink.png);
  return { role: "witness", name: witness.trim(), ...(relation && { relation }), strokes: ink.strokes, image };
}

/**
 * Write the refusal, and the witness's signature behind it; what was written at an earlier tap is not written twice.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {Record<string, string>} refusal
 * @param {Awaited<ReturnType<typeof signatureOf>>} signature
 * @returns {Promise<boolean>} whether all of it is on the disk
 */
async function refuse(stage, visit, refusal, signature) {
  if (!(await stage.allSaved(visit.id))) return false;
  const { customer, witness } = (await stage.app.visit(visit.id))?.signatures ?? {};
  const isSaid =
    customer?.refused && !customer.stale && customer.reason === refusal.reason && customer.witness === refusal.witness;
  if (!isSaid && !(await stage.write(visit, "sign.refuse", refusal))) return false;
  const isSigned = !signature || (!witness?.stale && witness?.image === signature.image);
  return isSigned || stage.write(visit, "sign", signature);
}

/** @param {Stage} stage @param {VisitDocument} visit */
export function refusalSheet(stage, visit) {
  const key = `refusal:${visit.id}`;
  const form = stage.drafts.get(key, { reason: "", witness: "", relation: "" });
  const set = (/** @type {object} */ change) => stage.drafts.set(key, { ...form, ...change });
  const close = () => stage.router?.back(`/app/visit/${visit.id}/sign`);
  const options = (/** @type {any[]} */ list) =>
    (list ?? []).map((each) => ({ value: each.id, label: textOf(each.name) }));
  const state = stage.keep(key, () => ({ busy: false, problem: /** @type {unknown} */ (null) }));
  const record = async () => {
    if (state.busy) return;
    Object.assign(state, { busy: true, problem: null });
    const relation = (stage.catalog.witness_relations ?? []).find(
      (/** @type {any} */ each) => each.id === form.relation,
    );
    const witness = [form.witness.trim(), textOf(relation?.name)].filter(Boolean).join(" · ");
    const data = { role: "customer", reason: form.reason, ...(witness ? { witness } : {}) };
    try {
      if (!(await refuse(stage, visit, data, await signatureOf(stage, visit, form)))) return;
      for (const draft of [key, inkOf(visit)]) stage.drafts.drop(draft);
      close();
    } catch (problem) {
      state.problem = problem;
    } finally {
      state.busy = false;
      stage.paint();
    }
  };
  return sheet({
    title: _("Refuses to sign"),
    close,
    body: html`
      <section class="group">
        <h3>${_("Reason")}</h3>
        ${choices({ label: _("Reason"), options: options(stage.catalog.refusal_reasons), value: form.reason, choose: (reason) => set({ reason }) })}
      </section>
      <section class="group">
        <h3>${_("Witness")}</h3>
        <label class="field">
          <span>${_("Name of the witness")}</span>
          <input
            type="text"
            autocomplete="off"
            .value=${live(form.witness)}
            @input=${(/** @type {any} */ event) => set({ witness: event.target.value })}
          />
        </label>
        ${choices({
          label: _("Witness"),
          options: options(stage.catalog.witness_relations),
          value: form.relation,
          choose: (relation) => set({ relation }),
          two: true,
        })}
        ${
          form.witness.trim()
            ? html`<p>${_("I have seen that the notice was handed over and not signed for.")}</p>
                ${signaturePad(stage, inkOf(visit), _("Signature of the witness"))}`
            : nothing
        }
      </section>
      <section class="group">
        <h3>${_("Photo of the notice, handed over or on the door")}</h3>
        ${photoStrip(stage, visit, { purpose: "refusal", label: _("Photo of the notice"), wanted: true })}
      </section>
      ${state.problem ? html`<p class="problem" role="alert">${icon("octagon-alert")}<span>${textOfProblem(state.problem)}</span></p>` : nothing}
    `,
    foot: primary({
      label: form.reason ? _("Record the refusal") : _("Choose a reason"),
      disabled: !form.reason,
      run: record,
    }),
  });
}
