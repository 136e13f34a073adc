/**
 * One check point: pass, fail, or something else with its reason.
 *
 * Decides how a point is judged on the screen and what is written for it. A fail opens the hazard sheet by itself.
 * Invariant: a figure decides its own result; a person can make it a fail, never a pass.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { leadsToHazard } from "../missing.js";
import { asksFor, lockedBy, warnedOf } from "../rules.js";
import { _, ngettext, textOf } from "../text.js";
import { chargesField } from "./charges.js";
import { levelMark } from "./controls.js";
import { figureField } from "./figure.js";
import { openHazard, openNewHazard } from "./hazard_open.js";
import { icon } from "./icons.js";
import { alarmOf, hazardsOfPoint, resultOfFigure } from "./judge.js";
import { photosOf, photoStrip } from "./photo.js";
import { resultWords } from "./words.js";
import { saidField, stampButton } from "./work_points.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** The kinds whose answer is something said, a moment, or what is charged; and those whose answer is not pass or fail. */
const SAID = ["text", "stamp", "charges"];
const WITH_ITS_OWN_ANSWER = [...SAID, "choice"];

/** @typedef {{result: string, value?: string, note?: string, hazard?: string}} Judgement */

/** What is judged and on its way to the disk, by point: a quick second tap counts from it and not from what is drawn. @param {Stage} stage @param {VisitDocument} visit @returns {Record<string, {result: string}>} */
export const judging = (stage, visit) => stage.keep(`judging:${visit.id}`, () => ({}));

/**
 * Write a judgement; a fail leads to its hazard.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} item
 * @param {any} point
 * @param {Judgement} judgement
 */
export async function judge(stage, visit, item, point, { hazard, ...data }) {
  const way = judging(stage, visit);
  way[point.id] = data;
  const saved = await stage.write(visit, "check.set", { item: item.id, point: point.id, ...data });
  if (way[point.id] === data) delete way[point.id];
  if (alarmOf(point, data.value) === "evacuate") return; // first everybody leaves; the hazard can be written outside
  if (
    saved &&
    data.result === "fail" &&
    leadsToHazard(stage.checklist(visit), point) &&
    !hazardsOfPoint(stage.visit ?? visit, item, point).length
  ) {
    openNewHazard(stage, visit, item, point, hazard);
  }
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point */
export function pointRow(stage, visit, item, point) {
  const check = visit.checks?.[item.id]?.[point.id];
  const more = stage.drafts.get(
    `more:${visit.id}:${point.id}`,
    /** @type {null | {result: string, note: string}} */ (null),
  );
  const name = `point-${point.id}`;
  const lock = visit.outcome ? null : lockedBy(visit, stage.checklist(visit), point.id);
  if (lock && !lock.only && !check) return waitingRow(name, point, lock.why);
  return html`<div
    class="point ${check?.result === "fail" ? "is-fail" : ""}"
    id=${name}
    role="group"
    aria-labelledby="${name}-name"
  >
    <div class="line">
      <div class="what">
        <p id="${name}-name">${textOf(point.name)}</p>
        ${hint(stage, visit, item, point)}${lock ? html`<p class="hint warn">${lock.why}</p>` : nothing}
      </div>
      ${visit.outcome ? verdict(stage, check) : WITH_ITS_OWN_ANSWER.includes(point.kind) ? moreButton(stage, visit, point, more, check) : threeWay(stage, visit, item, point, check, Boolean(lock))}
    </div>
    ${point.kind === "number" ? figureField(stage, visit, item, point, check, judge) : nothing}
    ${point.kind === "text" ? saidField(stage, visit, item, point, check, judge) : nothing}
    ${point.kind === "stamp" ? stampButton(stage, visit, item, point, check, judge) : nothing}
    ${point.kind === "charges" ? chargesField(stage, visit, item, point, check) : nothing}
    ${point.kind === "choice" ? picks(stage, visit, item, point, check, Boolean(lock)) : nothing}
    ${more && !visit.outcome ? morePanel(stage, visit, item, point, check, more) : nothing}
    ${aside(stage, visit, item, point, check)}
  </div>`;
}

/** A point that cannot be answered yet: its name, and what it waits for. @param {string} name @param {any} point @param {string} why */
function waitingRow(name, point, why) {
  return html`<div class="point is-waiting" id=${name} role="group" aria-labelledby="${name}-name">
    <div class="line">
      <div class="what">
        <p id="${name}-name" class="quiet">${textOf(point.name)}</p>
        <p class="hint">${why}</p>
      </div>
      ${icon("clock", "lead")}
    </div>
  </div>`;
}

/** How it is checked, where a rule says so, and whether it may be missing. @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point */
function hint(stage, visit, item, point) {
  const isAsked = point.required || asksFor(visit, stage.checklist(visit), item, point);
  const words = [textOf(point.method), isAsked ? "" : _("if present")].filter(Boolean);
  return words.length ? html`<p class="hint">${words.join(" · ")}</p>` : nothing;
}

/** @param {Stage} stage @param {any} check */
function verdict(stage, check) {
  const words = check ? resultWords(stage.catalog, check.result) : _("not judged");
  return html`<span class="verdict ${check?.result === "fail" ? "danger" : check?.result === "pass" ? "ok" : "quiet"}"
    >${words}</span
  >`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check @param {boolean} waits  what must not be done yet cannot pass */
function threeWay(stage, visit, item, point, check, waits) {
  const result = check?.result;
  const more = result && result !== "pass" && result !== "fail";
  const set = (/** @type {string} */ to) => {
    if (to === "fail" && !leadsToHazard(stage.checklist(visit), point))
      return stage.drafts.set(`more:${visit.id}:${point.id}`, { result: "fail", note: check?.note ?? "" });
    stage.drafts.drop(`more:${visit.id}:${point.id}`);
    if ((judging(stage, visit)[point.id]?.result ?? result) !== to)
      return void judge(stage, visit, item, point, {
        result: to,
        ...(to === "fail" && check?.value ? { value: check.value } : {}),
      });
    if (to === "fail" && !hazardsOfPoint(visit, item, point).length) openNewHazard(stage, visit, item, point);
  };
  // What an instrument must say passes by its figure alone; what fails by eye or nose needs none.
  const byFigure = point.kind === "number" && (point.needed_to_pass !== false || check?.value !== undefined);
  return html`<div class="tri">
    ${
      byFigure
        ? nothing
        : html`<button
            data-result="pass"
            aria-pressed=${result === "pass" ? "true" : "false"}
            aria-label=${_("Pass")}
            ?disabled=${waits}
            @click=${() => set("pass")}
          >
            ${icon("check")}
          </button>`
    }
    <button
      data-result="fail"
      aria-pressed=${result === "fail" ? "true" : "false"}
      aria-label=${_("Fail")}
      @click=${() => set("fail")}
    >
      ${icon("x")}
    </button>
    <button
      data-result="more"
      aria-pressed=${more ? "true" : "false"}
      aria-label=${_("More")}
      @click=${() => toggleMore(stage, visit, point)}
    >
      ${icon("ellipsis")}
    </button>
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} point @param {any} more @param {any} check */
function moreButton(stage, visit, point, more, check) {
  const special = check && ["na", "not_accessible", "pass_note"].includes(check.result) && !check.value;
  return html`<div class="tri">
    <button
      data-result="more"
      aria-pressed=${more || special ? "true" : "false"}
      aria-label=${_("More")}
      @click=${() => toggleMore(stage, visit, point)}
    >
      ${icon("ellipsis")}
    </button>
  </div>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} point */
function toggleMore(stage, visit, point) {
  const key = `more:${visit.id}:${point.id}`;
  stage.drafts.set(key, stage.drafts.get(key, null) ? null : { result: "", note: "" });
}

/** The answers of a choice; what each leads to is the catalogue's. @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check @param {boolean} waits */
function picks(stage, visit, item, point, check, waits) {
  return html`<div class="picks" role="radiogroup" aria-labelledby="point-${point.id}-name">
    ${point.choices.map((/** @type {any} */ choice) => {
      const chosen = check?.value === choice.value;
      const set = () =>
        visit.outcome
          ? undefined
          : judge(stage, visit, item, point, { result: choice.result, value: choice.value, hazard: choice.hazard });
      return html`<button
        class="pick"
        role="radio"
        aria-checked=${chosen ? "true" : "false"}
        data-result=${choice.result}
        ?disabled=${waits && choice.result === "pass"}
        @click=${set}
      >
        ${textOf(choice.name)}
      </button>`;
    })}
  </div>`;
}

/** The rarer results, each with the words it needs. @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check @param {{result: string, note: string}} more */
function morePanel(stage, visit, item, point, check, more) {
  const key = `more:${visit.id}:${point.id}`;
  const figure = point.kind === "number" ? check?.value : undefined;
  const options = [
    { result: "na", label: _("Not applicable") },
    { result: "not_accessible", label: _("Could not see") },
  ];
  if (!leadsToHazard(stage.checklist(visit), point) && !SAID.includes(point.kind))
    options.unshift({ result: "fail", label: _("Fail") });
  if (
    !SAID.includes(point.kind) &&
    (point.kind !== "number" || (figure !== undefined && resultOfFigure(point, figure) !== "fail"))
  ) {
    options.unshift({ result: "pass_note", label: _("Pass with note") });
  }
  const needsNote = more.result !== "na" || point.required;
  const record = async () => {
    const keeps = ["pass_note", "fail"].includes(more.result) && check?.value !== undefined;
    stage.drafts.drop(key);
    const note = more.note.trim();
    await judge(stage, visit, item, point, {
      result: more.result,
      ...(keeps ? { value: check.value } : {}),
      ...(note ? { note } : {}),
    });
  };
  return html`<div class="more card">
    <div class="picks" role="radiogroup" aria-label=${_("More")}>
      ${options.map(
        ({ result, label }) =>
          html`<button
            class="pick"
            role="radio"
            data-result="neutral"
            aria-checked=${more.result === result ? "true" : "false"}
            @click=${() => stage.drafts.set(key, { ...more, result })}
          >
            ${label}
          </button>`,
      )}
    </div>
    ${
      more.result
        ? html`<label class="field">
              <span>${more.result === "pass_note" ? _("What is to be noted") : _("Reason")}</span>
              <textarea
                .value=${live(more.note)}
                @input=${(/** @type {any} */ event) => stage.drafts.set(key, { ...more, note: event.target.value })}
              ></textarea>
            </label>
            <button class="button accent wide" ?disabled=${needsNote && !more.note.trim()} @click=${record}>
              ${_("Record")}
            </button>`
        : nothing
    }
  </div>`;
}

/** What belongs to the judgement: its note, its hazard, its photos. @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check */
function aside(stage, visit, item, point, check) {
  const special = check && check.result !== "pass" && check.result !== "fail";
  const noted = check?.note && !(point.kind === "text" && check.result === "pass");
  const photos = photosOf(visit, "check", point.id);
  const asks = !visit.outcome && (point.photo === "always" || check?.result === "not_accessible");
  const warning = warnedOf(visit, stage.checklist(visit), point.id);
  return html`
    ${warning ? html`<p class="aside notice is-warn" role="alert">${icon("triangle-alert")}<span>${warning}</span></p>` : nothing}
    ${
      special || noted
        ? html`<p class="aside hint">
            ${special ? html`<b>${resultWords(stage.catalog, check.result)}</b> ` : nothing}${check.note ?? ""}
          </p>`
        : nothing
    }
    ${hazardLinks(stage, visit, item, point, check)}
    ${
      photos.length || (asks && stage.showsWhole(visit, item))
        ? html`<div class="aside">
            ${photoStrip(stage, visit, {
              purpose: "check",
              ref: point.id,
              label: _("Photo: %(what)s", { what: textOf(point.name) }),
              wanted: check?.result === "not_accessible",
            })}
          </div>`
        : nothing
    }
  `;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check */
function hazardLinks(stage, visit, item, point, check) {
  const hazards = hazardsOfPoint(visit, item, point);
  if (check?.result === "fail") stage.drafts.ready(`hazard-of:${visit.id}:${point.id}`); // so that a begun sheet is found again
  if (check?.result === "fail" && leadsToHazard(stage.checklist(visit), point) && !hazards.length && !visit.outcome) {
    return html`<button class="aside button danger wide" @click=${() => openNewHazard(stage, visit, item, point)}>
      ${icon("triangle-alert")}${_("Record the hazard")}
    </button>`;
  }
  const known = new Map((stage.catalog.hazards ?? []).map((/** @type {any} */ entry) => [entry.code, entry]));
  return hazards.map((hazard) => {
    const photos = photosOf(visit, "hazard", hazard.id).length;
    return html`<button class="aside choice" @click=${() => openHazard(stage, visit, hazard.id)}>
      ${levelMark(Number(hazard.level))}
      <span
        >${hazard.name || textOf(known.get(hazard.code)?.name)}
        <small>
          ${check?.result === "fail" ? nothing : html`<b class="warn">${_("The point no longer fails. Withdraw the hazard?")}</b><br />`}
          ${photos ? ngettext("%(num)s photo", "%(num)s photos", photos) : _("No photo yet")}
        </small></span
      >
    </button>`;
  });
}
