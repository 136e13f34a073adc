/**
 * Done: the code for the customer, the papers when they are ready, the next door.
 *
 * Decides nothing about the papers. Invariant: the code needs no network, because its address was given when the
 * visit was planned.
 */

import { html, nothing, svg } from "../../vendor/lit-html/lit-html.js";
import { generate } from "../../vendor/lean-qr.js";
import { _, formatDateTime, ngettext } from "../text.js";
import { awayCard } from "./away_card.js";
import { notice } from "./controls.js";
import { frame, primary } from "./frame.js";
import { icon } from "./icons.js";
import { papers } from "./papers.js";
import { sortDay } from "./today.js";
import { customerWords } from "./customer_language.js";
import { summary } from "./summary.js";
import { dayFrom, hoursOf, nameOf, outcomeWords, roomOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** Where the customer's code leads. @param {Stage} stage @param {VisitDocument} visit @returns {string} */
export function publicAddress(stage, visit) {
  const base = stage.catalog.company?.public_url || location.origin;
  return `${base.replace(/\/$/, "")}/n/${visit.lookup}`;
}

/** @param {Stage} stage @param {VisitDocument} visit */
export function doneStep(stage, visit) {
  const next = sortDay(stage.visits ?? [], dayFrom(stage.catalog)).todo.find(
    (other) => other.id !== visit.id && !other.outcome,
  );
  const away = visit.outcome && visit.outcome.outcome !== "completed";
  const body = html`
    <div class="centred">
      <p class="big-mark ${away ? "is-warn" : ""}">${icon(away ? "door-closed" : "check", "icon-32")}</p>
      <h2>${visit.outcome ? outcomeWords(visit.outcome.outcome) : _("This visit is still open")}</h2>
      ${visit.outcome?.next_at ? html`<p class="quiet">${_("Next appointment: %(when)s", { when: formatDateTime(visit.outcome.next_at) })}</p>` : nothing}
      ${away && visit.outcome.reason ? html`<p class="quiet">${reasonWords(stage, visit.outcome)}</p>` : nothing}
    </div>
    ${awayCard(stage, visit, publicAddress(stage, visit))} ${qrCard(stage, visit)} ${papers(stage, visit)}
    ${onTheWay(stage, visit)}
    <details class="card">
      <summary class="strong">${_("What was recorded")}</summary>
      ${summary(stage, visit, customerWords(stage, visit))}
    </details>
  `;
  const foot = next
    ? primary({
        href: `/app/visit/${next.id}`,
        label: _("Next door: %(room)s", { room: `${hoursOf(next)} · ${roomOf(next.customer)}` }),
      })
    : primary({ href: "/app", label: _("Back to Today") });
  return frame(stage, { title: roomOf(visit.customer), subtitle: visit.customer.name, back: "/app", body, foot });
}

/** @param {Stage} stage @param {any} outcome */
function reasonWords(stage, { outcome, reason }) {
  const lists = {
    no_access: stage.catalog.no_access_reasons,
    refused: stage.catalog.entry_refusal_reasons,
    stopped: stage.catalog.alarms,
  };
  const words = nameOf(lists[/** @type {keyof typeof lists} */ (outcome)], reason);
  return outcome === "stopped" ? _("Alarm: %(name)s", { name: words }) : words;
}

/** What the customer finds behind the code. @param {VisitDocument} visit */
function behindCode({ outcome }) {
  if (outcome?.outcome === "no_access" || outcome?.outcome === "refused")
    return _("Let whoever comes to the door scan this: what to do next.");
  if (outcome?.outcome === "stopped")
    return _("Let the customer scan this once outside: what was found and what to do.");
  return _("Let the customer scan this: the notice, always in its latest state.");
}

/** @param {Stage} stage @param {VisitDocument} visit */
function qrCard(stage, visit) {
  if (!visit.lookup) return nothing;
  const address = publicAddress(stage, visit);
  const share = () => navigator.share({ url: address, title: document.title }).catch(() => undefined);
  return html`<section class="card qr">
    ${drawCode(stage, address)}
    <p>${behindCode(visit)}</p>
    ${visit.unsent ? html`<p class="small quiet">${_("Works as soon as this phone has sent the visit.")}</p>` : nothing}
    ${"share" in navigator ? html`<button class="button wide" @click=${share}>${icon("share-2")}${_("Share the address")}</button>` : nothing}
  </section>`;
}

/** The squares of a code. @param {string} address */
function squaresOf(address) {
  const code = generate(address);
  let path = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
  }
  return { path, size: code.size };
}

/** The code as sharp squares, with the quiet edge that scanners need. @param {Stage} stage @param {string} address */
function drawCode(stage, address) {
  const { path, size } = stage.keep(`code:${address}`, () => squaresOf(address));
  const edge = 4;
  const box = `${-edge} ${-edge} ${size + 2 * edge} ${size + 2 * edge}`;
  return html`<svg
    class="code"
    viewBox=${box}
    role="img"
    aria-label=${_("QR code for the customer: %(address)s", { address })}
    shape-rendering="crispEdges"
  >
    ${svg`<path d=${path} fill="#14181d"></path>`}
  </svg>`;
}

/** What is still here, and what the server has signed for. @param {Stage} stage @param {VisitDocument} visit */
function onTheWay(stage, visit) {
  if (visit.unsent) {
    const words = ngettext(
      "%(num)s entry or photo is still on this phone. It is safe here and goes by itself.",
      "%(num)s entries and photos are still on this phone. They are safe here and go by themselves.",
      visit.unsent,
    );
    return notice("", "cloud-upload", words);
  }
  const safe = signedFor(stage, visit);
  if (!safe) return notice("is-ok", "cloud-check", _("Everything of this visit is with the office."));
  const words = ngettext(
    "Safe on the server: it has signed for the %(num)s entry and picture of this visit, %(when)s.",
    "Safe on the server: it has signed for all %(num)s entries and pictures of this visit, %(when)s.",
    safe.entries + safe.files,
    { when: formatDateTime(safe.at) },
  );
  return notice("is-ok", "shield-check", words);
}

/** The receipt that covers all of this visit, if there is one; asked for again whenever the sender has moved. @param {Stage} stage @param {VisitDocument} visit */
function signedFor(stage, visit) {
  const state = stage.keep(`safe:${visit.id}`, () => ({ safe: /** @type {any} */ (null), at: "" }));
  const at = JSON.stringify([stage.app.sync.lastSyncAt, visit.unsent]);
  if (state.at !== at) {
    state.at = at;
    void stage.app.safeOnServer(visit.id).then((safe) => {
      state.safe = safe;
      stage.paint();
    });
  }
  return state.safe;
}
