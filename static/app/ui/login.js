/**
 * The login: the only screen of a phone that belongs to nobody yet.
 *
 * Decides nothing about who may come in; it passes name and password to the App and shows its answer in words.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { wordsFor } from "../problems.js";
import { _ } from "../text.js";
import { segments } from "./controls.js";
import { notSaved } from "./frame.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */

export const LANGUAGES = [
  { value: "zh-Hans", label: "简体" },
  { value: "zh-Hant", label: "繁體" },
  { value: "en", label: "English" },
];

/** @param {Stage} stage */
const stateOf = (stage) => stage.keep("login", () => ({ busy: false, problem: "" }));

/** @param {Stage} stage */
export function loginScreen(stage) {
  const state = stateOf(stage);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (state.busy) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    Object.assign(state, { busy: true, problem: "" });
    stage.paint();
    const problem = await stage.logIn(String(form.get("username")).trim(), String(form.get("password")));
    Object.assign(stateOf(stage), { busy: false, problem });
    if (!problem) stage.go(stage.route.name === "login" ? "/app" : stage.route.path, { replace: true });
    await stage.refresh();
  };
  return html`<main class="login">
    <img class="mark" src="/static/icons/app-icon.svg" alt="" width="72" height="72" />
    <div>
      <h1 tabindex="-1">${_("Visits")}</h1>
      <p class="quiet">${_("Log in once with a network. After that the whole day works without one.")}</p>
    </div>
    ${globalThis.isSecureContext ? nothing : html`<p class="notice is-warn" role="alert">${icon("triangle-alert")}<span class="grow">${wordsFor("not_secure")}</span></p>`}
    <form class="login-form" @submit=${submit}>${fields(state)}</form>
    ${state.busy ? nothing : notSaved(stage)}
    ${segments({
      label: _("Language"),
      options: LANGUAGES,
      value: stage.app.locale,
      choose: (locale) => void stage.app.setLocale(locale),
    })}
    ${stage.app.user ? html`<a class="button text" href="/app">${_("Back to Today")}</a>` : nothing}
  </main>`;
}

/** @param {{busy: boolean, problem: string}} state */
function fields(state) {
  return html`<label class="field">
      <span>${_("User name")}</span>
      <input type="text" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required />
    </label>
    <label class="field">
      <span>${_("Password")}</span>
      <input type="password" name="password" autocomplete="current-password" required />
    </label>
    ${state.problem ? html`<p class="problem" role="alert">${icon("octagon-alert")}<span>${state.problem}</span></p>` : nothing}
    <button class="button primary" aria-disabled=${state.busy ? "true" : "false"}>
      ${state.busy ? _("Logging in and fetching today’s visits …") : _("Log in")}
    </button>`;
}
