/**
 * A customer who does not sign: the reason, a witness who signs for having seen it, a photo of the notice handed over.
 *
 * Invariant: a refusal is recorded as one and never as a signature; the notice stays valid as issued.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, textOf } from "../text.js";
import { choices, sheet } from "./controls.js";
import { primary } from "./frame.js";
import { photoStrip } from "./photo.js";
import { signaturePad, takeSignature } from "./signature.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @param {VisitDocument} visit */
const inkOf = (visit) => `strokes:${visit.id}:witness`;

/** The witness's signature, if one was given. @param {Stage} stage @param {VisitDocument} visit @param {{witness: string, relation: string}} form @returns {Promise<boolean>} */
async function witnessSigns(stage, visit, { witness, relation }) {
  const ink = await takeSignature(stage, inkOf(visit));
  if (!ink) return true;
  const image = await stage.app.addImage(visit.id, ink.png).catch(() => "");
  const data = { role: "witness", name: witness.trim(), ...(relation && { relation }), strokes: ink.strokes, image };
  if (!image || !(await stage.write(visit, "sign", data))) return false;
  stage.drafts.drop(inkOf(visit));
  return true;
}

/** @param {Stage} stage @param {VisitDocument} visit */
export function refusalSheet(stage, visit) {
  const key = `refusal:${visit.id}`;
  const form = stage.drafts.get(key, { reason: "", witness: "", relation: "" });
  const set = (/** @type {object} */ change) => stage.drafts.set(key, { ...form, ...change });
  const close = () => stage.router?.back(`/app/visit/${visit.id}/sign`);
  const options = (/** @type {any[]} */ list) =>
    (list ?? []).map((each) => ({ value: each.id, label: textOf(each.name) }));
  const record = async () => {
    const relation = (stage.catalog.witness_relations ?? []).find(
      (/** @type {any} */ each) => each.id === form.relation,
    );
    const witness = [form.witness.trim(), textOf(relation?.name)].filter(Boolean).join(" · ");
    const data = { role: "customer", reason: form.reason, ...(witness ? { witness } : {}) };
    if (!(await stage.write(visit, "sign.refuse", data))) return;
    if (form.witness.trim() && !(await witnessSigns(stage, visit, form))) return;
    stage.drafts.drop(key);
    close();
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
            .value=${form.witness}
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
    `,
    foot: primary({
      label: form.reason ? _("Record the refusal") : _("Choose a reason"),
      disabled: !form.reason,
      run: record,
    }),
  });
}
