/**
 * Me: who is logged in, how the app speaks and looks, this phone, its storage and its version.
 *
 * Decides nothing about data; logging out says first what would be left unsent on the phone.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _ } from "../text.js";
import { question, segments } from "./controls.js";
import { frame } from "./frame.js";
import { icon } from "./icons.js";
import { LANGUAGES } from "./login.js";
import { persistenceWords, unsentWords } from "./outbox.js";

/** @typedef {import("./stage.js").Stage} Stage */

/** @param {Stage} stage */
export function meScreen(stage) {
  const { app } = stage;
  const state = stage.keep("me", () => ({
    room: /** @type {any} */ (null),
    leaving: /** @type {any} */ (null),
    asked: false,
    place: "",
  }));
  if (!state.asked) {
    state.asked = true;
    void app.storage().then((room) => {
      state.room = room;
      stage.paint();
    });
    void navigator.permissions?.query({ name: "geolocation" }).then((permission) => {
      state.place = permission.state;
      stage.paint();
    });
  }
  const leave = async () => {
    state.leaving = await app.unsent();
    stage.paint();
  };
  const body = html`
    <section class="card">
      <p class="card-title">${icon("user-round", "icon-24")}${app.user?.name}</p>
      <p class="quiet">${app.user?.username}</p>
    </section>
    <h2 class="section-title">${_("Language")}</h2>
    ${segments({ label: _("Language"), options: LANGUAGES, value: app.locale, choose: (locale) => void app.setLocale(locale) })}
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
    })}
    ${phone(stage, state)}
    <button class="button danger wide" @click=${leave}>${icon("log-out")}${_("Log out")}</button>
    ${state.leaving ? leaveQuestion(stage, state) : nothing}
  `;
  return frame(stage, { title: _("Me"), back: "/app", body });
}

/** @param {Stage} stage @param {{room: any, place: string}} state */
function phone(stage, { room, place }) {
  const { app } = stage;
  return html`<h2 class="section-title">${_("This phone")}</h2>
    <dl class="card facts">
      <div>
        <dt>${_("Short name of this phone")}</dt>
        <dd>${app.device?.code ?? _("not known to the office yet")}</dd>
      </div>
      <div>
        <dt>${_("Storage")}</dt>
        <dd>${room ? persistenceWords(room) : "…"}</dd>
      </div>
      <div>
        <dt>${_("Location")}</dt>
        <dd>${placeWords(place)}</dd>
      </div>
      <div>
        <dt>${_("Version")}</dt>
        <dd>
          ${app.update ? _("A newer version is ready. It is offered on Today, never in the middle of a visit.") : _("This is the newest version this phone knows.")}
        </dd>
      </div>
    </dl>`;
}

/** @param {string} permission  of the browser */
function placeWords(permission) {
  if (permission === "granted") return _("Noted when a visit begins.");
  if (permission === "denied") return _("Refused. Visits begin without a place; the phone’s settings can allow it.");
  return _("The phone asks when a visit begins.");
}

/** @param {Stage} stage @param {{leaving: {entries: number, photos: number} | null}} state */
function leaveQuestion(stage, state) {
  const left = /** @type {{entries: number, photos: number}} */ (state.leaving);
  const anything = left.entries + left.photos > 0;
  const stay = () => {
    state.leaving = null;
    stage.paint();
  };
  const go = async () => {
    state.leaving = null;
    await stage.app.logout();
    stage.memory.clear();
    stage.drafts.held.clear();
    stage.drafts.asked.clear();
    stage.visits = null;
    stage.go("/app/login", { replace: true });
  };
  return question({
    title: anything ? _("Not everything is sent") : _("Log out?"),
    body: anything
      ? html`<p>
          ${_("%(what)s would stay on this phone, safe, until you log in on it again. Nobody else can send them.", { what: unsentWords(left) })}
        </p>`
      : html`<p>${_("Everything is with the office. Logging in again needs a network.")}</p>`,
    answers: html`<button class="button danger" @click=${go}>
        ${anything ? _("Log out all the same") : _("Log out")}
      </button>
      <button class="button text" @click=${stay}>${_("Stay")}</button>`,
    cancel: stay,
  });
}
