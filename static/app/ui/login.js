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
import { unsentWords } from "./outbox.js";
import { textOfProblem } from "./stage.js";

/** @typedef {import("./stage.js").Stage} Stage */

export const LANGUAGES = [
  { value: "zh-Hans", label: "简体" },
  { value: "zh-Hant", label: "繁體" },
  { value: "en", label: "English" },
];

/** @param {Stage} stage */
const stateOf = (stage) =>
  stage.keep("login", () => ({ busy: false, asksCode: false, problem: /** @type {unknown} */ (null) }));

/** @param {Stage} stage */
export function loginScreen(stage) {
  const state = stateOf(stage);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (state.busy) return;
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    Object.assign(state, { busy: true, problem: null });
    stage.paint();
    const problem = await stage.logIn(
      String(form.get("username")).trim(),
      String(form.get("password")),
      String(form.get("code") ?? "").trim(),
    );
    const after = stateOf(stage);
    Object.assign(after, { busy: false, problem, asksCode: after.asksCode || asksCode(problem) });
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
    ${stage.app.wiped ? blockedWords(stage.app.wiped) : nothing}
    <form class="login-form" @submit=${submit}>${fields(state)}</form>
    ${state.busy ? nothing : notSaved(stage)}
    ${segments({
      label: _("Language"),
      options: LANGUAGES,
      value: stage.app.locale,
      choose: (locale) => void stage.app.setPref("locale", locale),
    })}
    ${stage.app.user ? html`<a class="button text" href="/app">${_("Back to Today")}</a>` : nothing}
  </main>`;
}

/** The office has blocked this phone, and it is emptied. @param {import("../leaving.js").Left} left */
function blockedWords(left) {
  return html`<div class="notice is-warn" role="alert">
    ${icon("triangle-alert")}
    <div class="grow">
      <p class="strong">${_("The office has blocked this phone.")}</p>
      <p>
        ${_("What was written on it is with the office. Visits, photos and signatures have been removed from this phone, with the key to them. If that is a mistake, ask your office.")}
      </p>
      ${left.entries + left.photos ? html`<p>${_("The office could not take %(what)s: that stays here, locked.", { what: unsentWords(left) })}</p>` : nothing}
    </div>
  </div>`;
}

/** @param {unknown} problem */
const codeOf = (problem) => /** @type {{code?: string} | null} */ (problem)?.code ?? "";

/** Whether the account has a second factor, so that its code is asked for too. @param {unknown} problem */
const asksCode = (problem) => ["second_factor_required", "bad_second_factor"].includes(codeOf(problem));

/** Whether something must be set up first, which the log-in page leads to. @param {unknown} problem */
const isOwed = (problem) => ["password_owed", "second_factor_owed"].includes(codeOf(problem));

const codeField = () =>
  html`<label class="field">
    <span>${_("Code of the authenticator app, or a recovery code")}</span>
    <input type="text" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required />
  </label>`;

/** @param {{busy: boolean, asksCode: boolean, problem: unknown}} state */
function fields(state) {
  return html`<label class="field">
      <span>${_("User name")}</span>
      <input type="text" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required />
    </label>
    <label class="field">
      <span>${_("Password")}</span>
      <input type="password" name="password" autocomplete="current-password" required />
    </label>
    ${state.problem ? html`<p class="problem" role="alert">${icon("octagon-alert")}<span>${textOfProblem(state.problem)}</span></p>` : nothing}
    ${state.asksCode ? codeField() : nothing}
    ${isOwed(state.problem) ? html`<a class="button wide" href="/login?next=/app">${_("Do it now, on the log-in page")}</a>` : nothing}
    <button class="button primary" aria-disabled=${state.busy ? "true" : "false"}>
      ${state.busy ? _("Logging in and fetching today’s visits …") : _("Log in")}
    </button>`;
}
