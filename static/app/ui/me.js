/**
 * Me: who is logged in, how the app speaks and looks, whether this phone is ready, its storage and its version.
 *
 * Decides nothing about data; logging out says first what would be left unsent on the phone. Invariant: what it says of
 * the phone is read when the screen is opened, not remembered.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { keptVersion, lookForUpdate } from "../trial.js";
import { _, formatSize } from "../text.js";
import { question, segments } from "./controls.js";
import { frame, notSaved } from "./frame.js";
import { icon } from "./icons.js";
import { LANGUAGES } from "./login.js";
import { persistenceWords, unsentWords } from "./outbox.js";
import { checkOnDemand } from "./preshift.js";

/** @typedef {import("./stage.js").Stage} Stage */

/**
 * @typedef {object} Me
 * @property {string} opened  which opening of the screen it was read for
 * @property {{usage: number, quota: number, persisted: boolean} | null} room
 * @property {import("../device.js").Device | null | undefined} device  undefined: not read yet
 * @property {string | undefined} version  empty: the phone keeps none, or it does not say
 * @property {string} place  the browser's permission
 * @property {{entries: number, photos: number} | null} leaving
 * @property {"" | "looking" | "none" | "no_answer"} looked  for a newer version
 */

/** @param {Stage} stage @returns {Me} */
function stateOf(stage) {
  return stage.keep("me", () => ({
    opened: "",
    room: null,
    device: undefined,
    version: undefined,
    place: "",
    leaving: null,
    looked: /** @type {const} */ (""),
  }));
}

/** Read what the phone says of itself, once each time the screen is opened. @param {Stage} stage @param {Me} state */
function readAgain(stage, state) {
  const opening = `${history.state?.depth ?? 0} ${stage.app.device?.id ?? ""} ${stage.app.sync.lastSyncAt ?? 0}`;
  if (state.opened === opening) return;
  state.opened = opening;
  const take = (/** @type {Partial<Me>} */ part) => {
    Object.assign(state, part);
    stage.paint();
  };
  void stage.app.storage().then((room) => take({ room }));
  void stage.app.aboutPhone().then(({ device }) => take({ device }));
  void keptVersion().then(
    (version) => take({ version }),
    () => take({ version: "" }),
  );
  void navigator.permissions?.query({ name: "geolocation" }).then(({ state: place }) => take({ place }));
}

/** @param {Stage} stage */
export function meScreen(stage) {
  const { app } = stage;
  const state = stateOf(stage);
  readAgain(stage, state);
  const leave = async () => {
    state.leaving = await app.unsent();
    stage.paint();
  };
  const body = html`
    <section class="card">
      <p class="card-title">${icon("user-round", "icon-24")}${app.user?.name}</p>
      <p class="quiet">${app.user?.username}</p>
      <a class="button wide" href="/account">${_("Password, second factor and sessions")}</a>
    </section>
    ${looks(stage)} ${checkOnDemand(stage)} ${phone(stage, state)}
    <button class="button danger wide" @click=${leave}>${icon("log-out")}${_("Log out")}</button>
    ${state.leaving ? leaveQuestion(stage, state) : nothing}
  `;
  return frame(stage, { title: _("Me"), back: "/app", body });
}

/** How the app speaks and looks. @param {Stage} stage */
function looks({ app }) {
  return html`<h2 class="section-title">${_("Language")}</h2>
    ${segments({ label: _("Language"), options: LANGUAGES, value: app.locale, choose: (locale) => void app.setPref("locale", locale) })}
    <h2 class="section-title">${_("Text size")}</h2>
    ${segments({
      label: _("Text size"),
      options: [
        { value: "normal", label: _("Normal") },
        { value: "large", label: _("Large") },
        { value: "largest", label: _("Largest") },
      ],
      value: app.textSize,
      choose: (size) => void app.setPref("textSize", size),
    })}
    <h2 class="section-title">${_("Light or dark")}</h2>
    ${segments({
      label: _("Light or dark"),
      options: [
        { value: "auto", label: _("As the phone") },
        { value: "light", label: _("Light") },
        { value: "dark", label: _("Dark") },
      ],
      value: app.theme,
      choose: (theme) => void app.setPref("theme", theme),
    })}`;
}

/** @param {Stage} stage @param {Me} state */
function phone(stage, state) {
  const { room, device, place } = state;
  return html`<h2 class="section-title">${_("This phone")}</h2>
    <section class="card">
      <dl class="facts">
        <div>
          <dt>${_("Short name of this phone")}</dt>
          <dd>${device === undefined ? "…" : (device?.code ?? _("not known to the office yet"))}</dd>
        </div>
        <div>
          <dt>${_("Storage")}</dt>
          <dd>${room ? roomWords(room) : "…"}</dd>
        </div>
        <div>
          <dt>${_("Location")}</dt>
          <dd>${placeWords(place)}</dd>
        </div>
        <div>
          <dt>${_("Version")}</dt>
          <dd>${versionWords(stage, state)}</dd>
        </div>
      </dl>
      <button
        class="button wide"
        aria-disabled=${state.looked === "looking"}
        @click=${() => lookForNewer(stage, state)}
      >
        ${icon("refresh-cw")}${_("Look for a newer version")}
      </button>
    </section>`;
}

/** @param {{usage: number, quota: number, persisted: boolean}} room */
function roomWords(room) {
  const { usage, quota } = room;
  return html`${
      quota
        ? _("%(used)s used, %(free)s free", { used: formatSize(usage), free: formatSize(Math.max(0, quota - usage)) })
        : nothing
    } <br />${persistenceWords(room)}`;
}

/** @param {Stage} stage @param {Me} state */
function versionWords({ app }, { version, looked }) {
  const words = app.update
    ? _("A newer version is ready. It is offered on Today, never in the middle of a visit.")
    : looked === "looking"
      ? _("Looking for a newer version …")
      : looked === "no_answer"
        ? _("No answer: whether there is a newer one shows with the next network.")
        : _("This is the newest version this phone knows.");
  return html`${version ? html`<span>${version}</span><br />` : nothing}<span role="status">${words}</span>`;
}

/** @param {Stage} stage @param {Me} state */
async function lookForNewer(stage, state) {
  if (state.looked === "looking") return;
  state.looked = "looking";
  stage.paint();
  state.looked = await lookForUpdate().then(
    () => /** @type {const} */ ("none"),
    () => /** @type {const} */ ("no_answer"),
  );
  stage.paint();
}

/** @param {string} permission  of the browser */
function placeWords(permission) {
  if (permission === "granted") return _("Noted when a visit begins.");
  if (permission === "denied") return _("Refused. Visits begin without a place; the phone’s settings can allow it.");
  return _("The phone asks when a visit begins.");
}

/** @param {Stage} stage @param {Me} state */
function leaveQuestion(stage, state) {
  const left = /** @type {{entries: number, photos: number}} */ (state.leaving);
  const anything = left.entries + left.photos > 0;
  const lost = stage.notSaved.length > 0; // it is nowhere but on this page
  const stay = () => {
    state.leaving = null;
    stage.paint();
  };
  const go = async () => {
    state.leaving = null;
    const leaving = stage.app.logout();
    stage.forget(); // at once: the network may let us wait
    await leaving;
    stage.go("/app/login", { replace: true });
  };
  return question({
    title: anything || lost ? _("Not everything is sent") : _("Log out?"),
    body: anything
      ? html`<p>
            ${_("%(what)s would stay on this phone, safe, until you log in on it again. Nobody else can send them.", { what: unsentWords(left) })}
          </p>
          <p>
            ${_("Visits, photos and half-filled forms are removed from this phone.")} ${_("What is unsent is not.")}
          </p>
          ${notSaved(stage)}`
      : lost
        ? notSaved(stage)
        : html`<p>${_("Everything is with the office. Logging in again needs a network.")}</p>
            <p>${_("Visits, photos and half-filled forms are removed from this phone.")}</p>`,
    answers: html`<button class="button danger" @click=${go}>
        ${anything || lost ? _("Log out all the same") : _("Log out")}
      </button>
      <button class="button text" @click=${stay}>${_("Stay")}</button>`,
    cancel: stay,
  });
}
