/**
 * The customer: what the file says, to be confirmed against the door, and what happened here before.
 *
 * Decides how a wrong entry is corrected: here, at once; the office approves it. Invariant: what the file said stays
 * visible beside the correction.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { asksPoint } from "../list_of.js";
import { _, formatDate, formatTime } from "../text.js";
import { levelMark, notice } from "./controls.js";
import { dueWords, nameOfHazard } from "./earlier.js";
import { beginExchange } from "./exchanged.js";
import { primary } from "./frame.js";
import { icon } from "./icons.js";
import { pointLink } from "./point_link.js";
import { wheels } from "./wheels.js";
import { nextAddress } from "./steps.js";
import { dayFrom, dayOf, outcomeWords } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @returns {{field: string, label: string, kind: "text" | "tel"}[]} */
function fields() {
  return [
    { field: "name", label: _("Name"), kind: "text" },
    { field: "phone", label: _("Phone"), kind: "tel" },
    { field: "address", label: _("Address"), kind: "text" },
    { field: "building", label: _("Building"), kind: "text" },
    { field: "unit", label: _("Unit"), kind: "text" },
    { field: "room", label: _("Room"), kind: "text" },
  ];
}

/** @param {Stage} stage @param {VisitDocument} visit */
export function customerStep(stage, visit) {
  const { customer } = visit;
  const body = html`
    ${
      customer.withheld
        ? notice(
            "is-warn",
            "info",
            _(
              "Many homes were opened by account number within the hour, so the office's file of this one is not shown. The visit counts all the same: type what stands on the door, or ask the office.",
            ),
          )
        : nothing
    }
    <h2 class="section-title">${_("Compare with the door")}</h2>
    <div class="card flush rows">
      <div class="row">
        <span class="grow"
          ><span class="small quiet">${_("Account")}</span><br />${customer.account || _("not known")}</span
        >
      </div>
      ${fields().map((entry) => fact(stage, visit, entry))}
      ${visit.meters.map(
        (/** @type {any} */ meter) =>
          html`<div class="row">
            <span class="grow"><span class="small quiet">${_("Meter number")}</span><br />${meter.serial}</span>
          </div>`,
      )}
    </div>
    ${visit.outcome ? nothing : anotherNumber(stage, visit)} ${before(stage, visit)}
  `;
  if (customer.confirmed) {
    const said = notice(
      "is-ok",
      "circle-check",
      _("Confirmed with the customer at %(time)s", { time: formatTime(customer.confirmed.at) }),
    );
    return { body: html`${said}${body}` };
  }
  const confirm = async () => {
    if (await stage.write(visit, "customer.confirm", {}))
      stage.go(nextAddress(visit, stage.checklist(visit), "customer"));
  };
  return { body, foot: visit.outcome ? nothing : primary({ label: _("All correct"), symbol: "check", run: confirm }) };
}

/** Where another meter than on file is told: by its check point, or with the reading, as far as this kind of visit has them. @param {Stage} stage @param {VisitDocument} visit */
function anotherNumber(stage, visit) {
  const list = stage.checklist(visit);
  const fails = asksPoint(list, "METER-C1");
  const reads = visit.meters.length === 1 && list.steps.includes("meter") && list.meter === "read";
  if (!fails && !reads) return nothing;
  return html`<div class="hint-line">
    <p class="hint">
      ${
        fails
          ? _("Another number on the meter? Fail “Meter number and account match the file” under Items, Meter.")
          : _("Another number on the meter? Note it: the office corrects the file.")
      }
    </p>
    ${fails ? pointLink(stage, visit, "meter", "METER-C1") : nothing}
    ${reads ? html`<a class="button text" href="/app/visit/${visit.id}/meter" @click=${() => beginExchange(stage, visit, visit.meters[0])}>${_("Note its number")}</a>` : nothing}
  </div>`;
}

/** A number is shown on the day of its visit, and while the visit is still to do or under way. @param {Stage} stage @param {VisitDocument} visit */
function mayCall(stage, visit) {
  const today = dayFrom(stage.catalog);
  return dayOf(visit) === today || (!visit.outcome && (Boolean(visit.start) || dayOf(visit) < today));
}

/** A telephone number whose middle cannot be read, as papers print it. @param {string} number */
function masked(number) {
  return number.length >= 11 ? `${number.slice(0, -8)}****${number.slice(-4)}` : number.replace(/.(?=..)/gu, "*");
}

/** One entry of the file, and its correction. @param {Stage} stage @param {VisitDocument} visit @param {ReturnType<typeof fields>[0]} entry */
function fact(stage, visit, { field, label, kind }) {
  const key = `correct:${visit.id}:${field}`;
  const draft = stage.drafts.get(key, /** @type {null | {value: string}} */ (null));
  const value = visit.customer[field] ?? "";
  const original = visit.customer.corrected?.[field];
  const hidden = kind === "tel" && !mayCall(stage, visit);
  if (draft) return correction(stage, visit, { field, label, kind, key, draft, value });
  return html`<div class="row">
    <span class="grow">
      <span class="small quiet">${label}</span><br />${(hidden ? masked(value) : value) || _("not known")}
      ${
        original !== undefined
          ? html`<span class="said small warn"
              >${original ? _("The file says: %(value)s. The office approves the correction.", { value: hidden ? masked(original) : original }) : _("Not on file yet. The office takes it in.")}</span
            >`
          : nothing
      }
    </span>
    ${
      kind === "tel" && value && !hidden
        ? html`<a class="icon-button" href="tel:${value}" aria-label=${_("Call %(number)s", { number: value })}
            >${icon("phone")}</a
          >`
        : nothing
    }
    ${
      visit.outcome
        ? nothing
        : html`<button
            class="icon-button"
            aria-label=${_("Correct: %(field)s", { field: label })}
            @click=${() => stage.drafts.set(key, { value })}
          >
            ${icon("pen-line")}
          </button>`
    }
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} entry */
function correction(stage, visit, { field, label, kind, key, draft, value }) {
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const corrected = draft.value.trim();
    if (
      corrected &&
      corrected !== value &&
      !(await stage.write(visit, "customer.correct", { field, value: corrected }))
    )
      return;
    stage.drafts.drop(key);
  };
  return html`<form class="row" @submit=${save}>
    <div class="grow">
      <label class="field">
        <span>${label}</span>
        <input
          type=${kind}
          enterkeyhint="done"
          .value=${live(draft.value)}
          @input=${(/** @type {any} */ event) => stage.drafts.set(key, { value: event.target.value })}
        />
      </label>
      <div class="pair">
        <button class="button accent" type="submit">${_("Correct it")}</button>
        <button class="button text" type="button" @click=${() => stage.drafts.drop(key)}>${_("Leave as it is")}</button>
      </div>
    </div>
  </form>`;
}

/** What happened here before. @param {Stage} stage @param {VisitDocument} visit */
function before(stage, visit) {
  const { previous } = visit;
  const open = previous?.open_hazards ?? [];
  return html`<h2 class="section-title">${_("Last time")}</h2>
    <div class="card">
      ${
        previous?.visited_on
          ? html`<p>${formatDate(previous.visited_on)} · ${outcomeWords(previous.outcome)}</p>`
          : html`<p class="quiet">${_("This is the first visit on file.")}</p>`
      }
      ${
        open.length
          ? html`<ul class="checked-list">
              ${open.map(
                (/** @type {any} */ hazard) =>
                  html`<li>
                    ${levelMark(Number(hazard.level))}
                    <span>${nameOfHazard(stage, hazard)} <span class="small">${dueWords(stage, hazard)}</span></span>
                  </li>`,
              )}
            </ul>`
          : previous?.visited_on
            ? html`<p class="quiet">${_("No open hazards.")}</p>`
            : nothing
      }
      ${visit.meters.map((/** @type {any} */ meter) =>
        meter.last
          ? html`<div class="dial">
              <span class="small quiet">${_("Last reading, %(date)s", { date: formatDate(meter.last.at) })}</span>
              ${wheels(meter, meter.last.value, { last: true })}
            </div>`
          : nothing,
      )}
    </div>`;
}
