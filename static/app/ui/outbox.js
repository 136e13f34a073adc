/**
 * The Outbox: everything that is not yet on the server, how large it is, and what stopped it.
 *
 * Decides wording only. Nothing can be deleted here: an entry leaves this list when the server has acknowledged it.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, formatDateTime, formatSize, formatTime, ngettext } from "../text.js";
import { notice } from "./controls.js";
import { frame, primary, skeleton, syncWords } from "./frame.js";
import { icon } from "./icons.js";
import { lifeboatSection } from "./lifeboat.js";
import { roomOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */

/** @param {Stage} stage */
export function outboxScreen(stage) {
  const state = stage.keep("outbox", () => ({
    list: /** @type {any} */ (null),
    room: /** @type {any} */ (null),
    receipt: /** @type {any} */ (null),
    at: "",
    busy: false,
  }));
  look(stage, state);
  const again = async () => {
    if (state.busy) return;
    state.busy = true;
    stage.paint();
    await stage.app.syncNow();
    state.busy = false;
    stage.paint();
  };
  return frame(stage, {
    title: _("Outbox"),
    back: "/app",
    body: state.list ? bodyOf(stage, state) : skeleton(),
    foot: primary({
      label: state.busy ? _("Trying …") : stage.app.sync.waiting ? _("Try now") : _("Ask for changes"),
      symbol: "refresh-cw",
      run: again,
      disabled: state.busy,
    }),
  });
}

/** Read the list again whenever the sender has moved. @param {Stage} stage @param {{list: any, room: any, receipt: any, at: string}} state */
function look(stage, state) {
  const { sync } = stage.app;
  const at = JSON.stringify([sync.state, sync.waiting, sync.sent, sync.photos, sync.lastSyncAt]);
  if (state.at === at) return;
  state.at = at;
  const { app } = stage;
  void Promise.all([app.outbox(), app.storage(), app.receipt()]).then(([list, room, receipt]) => {
    Object.assign(state, { list, room, receipt });
    stage.paint();
  });
}

/** @param {Stage} stage @param {{list: any, room: any, receipt: any}} state */
function bodyOf(stage, { list, room, receipt }) {
  const { sync } = stage.app;
  const count = list.entries.length + list.photos.length;
  const waiting = list.entries.filter((/** @type {any} */ entry) => entry.state !== "held");
  const held = list.entries.filter((/** @type {any} */ entry) => entry.state === "held");
  return html`
    <section class="card">
      <p class="card-title">${icon(syncWords(sync).symbol, "icon-24")}${syncWords(sync).text}</p>
      ${sync.state === "sending" && sync.total ? html`<progress max=${sync.total} .value=${sync.sent} aria-label=${_("Sending")}></progress>` : nothing}
      <p class="quiet">
        ${sync.lastSyncAt ? _("Last contact with the office: %(when)s", { when: whenLast(new Date(sync.lastSyncAt)) }) : _("No contact with the office yet.")}
      </p>
      ${sync.error ? (sync.state === "offline" ? notice("", "cloud-off", sync.error.text) : notice("is-warn", "cloud-alert", sync.error.text)) : nothing}
      ${sync.missedLogin || sync.error?.code === "login_required" ? loginAgain() : nothing}
    </section>
    ${
      count
        ? nothing
        : html`<div class="empty">
            ${icon("cloud-check")}
            <p>${_("Everything is with the office. Nothing waits on this phone.")}</p>
          </div>`
    }
    ${group(_("Entries"), waiting, (entry) => entryRow(stage, entry))}
    ${group(_("Photos and signatures"), list.photos, (photo) => photoRow(stage, photo))}
    ${group(_("With the office, to be looked at"), held, (entry) => entryRow(stage, entry))}
    ${waiting.length + list.photos.length ? lifeboatSection(stage) : nothing} ${custody(receipt)} ${storage(room)}
  `;
}

/** The day is said where it is not today. @param {Date} last */
function whenLast(last) {
  return last.toDateString() === new Date().toDateString() ? formatTime(last) : formatDateTime(last);
}

function loginAgain() {
  return html`<a class="button wide" href="/app/login">${icon("user-round")}${_("Log in again")}</a>`;
}

/** @param {string} title @param {any[]} rows @param {(row: any) => unknown} draw */
function group(title, rows, draw) {
  if (!rows.length) return nothing;
  return html`<h2 class="section-title">${title} · ${rows.length}</h2>
    <ul class="card flush rows">
      ${rows.map((row) => html`<li class="row">${draw(row)}</li>`)}
    </ul>`;
}

/** What an entry is about, in words. @returns {Record<string, string>} */
function kindWords() {
  return {
    "visit.create": _("Visit added"),
    "visit.start": _("Visit begun"),
    "step.tick": _("Ticked"),
    "customer.confirm": _("Customer confirmed"),
    "customer.correct": _("Customer corrected"),
    "check.set": _("Check point"),
    "reading.set": _("Meter reading"),
    "hazard.add": _("Hazard"),
    "hazard.set": _("Hazard changed"),
    "hazard.withdraw": _("Hazard withdrawn"),
    "hazard.verify": _("Hazard re-inspected"),
    "photo.add": _("Photo"),
    "photo.remove": _("Photo taken back"),
    sign: _("Signature"),
    "sign.refuse": _("Refusal to sign"),
    "visit.close": _("Visit closed"),
    "note.add": _("Note"),
  };
}

/** @param {Stage} stage @param {string} id */
function roomOfVisit(stage, id) {
  const visit = (stage.visits ?? []).find((each) => each.id === id);
  return visit ? roomOf(visit.customer) : "";
}

/** @param {Stage} stage @param {any} entry */
function entryRow(stage, entry) {
  return html`<span class="grow"
      >${kindWords()[entry.kind] ?? entry.kind}<br /><span class="small quiet"
        >${[roomOfVisit(stage, entry.visit), formatTime(entry.at), entry.text].filter(Boolean).join(" · ")}</span
      ></span
    ><span class="small quiet">${formatSize(entry.size)}</span>`;
}

/** @param {Stage} stage @param {any} photo */
function photoRow(stage, photo) {
  const sent =
    photo.offset && photo.size
      ? _("%(sent)s of %(all)s sent", { sent: formatSize(photo.offset), all: formatSize(photo.size) })
      : formatSize(photo.size);
  return html`<span class="grow"
      >${photo.purpose === "signature" ? _("Signature") : _("Photo")}<br /><span class="small quiet"
        >${[roomOfVisit(stage, photo.visit), photo.error].filter(Boolean).join(" · ")}</span
      >
      ${photo.offset ? html`<progress max=${photo.size} .value=${photo.offset} aria-label=${sent}></progress>` : nothing}</span
    ><span class="small quiet">${sent}</span> ${
      photo.error && photo.state === "failed"
        ? html`<button
            class="icon-button"
            aria-label=${_("Try again")}
            @click=${() => stage.app.retryPhoto(photo.sha256)}
          >
            ${icon("refresh-cw")}
          </button>`
        : nothing
    }`;
}

/** The server's signed word; it was checked before it was kept. @param {import("../receipt.js").Receipt | null} receipt */
function custody(receipt) {
  if (!receipt) return nothing;
  const entries = ngettext("%(num)s entry", "%(num)s entries", receipt.acked_seq);
  const pictures = ngettext("%(num)s picture", "%(num)s pictures", receipt.files.length);
  return html`<h2 class="section-title">${_("Safe on the server")}</h2>
    <section class="card" aria-label=${_("Safe on the server")}>
      <p class="card-title">
        ${icon("shield-check", "icon-24")}${_("%(entries)s and %(pictures)s", { entries, pictures })}
      </p>
      <p class="small quiet">
        ${_("Signed by the server on %(when)s, and checked on this phone. Receipt %(mark)s.", { when: formatDateTime(receipt.at), mark: receipt.chain.slice(0, 8) })}
      </p>
    </section>`;
}

/** @param {any} room */
function storage(room) {
  if (!room) return nothing;
  return html`<h2 class="section-title">${_("Storage on this phone")}</h2>
    <section class="card">
      <p>
        ${
          room.quota
            ? _("%(used)s used, %(free)s free", {
                used: formatSize(room.usage),
                free: formatSize(Math.max(0, room.quota - room.usage)),
              })
            : _("This browser does not say how much is free.")
        }
      </p>
      ${room.quota ? html`<progress max=${room.quota} .value=${room.usage} aria-label=${_("Storage used")}></progress>` : nothing}
      <p class="small quiet">${persistenceWords(room)}</p>
    </section>`;
}

/** Whether the browser has promised to keep what we store. @param {any} room */
export function persistenceWords(room) {
  return room.persisted
    ? _("The phone has promised to keep this storage.")
    : _(
        "The phone may clear this storage when it is full, and a private window loses it when it is closed. Add the app to the home screen, and send often.",
      );
}

/** What logging out would leave behind. @param {{entries: number, photos: number}} unsent */
export function unsentWords({ entries, photos }) {
  return [
    ngettext("%(num)s entry", "%(num)s entries", entries),
    ngettext("%(num)s photo", "%(num)s photos", photos),
  ].join(", ");
}
