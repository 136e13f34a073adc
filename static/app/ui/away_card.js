/**
 * The no-access card: what to write on the card that stays at the door, ready to be texted to the customer too.
 *
 * Decides its words, in the customer's language; names nobody, since anybody may read a door. Invariant: it promises
 * only the appointment that is on record.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { customerWords } from "./customer_language.js";
import { icon } from "./icons.js";
import { nameOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

const STRIP = "/static/app/strip.js"; // loaded when it is needed, see there

/** @param {Stage} stage @param {VisitDocument} visit @param {string} address  where the customer's code leads */
export function awayCard(stage, visit, address) {
  const { outcome } = visit.outcome ?? {};
  if (outcome !== "no_access" && outcome !== "refused") return nothing;
  const words = customerWords(stage, visit);
  const lines = linesOf(stage, visit, words);
  const message = [words.textOf(stage.catalog.company?.name), ...lines, visit.lookup ? address : ""].filter(Boolean);
  const text = encodeURIComponent(message.join("\n"));
  const { phone } = visit.customer;
  const printing = stage.keep("strip", () => ({ absent: false }));
  const print = async (/** @type {number} */ width) => {
    const company = words.textOf(stage.catalog.company?.name);
    const card = { lang: words.locale, company, title: words._("Sorry we missed you"), lines };
    try {
      const { printStrip } = await import(STRIP);
      await printStrip(card, document.querySelector(".qr .code"), width);
      printing.absent = false;
    } catch {
      printing.absent = true;
    }
    stage.paint();
  };
  return html`<section class="card" aria-label=${_("No-access card")}>
    <p class="card-title">${icon("file-text", "icon-24")}${_("No-access card")}</p>
    <div class="card-words" lang=${words.locale}>
      <p class="strong">${words.textOf(stage.catalog.company?.name)}</p>
      ${lines.map((line) => html`<p>${line}</p>`)}
    </div>
    <p class="small quiet">${_("Copy it to the card for the door, or print it on a belt printer.")}</p>
    <div class="pair">
      ${[58, 80].map(
        (width) =>
          html`<button class="button" @click=${() => print(width)}>
            ${icon("printer")}${_("%(width)s mm", { width })}
          </button>`,
      )}
    </div>
    ${printing.absent ? html`<p class="small" role="status">${_("Printing comes to this phone with the next network.")}</p>` : nothing}
    ${
      phone
        ? html`<a class="button wide" href="sms:${phone}?&body=${text}"
            >${icon("message-circle")}${_("Text it to the customer")}</a
          >`
        : nothing
    }
  </section>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {ReturnType<typeof customerWords>} words @returns {string[]} */
function linesOf(stage, visit, words) {
  const { _, formatDateTime } = words;
  const { next_at: next } = visit.outcome;
  const hotline = stage.catalog.company?.hotline ?? "";
  const { inspects = true } = stage.checklist(visit);
  return [
    called(stage, visit, words),
    next
      ? _("We come again on %(when)s. If that does not suit you, call %(hotline)s.", {
          when: formatDateTime(next),
          hotline,
        })
      : _("Please call %(hotline)s to agree on a time.", { hotline }),
    inspects ? _("The check is free.") : "",
    _("Visit number: %(number)s", { number: visit.number }),
  ].filter(Boolean);
}

/** That somebody was here, and what for: an inspection, or the job by its name. @param {Stage} stage @param {VisitDocument} visit @param {ReturnType<typeof customerWords>} words @returns {string} */
function called(stage, visit, words) {
  const { _ } = words;
  const { outcome, at } = visit.outcome;
  const when = words.formatDateTime(at);
  const isAway = outcome === "no_access";
  if (stage.checklist(visit).inspects !== false)
    return isAway
      ? _("We called on %(when)s to check your gas and found nobody home.", { when })
      : _("We called on %(when)s to check your gas and could not come in.", { when });
  const about = { when, what: nameOf(stage.catalog.visit_types, visit.type, words) };
  return isAway
    ? _("We called on %(when)s (%(what)s) and found nobody home.", about)
    : _("We called on %(when)s (%(what)s) and could not come in.", about);
}
