/**
 * The two places to sign: the customer's, with name, relation and opinion; the technician's.
 *
 * Decides what stands there before and after signing. A stale signature (something changed since) asks for a new one.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { notice, picks } from "./controls.js";
import { icon } from "./icons.js";
import { addressOfPhoto } from "./photo.js";
import { signaturePad } from "./signature.js";
import { isTheWorker, workerWords } from "./who_signs.js";
import { nameOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {ReturnType<typeof import("./customer_language.js").customerWords>} Words */

/** @param {Stage} stage @param {VisitDocument} visit @param {Words} words @param {unknown} problem  why it was not signed */
export function customerBlock(stage, visit, words, problem) {
  const { _ } = words;
  const signature = visit.signatures?.customer;
  if (signature && !signature.stale) {
    const { witness } = visit.signatures;
    return html`${signed(stage, signature, _("The customer has signed"), words)}
    ${signature.refused && witness ? signed(stage, witness, _("The witness has signed"), words) : nothing}`;
  }
  if (visit.outcome) return nothing;
  const key = `signer:${visit.id}`;
  const form = stage.drafts.get(key, { name: visit.customer.name ?? "", relation: "self", rating: 0, opinion: "" });
  const set = (/** @type {object} */ change) => stage.drafts.set(key, { ...form, ...change });
  return html`
    ${signature?.stale ? notice("is-warn", "triangle-alert", _("Something changed after the signature. Please look again and sign again.")) : nothing}
    <h2 class="section-title">${placeName(stage, visit, words, "customer") || _("Your signature")}</h2>
    <p>${_("The above was explained to me and I have received it. I agree to sign electronically.")}</p>
    ${signaturePad(stage, `strokes:${visit.id}:customer`, _("Signature of the customer"))} ${problem}
    ${nameField(form.name, (name) => set({ name }), words)}
    ${isTheWorker(stage, form.name) ? notice("is-warn", "triangle-alert", workerWords(stage.checklist(visit), words).notHere) : nothing}
    ${relationField(stage, form.relation, (relation) => set({ relation }), words)}
    ${rating(form.rating, (value) => set({ rating: value }), words)}
    <label class="field">
      <span>${_("Remarks")}</span>
      <textarea
        .value=${live(form.opinion)}
        @input=${(/** @type {any} */ event) => set({ opinion: event.target.value })}
      ></textarea>
    </label>
    <a class="button text" href="/app/visit/${visit.id}/sign/refuse">${_("Refuses to sign")}</a>
  `;
}

/** Who signs. @param {string} name @param {(name: string) => void} type @param {Words} words */
export function nameField(name, type, { _ }) {
  return html`<label class="field">
    <span>${_("Name of the signer")}</span>
    <input
      type="text"
      autocomplete="off"
      .value=${live(name)}
      @input=${(/** @type {any} */ event) => type(event.target.value)}
    />
  </label>`;
}

/** What the signer is to the customer. @param {Stage} stage @param {string} value @param {(relation: string) => void} choose @param {Words} words */
export function relationField(stage, value, choose, words) {
  const { _ } = words;
  return html`<div>
    <span class="label">${_("Relation")}</span>
    ${picks({
      label: _("Relation"),
      options: (stage.catalog.relations ?? []).map((/** @type {any} */ relation) => ({
        value: relation.id,
        label: words.textOf(relation.name),
      })),
      value,
      choose,
    })}
  </div>`;
}

/** @param {number} value @param {(value: number) => void} choose @param {Words} words */
function rating(value, choose, { _, ngettext }) {
  return html`<div>
    <span class="label">${_("How was this visit?")}</span>
    <div class="stars" role="radiogroup" aria-label=${_("How was this visit?")}>
      ${[1, 2, 3, 4, 5].map(
        (stars) =>
          html`<button
            role="radio"
            class=${stars <= value ? "is-on" : ""}
            aria-checked=${stars === value ? "true" : "false"}
            aria-label=${ngettext("%(num)s star of five", "%(num)s stars of five", stars)}
            @click=${() => choose(stars === value ? 0 : stars)}
          >
            ${icon("star")}
          </button>`,
      )}
    </div>
  </div>`;
}

/** What this kind of visit calls a place to sign. @param {Stage} stage @param {VisitDocument} visit @param {Words} words @param {string} role @returns {string} empty: its usual name */
function placeName(stage, visit, words, role) {
  const place = stage.checklist(visit).signs.find((/** @type {{role: string}} */ each) => each.role === role);
  return place?.name ? words.textOf(place.name) : "";
}

/** The other party where two sign, such as who held the account before. @param {Stage} stage @param {VisitDocument} visit @param {Words} words @param {unknown} problem  why it was not signed */
export function secondBlock(stage, visit, words, problem) {
  const { _ } = words;
  const signature = visit.signatures?.witness;
  const place = placeName(stage, visit, words, "witness") || _("Signature of the witness");
  if (signature && !signature.stale) return signed(stage, signature, place, words);
  if (visit.outcome) return nothing;
  const key = `second:${visit.id}`;
  const name = stage.drafts.get(key, "");
  return html`
    ${signature?.stale ? notice("is-warn", "triangle-alert", _("Something changed after the signature. Please look again and sign again.")) : nothing}
    <h2 class="section-title">${place}</h2>
    ${signaturePad(stage, `strokes:${visit.id}:witness`, place)} ${problem}
    ${nameField(name, (typed) => stage.drafts.set(key, typed), words)}
  `;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {Words} words @param {unknown} problem  why it was not signed */
export function technicianBlock(stage, visit, words, problem) {
  const { _ } = words;
  const signature = visit.signatures?.technician;
  const worker = workerWords(stage.checklist(visit), words);
  if (signature && !signature.stale) return signed(stage, signature, worker.signed, words);
  if (visit.outcome) return nothing;
  return html`
    ${signature?.stale ? notice("is-warn", "triangle-alert", _("Something changed after you signed: sign again.")) : nothing}
    <h2 class="section-title">
      ${placeName(stage, visit, words, "technician") || worker.place} · ${stage.app.user?.name}
    </h2>
    ${signaturePad(stage, `strokes:${visit.id}:technician`, worker.place)} ${problem}
  `;
}

/** The customer's people, and the witnesses. @param {Stage} stage */
const relationsOf = ({ catalog }) => [...(catalog.relations ?? []), ...(catalog.witness_relations ?? [])];

/** @param {Stage} stage @param {any} signature @param {string} title @param {Words} words */
function signed(stage, signature, title, words) {
  const { _ } = words;
  if (signature.refused) {
    const reason = nameOf(stage.catalog.refusal_reasons, signature.reason, words);
    const witness = signature.witness ? ` · ${_("Witness: %(name)s", { name: signature.witness })}` : "";
    return notice("is-warn", "circle-x", `${_("Refused to sign")} · ${reason}${witness}`);
  }
  const url = addressOfPhoto(stage, signature.image);
  const relation = signature.relation ? ` · ${nameOf(relationsOf(stage), signature.relation, words)}` : "";
  return html`<section class="card signed" aria-label=${title}>
    ${url ? html`<img src=${url} alt=${_("Signature of %(name)s", { name: signature.name })} />` : nothing}
    <p>
      <b>${title}</b><br /><span class="quiet">${signature.name}${relation} · ${words.formatTime(signature.at)}</span>
    </p>
  </section>`;
}
