/**
 * A customer who does not sign: the reason, a witness, a photo of the notice handed over.
 *
 * Invariant: a refusal is recorded as one and never as a signature; the notice stays valid as issued.
 */

import { html } from "../../vendor/lit-html/lit-html.js";
import { _, textOf } from "../text.js";
import { choices, sheet } from "./controls.js";
import { primary } from "./frame.js";
import { photoStrip } from "./photo.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

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
