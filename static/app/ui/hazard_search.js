/**
 * Choosing what is wrong: the entries that the failed point may mean, the whole catalogue, or words of one's own.
 *
 * Decides the order in which the catalogue is offered: recent first, then the same item, then the rest.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, textOf } from "../text.js";
import { choices, levelMark } from "./controls.js";
import { initialsOf } from "./find.js";
import { fromCatalog } from "./hazard_open.js";
import { entryOf } from "./hazard_parts.js";
import { icon } from "./icons.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./hazard_open.js").HazardDraft} HazardDraft */
/** @typedef {import("./hazard_parts.js").SetDraft} SetDraft */

const MOST_SHOWN = 40;
const LETTERS = /^[a-z]{2,}$/;

/** What an entry is found by; the initials of its pinyin too, for who types with one thumb. @param {any} entry */
function wordsOf({ code, name, harm }) {
  const words = [code, ...Object.values(name), ...Object.values(harm)].join("\n").toLowerCase();
  return { words, initials: initialsOf(name["zh-Hans"] ?? "") };
}

/** @param {Stage} stage @param {HazardDraft} draft @param {SetDraft} set @param {boolean} recorded */
export function whatIsWrong(stage, draft, set, recorded) {
  const codes = [...new Set([...draft.candidates, ...(draft.code ? [draft.code] : [])])];
  const options = codes.flatMap((code) => {
    const entry = entryOf(stage.catalog, code);
    return entry ? [{ value: code, label: textOf(entry.name), detail: textOf(entry.harm) }] : [];
  });
  const search = (/** @type {Event} */ event) => {
    const sheet = event.target instanceof Element ? event.target.closest(".sheet-body") : null;
    if (sheet) sheet.scrollTop = 0;
    set({ searching: true, typed: "" });
  };
  const shown = recorded ? options.filter((option) => option.value === draft.code) : options;
  return html`<section class="group">
    <h3>${_("What is wrong")}</h3>
    ${recorded && !draft.code ? html`<p class="card">${draft.name}</p>` : nothing}
    ${
      shown.length
        ? choices({
            label: _("What is wrong"),
            options: shown,
            value: draft.code,
            choose: (code) => (recorded ? undefined : set(fromCatalog(stage.catalog, code))),
          })
        : nothing
    }
    ${!recorded && !draft.code ? freeText(draft, set) : nothing}
    ${
      recorded
        ? nothing
        : html`<button class="button text" @click=${search}>${icon("search")}${_("Something else")}</button>`
    }
  </section>`;
}

/** @param {HazardDraft} draft @param {SetDraft} set */
function freeText(draft, set) {
  return html`<label class="field">
    <span>${_("In your own words: what is wrong?")}</span>
    <textarea
      .value=${live(draft.name)}
      @input=${(/** @type {any} */ event) => set({ name: event.target.value })}
    ></textarea>
  </label>`;
}

/** @param {Stage} stage @param {HazardDraft} draft @returns {{title: string, entries: any[]}[]} */
function offered(stage, draft) {
  const all = (stage.catalog.hazards ?? []).filter((/** @type {any} */ entry) => !entry.off);
  const typed = draft.typed.trim().toLowerCase();
  const found = all.filter((/** @type {any} */ entry) => {
    const { words, initials } = stage.keep(`hazard-words:${entry.code}`, () => wordsOf(entry));
    return typed.split(/\s+/).every((word) => words.includes(word) || (LETTERS.test(word) && initials.includes(word)));
  });
  if (typed) return [{ title: _("Found"), entries: found.slice(0, MOST_SHOWN) }];
  const codes = stage.drafts.get("recent-hazards", /** @type {string[]} */ ([]));
  const recent = codes.map((code) => entryOf(stage.catalog, code)).filter((entry) => entry && !entry.off);
  const rest = found.filter((/** @type {any} */ entry) => !codes.includes(entry.code));
  return [
    { title: _("Recent"), entries: recent },
    { title: _("Same item"), entries: rest.filter((/** @type {any} */ entry) => entry.item === draft.item) },
    { title: _("All others"), entries: rest.filter((/** @type {any} */ entry) => entry.item !== draft.item) },
  ];
}

/** @param {Stage} stage @param {HazardDraft} draft @param {SetDraft} set */
export function catalogueSearch(stage, draft, set) {
  const pick = (/** @type {string} */ code) => set({ ...fromCatalog(stage.catalog, code), searching: false });
  const groups = offered(stage, draft);
  const own = () =>
    set({
      code: null,
      candidates: draft.candidates,
      name: draft.typed,
      solutions: [],
      stop_gas: "none",
      searching: false,
    });
  return html`
    <label class="search">
      ${icon("search")}
      <input
        type="search"
        aria-label=${_("Search the hazard catalogue")}
        placeholder=${_("Search the hazard catalogue")}
        .value=${live(draft.typed)}
        @input=${(/** @type {any} */ event) => set({ typed: event.target.value })}
      />
    </label>
    ${groups.some(({ entries }) => entries.length) ? nothing : html`<p class="quiet" role="status">${_("Nothing in the catalogue holds that.")}</p>`}
    ${groups.map(({ title, entries }) =>
      entries.length
        ? html`<section class="group">
            <h3>${title}</h3>
            <div class="card flush rows">
              ${entries.map(
                (entry) =>
                  html`<button class="row" @click=${() => pick(entry.code)}>
                    <span class="grow">${textOf(entry.name)}</span>${levelMark(entry.level)}
                  </button>`,
              )}
            </div>
          </section>`
        : nothing,
    )}
    <button class="button wide" @click=${own}>${icon("pen-line")}${_("None of these: describe it yourself")}</button>
  `;
}
