/**
 * A visit's papers on the phone: open or print one, share its file, take it out on a belt printer.
 *
 * Decides what can be done with a paper now: one that is not made yet, or that a phone without a network cannot fetch,
 * says so. Keeps no file: it holds what the customer told us.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { icon } from "./icons.js";
import { textOfProblem } from "./stage.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {{id: string, kind: string, number: string, revision: number, status: string}} Paper */
/** @typedef {{busy: boolean, file: File | null, said: (() => string) | null}} Sharing */

/** What the visit owes the customer on paper. @param {Stage} stage @param {{id: string, notices?: Paper[]}} visit */
export function papers(stage, { id, notices = [] }) {
  if (!notices.length) return nothing;
  const offline = navigator.onLine === false;
  if (notices.some(({ status }) => status === "pending")) askAgain(stage, id);
  return html`<h2 class="section-title">${_("Papers")}</h2>
    <ul class="card flush rows">
      ${notices.map((paper) => paperRow(stage, paper, offline))}
    </ul>
    ${offline ? html`<p class="small quiet">${_("Papers are with the office: with a network they open here.")}</p>` : nothing}`;
}

/** A paper is made in seconds: ask soon, then ever less often, for as long as its visit is on show. @param {Stage} stage @param {string} id */
function askAgain(stage, id) {
  const asking = stage.keep(`papers:${id}`, () => ({ pause: 2_000, set: false }));
  if (asking.set) return;
  asking.set = true;
  setTimeout(() => {
    asking.set = false;
    if (stage.route.visit === id && navigator.onLine && !document.hidden) void stage.app.syncNow();
  }, asking.pause);
  asking.pause = Math.min(asking.pause * 1.6, 60_000);
}

/** @param {Stage} stage @param {Paper} paper @param {boolean} offline */
function paperRow(stage, paper, offline) {
  const { id, kind, number, revision, status } = paper;
  const name = nameOf(kind);
  const numbered = [number, revision > 1 ? _("revision %(number)s", { number: revision }) : ""];
  const said = html`${icon("file-text", "lead")}<span class="grow"
      >${name}<br /><span class="small quiet">${numbered.filter(Boolean).join(" · ")}</span></span
    >`;
  if (status !== "ready" || offline) {
    const stands =
      status === "failed"
        ? _("The office is looking into it")
        : status === "ready"
          ? _("Needs a network")
          : _("Being made");
    return html`<li class="row">${said}<span class="chip">${stands}</span></li>`;
  }
  const strips = kind === "payment" ? [58, 80] : [];
  const sharing = stage.keep(`share:${id}`, () => /** @type {Sharing} */ ({ busy: false, file: null, said: null }));
  return html`<li>
    <a class="row" href="/api/v1/notices/${id}.pdf" target="_blank" rel="noopener"
      >${said}<span class="chip is-ok">${_("Open or print")}</span></a
    >
    <div class="paper-ways">
      ${
        canShare()
          ? html`<button class="button" ?disabled=${sharing.busy} @click=${() => share(stage, paper, name, sharing)}>
              ${icon("share-2")}${sharing.busy ? _("Fetching the paper …") : _("Share the paper")}
            </button>`
          : nothing
      }
      ${strips.map(
        (width) =>
          html`<a class="button" href="/papers/${id}/receipt?width=${width}" target="_blank" rel="noopener"
            >${icon("printer")}${_("Strip, %(width)s mm", { width })}</a
          >`,
      )}
      ${sharing.said ? html`<p class="small" role="status">${sharing.said()}</p>` : nothing}
    </div>
  </li>`;
}

/** Whether this browser hands files to other apps. */
function canShare() {
  return navigator.canShare?.({ files: [new File([], "a.pdf", { type: "application/pdf" })] }) ?? false;
}

/**
 * Hand the signed file to another app. Some browsers share only right after a tap: what was fetched waits for the next.
 *
 * @param {Stage} stage @param {Paper} paper @param {string} name @param {Sharing} sharing
 */
async function share(stage, paper, name, sharing) {
  Object.assign(sharing, { busy: true, said: null });
  stage.paint();
  try {
    sharing.file ??= new File([await stage.app.paper(paper.id)], `${paper.number}-r${paper.revision}.pdf`, {
      type: "application/pdf",
    });
    await navigator.share({ files: [sharing.file], title: `${name} ${paper.number}` });
    sharing.file = null;
  } catch (/** @type {any} */ problem) {
    if (problem.name === "NotAllowedError") sharing.said = () => _("The paper is here now. Tap once more to share it.");
    else if (problem.name !== "AbortError") sharing.said = () => textOfProblem(problem);
  }
  sharing.busy = false;
  stage.paint();
}

/** @param {string} kind */
function nameOf(kind) {
  const names = /** @type {Record<string, string>} */ ({
    stop_gas: _("Stop-gas notice"),
    hazard: _("Hazard notice"),
    refusal: _("Refusal record"),
    reinspection: _("Re-inspection record"),
    restoration: _("Gas restoration record"),
    stop_supply: _("Notice of a supply cut"),
    restore_supply: _("Record of restored supply"),
    inspection: _("Inspection report"),
    sheet: _("Work sheet"),
    gas_on: _("Gas-on certificate"),
    payment: _("Payment slip"),
    exchange: _("Meter-exchange sheet"),
    no_access: _("No-access card"),
  });
  return names[kind] ?? kind;
}
