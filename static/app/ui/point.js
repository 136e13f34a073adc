/**
 * One check point: pass, fail, or something else with its reason.
 *
 * Decides how a point is judged on the screen and what is written for it. A fail opens the hazard sheet by itself.
 * Invariant: a figure decides its own result; a person can make it a fail, never a pass.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { _, ngettext, textOf } from "../text.js";
import { levelMark } from "./controls.js";
import { figureField } from "./figure.js";
import { openHazard, openNewHazard } from "./hazard_open.js";
import { icon } from "./icons.js";
import { alarmOf, hazardsOfPoint, resultOfFigure } from "./judge.js";
import { photosOf, photoStrip } from "./photo.js";
import { resultWords } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {{result: string, value?: string, note?: string, hazard?: string}} Judgement */

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
  const saved = await stage.write(visit, "check.set", { item: item.id, point: point.id, ...data });
  if (alarmOf(point, data.value) === "evacuate") return; // first everybody leaves; the hazard can be written outside
  if (saved && data.result === "fail" && !hazardsOfPoint(stage.visit ?? visit, item, point).length) {
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
  return html`<div
    class="point ${check?.result === "fail" ? "is-fail" : ""}"
    id=${name}
    role="group"
    aria-labelledby="${name}-name"
  >
    <div class="line">
      <div class="what">
        <p id="${name}-name">${textOf(point.name)}</p>
        <p class="hint">${textOf(point.method)}${point.required ? nothing : html` · ${_("if present")}`}</p>
      </div>
      ${visit.outcome ? verdict(stage, check) : point.kind === "choice" ? moreButton(stage, visit, point, more, check) : threeWay(stage, visit, item, point, check)}
    </div>
    ${point.kind === "number" ? figureField(stage, visit, item, point, check, judge) : nothing}
    ${point.kind === "choice" ? picks(stage, visit, item, point, check) : nothing}
    ${more && !visit.outcome ? morePanel(stage, visit, item, point, check, more) : nothing}
    ${aside(stage, visit, item, point, check)}
  </div>`;
}

/** @param {Stage} stage @param {any} check */
function verdict(stage, check) {
  const words = check ? resultWords(stage.catalog, check.result) : _("not judged");
  return html`<span class="verdict ${check?.result === "fail" ? "danger" : check?.result === "pass" ? "ok" : "quiet"}"
    >${words}</span
  >`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check */
function threeWay(stage, visit, item, point, check) {
  const result = check?.result;
  const more = result && result !== "pass" && result !== "fail";
  const set = (/** @type {string} */ to) => {
    stage.drafts.drop(`more:${visit.id}:${point.id}`);
    if (result !== to)
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

/** The answers of a choice; what each leads to is the catalogue's. @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {any} point @param {any} check */
function picks(stage, visit, item, point, check) {
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
  if (point.kind !== "number" || (figure !== undefined && resultOfFigure(point, figure) !== "fail")) {
    options.unshift({ result: "pass_note", label: _("Pass with note") });
  }
  const needsNote = more.result !== "na" || point.required;
  const record = async () => {
    const keeps = more.result === "pass_note" && check?.value !== undefined;
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
                .value=${more.note}
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
  const photos = photosOf(visit, "check", point.id);
  const asks = !visit.outcome && (point.photo === "always" || check?.result === "not_accessible");
  return html`
    ${
      special || check?.note
        ? html`<p class="aside hint">
            ${special ? html`<b>${resultWords(stage.catalog, check.result)}</b> ` : nothing}${check.note ?? ""}
          </p>`
        : nothing
    }
    ${hazardLinks(stage, visit, item, point, check)}
    ${
      photos.length || (asks && stage.route.part === item.id)
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
  if (check?.result === "fail" && !hazards.length && !visit.outcome) {
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
