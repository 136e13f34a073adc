/**
 * What a remarkable reading is told, and what is asked for beside it.
 *
 * Decides the words and which warnings want the figure twice; which warnings there are is reading.js's. Invariant: a
 * warning says what to do and stops nothing; what was typed is recorded as it is.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { asksPoint } from "../list_of.js";
import { _, formatNumber } from "../text.js";
import { notice } from "./controls.js";
import { pointLink } from "./point_link.js";
import { mostSince, readingOf } from "./reading.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {import("./reading.js").Warning} Warning */

/** So far from what can be that a slip of the finger is likelier than anything else. @type {Warning[]} */
const WANT_IT_TWICE = ["below_last", "below_first", "impossible"];

/** Whether a figure is out of what can be. @param {Warning[]} warnings */
export const isOdd = (warnings) => warnings.some((warning) => WANT_IT_TWICE.includes(warning));

/** @param {VisitDocument} visit @param {any} meter */
const keyOfAgain = (visit, meter) => `again:${visit.id}:${meter.id}`;

/** The figure as it was typed a second time; what is on record where nothing was typed since. @param {Stage} stage @param {VisitDocument} visit @param {any} meter @returns {string} */
export function typedAgain(stage, visit, meter) {
  const onRecord = { typed: visit.readings?.[meter.id]?.again ?? "" };
  return readingOf(meter, stage.drafts.get(keyOfAgain(visit, meter), onRecord).typed);
}

/**
 * @param {any} meter
 * @param {string} at
 * @param {import("./reading.js").Rules | undefined} rules
 * @param {(warning: Warning) => boolean} isPoint  whether this kind of visit has the check point by which the meter is failed
 * @returns {Record<Warning, string>}
 */
function warningWords(meter, at, rules, isPoint) {
  return {
    below_last: _(
      "This is below the last reading. Read it once more; if it is so, it stays so: an exchange or tampering is possible.",
    ),
    below_first: _("This is below the figure at which the new meter began. Look at both again."),
    rollover: _("The wheels have gone past all nines. See that every wheel is in the photo."),
    impossible: _(
      "More than a meter of this size lets through in that time, %(most)s m³. Is it the right meter, and every digit?",
      { most: formatNumber(mostSince(meter, at, rules) ?? "") },
    ),
    jump: _("Much more than usual. Ask what has changed, and look for a leak."),
    low: _("Much less than usual. Is there a bypass, or does the meter stick?"),
    zero: _("Nothing used since the last reading. Vacant, other energy, or a dead meter?"),
    stopped: isPoint("stopped")
      ? _("A meter that stands still with a burner on is a dead meter: fail it under Items, Meter.")
      : _("A meter that stands still while something is in use is a dead meter: write what you saw."),
    exchanged: isPoint("exchanged")
      ? _("Another meter than on file: fail “Meter number and account match the file” under Items, Meter.")
      : _("Another meter than on file: write what you saw; the office corrects the file."),
  };
}

/** What is said of the meter itself, not of the figure, and the check point by which the meter is failed. @type {Partial<Record<Warning, string>>} */
const POINT_OF = { stopped: "METER-C4", exchanged: "METER-C1" };

/** Which warnings this kind of visit has a check point for. @param {Stage} stage @param {VisitDocument} visit */
function judgedBy(stage, visit) {
  return (/** @type {Warning} */ warning) => asksPoint(stage.checklist(visit), POINT_OF[warning] ?? "");
}

/**
 * What is said of the figure: right beneath it, where a keyboard over the page does not hide it.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} meter
 * @param {{warnings: Warning[], value: string, at: string, keep: () => void}} about  `at`: when it is read
 */
export function warningsOfFigure(stage, visit, meter, { warnings, value, at, keep }) {
  const words = warningWords(meter, at, stage.catalog.readings, judgedBy(stage, visit));
  return html`${warnings
    .filter((warning) => !POINT_OF[warning])
    .map((warning) => notice("is-warn", "triangle-alert", words[warning]))}
  ${isOdd(warnings) && !visit.outcome ? onceMore(stage, visit, meter, value, keep) : nothing}`;
}

/**
 * What is said of the meter, and the place for what was seen.
 *
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {any} meter
 * @param {object} about
 * @param {Warning[]} about.warnings
 * @param {string} about.at  when it is read
 * @param {string} about.note
 * @param {(note: string) => void} about.type
 * @param {(note: string) => void} about.keep
 */
export function warningsOfMeter(stage, visit, meter, { warnings, at, note, type, keep }) {
  if (!warnings.length) return nothing;
  const isPoint = judgedBy(stage, visit);
  const words = warningWords(meter, at, stage.catalog.readings, isPoint);
  return html`${warnings.map((warning) => {
      const point = POINT_OF[warning];
      if (!point) return nothing;
      const way = visit.outcome || !isPoint(warning) ? nothing : pointLink(stage, visit, "meter", point);
      return notice(
        "is-warn",
        "triangle-alert",
        html`<p>${words[warning]}</p>
          ${way}`,
      );
    })}
    <label class="field">
      <span>${_("What the customer says, what you saw")}</span>
      <textarea
        ?disabled=${Boolean(visit.outcome)}
        .value=${live(note)}
        @input=${(/** @type {any} */ event) => type(event.target.value)}
        @change=${(/** @type {any} */ event) => keep(event.target.value)}
      ></textarea>
    </label>`;
}

/** The figure a second time, without looking at the first. @param {Stage} stage @param {VisitDocument} visit @param {any} meter @param {string} value @param {() => void} keep */
function onceMore(stage, visit, meter, value, keep) {
  const key = keyOfAgain(visit, meter);
  const { typed } = stage.drafts.get(key, { typed: visit.readings?.[meter.id]?.again ?? "" });
  const again = readingOf(meter, typed);
  const same = again === value;
  const words = same ? _("Twice the same: it stays so.") : _("The two differ. Look at the dial again.");
  return html`<label class="field">
      <span>${_("Type it once more from the dial")}</span>
      <input
        type="text"
        inputmode="decimal"
        enterkeyhint="done"
        autocomplete="off"
        maxlength=${meter.digits + meter.decimals + 1}
        .value=${live(typed)}
        @input=${(/** @type {any} */ event) => stage.drafts.set(key, { typed: event.target.value })}
        @change=${keep}
      />
    </label>
    ${again.length >= value.length ? html`<p class="small ${same ? "ok" : "warn"}" role="status">${words}</p>` : nothing}`;
}
