/**
 * A visit that nobody planned: at a customer whom this phone knows, or at an address that is typed.
 *
 * Decides what is asked before it is opened, and what is written then; works without a network, the office's file comes
 * with the next sync. What is typed of a customer is a correction like any other: the file changes through the office
 * only. Invariant: opening twice the same half-written form makes one visit, for its id stands in the draft.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, textOf } from "../text.js";
import { notice, picks } from "./controls.js";
import { isMeant } from "./find.js";
import { frame, primary } from "./frame.js";
import { icon } from "./icons.js";
import { giveUp, withIds, written } from "./opening.js";
import { textOfProblem } from "./stage.js";
import { begin } from "./start.js";
import { addressOf, roomOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {import("./opening.js").Form} Form */

const MOST_SHOWN = 6;

/** @type {Form} */
const EMPTY = {
  ...{ id: "", customer: "", meter: "", type: "", typed: "", picked: "", by_hand: false, account: "", serial: "" },
  ...{ name: "", phone: "", address: "", building: "", unit: "", room: "", lookup: "", home: "" },
};

/**
 * Go to the form, with what is known already.
 *
 * @param {Stage} stage
 * @param {Partial<Form>} known
 */
export function openForm(stage, known) {
  stage.drafts.set("unplanned", { ...EMPTY, ...known });
  stage.go("/app/new");
}

/**
 * The kinds of visit that may be opened at a door: those of the company's trades that need no order first.
 *
 * @param {any} catalog
 * @returns {any[]}
 */
export function offered({ visit_types = [], company }) {
  const isOurs = (/** @type {string} */ id) => company?.trades?.includes(id.split(".")[0]) ?? true;
  const needsOrder = (/** @type {any[]} */ rules = []) => rules.some(({ id }) => id === "order_first");
  return visit_types.filter((/** @type {any} */ { active, id, rules }) => active && isOurs(id) && !needsOrder(rules));
}

/** @param {Stage} stage */
export function unplannedScreen(stage) {
  const form = /** @type {Form} */ (stage.drafts.get("unplanned", EMPTY));
  const set = (/** @type {Partial<Form>} */ change) => stage.drafts.set("unplanned", { ...form, ...change });
  const types = offered(stage.catalog);
  const type = form.type || types[0]?.id || "";
  const { problem } = opening(stage);
  const picked = (stage.visits ?? []).find(({ customer }) => customer.id === form.picked);
  const whole = picked || (form.by_hand && form.address.trim());
  const body = html`
    <section class="group">
      <h2 class="section-title">${_("Kind of visit")}</h2>
      ${picks({
        label: _("Kind of visit"),
        options: types.map((/** @type {any} */ each) => ({ value: each.id, label: textOf(each.name) })),
        value: type,
        choose: (chosen) => set({ type: chosen }),
      })}
    </section>
    <h2 class="section-title">${_("At whose home?")}</h2>
    ${picked ? chosen(stage, picked, set) : form.by_hand ? byHand(form, set) : search(stage, form, set)}
    ${problem ? html`<p class="problem" role="alert">${icon("octagon-alert")}<span>${textOfProblem(problem)}</span></p>` : nothing}
  `;
  return frame(stage, {
    title: _("Unplanned visit"),
    back: "/app",
    body,
    foot: primary({
      label: whole ? _("Begin this visit") : form.by_hand ? _("Type the address") : _("Choose the customer"),
      symbol: whole ? "play" : undefined,
      disabled: !whole,
      run: () => void open(stage, { ...form, type }, picked),
    }),
  });
}

/** @param {Stage} stage @param {Form} form @param {(change: Partial<Form>) => void} set */
function search(stage, form, set) {
  const { typed } = form;
  const found = new Map(
    (typed ? (stage.visits ?? []).filter((visit) => isMeant(visit, typed)) : []).map((visit) => [
      visit.customer.id,
      visit,
    ]),
  );
  return html`<label class="search">
      ${icon("search")}
      <input
        type="search"
        aria-label=${_("Search the customers on this phone")}
        placeholder=${_("Name, address or number")}
        enterkeyhint="search"
        .value=${live(typed)}
        @input=${(/** @type {any} */ event) => set({ typed: event.target.value })}
      />
    </label>
    ${typed && !found.size ? html`<p class="hint" role="status">${_("No customer on this phone holds that.")}</p>` : nothing}
    ${
      found.size
        ? html`<ul class="card flush rows">
            ${[...found.values()].slice(0, MOST_SHOWN).map(
              ({ customer }) =>
                html`<li>
                  <button class="row" @click=${() => set({ picked: customer.id })}>
                    <span class="grow">${homeOf(customer)}</span>${icon("chevron-right", "lead")}
                  </button>
                </li>`,
            )}
          </ul>`
        : nothing
    }
    <button class="button wide" @click=${() => set({ by_hand: true })}>
      ${icon("pen-line")}${_("Not on this phone: type the address")}
    </button>`;
}

/** @param {any} customer */
function homeOf(customer) {
  return html`<b>${customer.name}</b> · ${roomOf(customer)}<br /><span class="small quiet"
      >${[addressOf(customer), customer.account].filter(Boolean).join(" · ")}</span
    >`;
}

/** @param {Stage} stage @param {VisitDocument} picked @param {(change: Partial<Form>) => void} set */
function chosen(stage, { customer }, set) {
  const open = (stage.visits ?? []).find(
    (visit) => visit.customer.id === customer.id && !visit.outcome && visit.state !== "cancelled",
  );
  return html`<section class="card">
      <p>${homeOf(customer)}</p>
      <button class="button wide" @click=${() => set({ picked: "" })}>${_("Another customer")}</button>
    </section>
    ${
      open
        ? notice(
            "is-warn",
            "calendar",
            html`<p>${_("A visit to this home is planned and still open.")}</p>
              <a class="button" href="/app/visit/${open.id}">${_("Open that one")}</a>`,
          )
        : nothing
    }`;
}

/** @param {Form} form @param {(change: Partial<Form>) => void} set */
function byHand(form, set) {
  const field = (/** @type {keyof Form} */ part, /** @type {string} */ label, kind = "text") =>
    html`<label class="field">
      <span>${label}</span>
      <input
        type=${kind}
        autocomplete="off"
        enterkeyhint="next"
        maxlength=${part === "account" ? 40 : part === "serial" ? 60 : 200}
        .value=${live(form[part])}
        @input=${(/** @type {any} */ event) => set({ [part]: event.target.value })}
      />
    </label>`;
  return html`<section class="card">
      ${field("address", _("Address"))}
      <div class="pair">${field("building", _("Building"))} ${field("unit", _("Unit"))}</div>
      <div class="pair">${field("room", _("Room"))} ${field("account", _("Account"))}</div>
      ${field("serial", _("Meter number"))} ${field("name", _("Name"))} ${field("phone", _("Phone"), "tel")}
      <p class="hint">
        ${_("With the account the file comes at the next sync; otherwise the office makes one of this.")}
      </p>
    </section>
    <button class="button text wide" @click=${() => set({ by_hand: false })}>
      ${_("Search the customers on this phone")}
    </button>`;
}

/** @param {Stage} stage @param {Form} given @param {VisitDocument | undefined} picked */
async function open(stage, given, picked) {
  const state = opening(stage);
  if (state.busy) return;
  Object.assign(state, { busy: true, problem: null });
  const form = withIds(given, picked);
  try {
    stage.drafts.set("unplanned", form);
    await stage.drafts.onDisk();
    if (form.id !== given.id) await giveUp(stage, given.id);
    if (!(await written(stage, form, picked))) return;
    stage.drafts.drop("unplanned");
  } catch (problem) {
    state.problem = problem;
    return;
  } finally {
    state.busy = false;
    stage.paint();
  }
  await begin(stage, { id: form.id }, { replace: true });
}

/** @param {Stage} stage */
const opening = (stage) => stage.keep("unplanned", () => ({ busy: false, problem: /** @type {unknown} */ (null) }));
