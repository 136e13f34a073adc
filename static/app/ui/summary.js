/**
 * The visit in plain words and in the customer's language: what was checked, what was found, what to do, who pays.
 *
 * Decides what a customer is shown before signing; the same facts stand on the notice. Adds nothing of its own.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { chargesPart } from "./charges_told.js";
import { earlierHazards, nameOfHazard } from "./earlier.js";
import { hazardCard } from "./hazard_parts.js";
import { icon } from "./icons.js";
import { exchangeTold } from "./exchanged.js";
import { exchangeIn, unitOf, usedOf } from "./reading.js";
import { dayOf, meterWords, nameOf, usedWords } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {ReturnType<typeof import("./customer_language.js").customerWords>} Words */

/** @param {Stage} stage @param {VisitDocument} visit @param {Words} words */
export function summary(stage, visit, words) {
  const { _ } = words;
  const { company } = stage.catalog;
  const { items, inspects = true } = stage.checklist(visit);
  const hazards = Object.values(visit.hazards ?? {})
    .filter((hazard) => !hazard.withdrawn)
    .sort((a, b) => Number(a.level) - Number(b.level));
  return html`<article class="card summary" lang=${words.locale}>
    <section>
      <h2 class="strong">${words.textOf(company?.name)}</h2>
      <p class="quiet small">${visit.number} · ${words.formatDate(dayOf(visit))}</p>
    </section>
    <section>
      <h3>${inspects ? _("What we checked") : _("What we did")}</h3>
      <ul class="checked-list">
        ${items.map((/** @type {any} */ item) => itemLine(stage, visit, item, words))}
      </ul>
    </section>
    ${inspects || hazards.length ? found(stage, hazards, words) : nothing} ${lastTime(stage, visit, words)}
    ${chargesPart(stage, visit, words)} ${readings(stage, visit, words)}
    ${visit.type.startsWith("gas.") ? smellOfGas(company, words) : nothing}
  </article>`;
}

/** @param {Stage} stage @param {any[]} hazards @param {Words} words */
function found(stage, hazards, words) {
  const { _, ngettext } = words;
  return html`<section>
    <h3>${_("What we found")}</h3>
    ${
      hazards.length
        ? html`<p>
              ${ngettext("%(num)s thing has to be put right.", "%(num)s things have to be put right.", hazards.length)}
            </p>
            ${hazards.map((hazard) => hazardCard(stage, hazard, words))}`
        : html`<p>${_("Nothing that has to be put right.")}</p>`
    }
  </section>`;
}

/** @param {any} company @param {Words} words */
function smellOfGas(company, { _ }) {
  return html`<section>
    <h3>${_("If you smell gas")}</h3>
    <p>
      ${_("Shut the valve, open the windows, touch no switch, go outside and call %(number)s.", { number: company?.hotline ?? "" })}
    </p>
  </section>`;
}

/** What became of the hazards of earlier visits. @param {Stage} stage @param {VisitDocument} visit @param {Words} words */
function lastTime(stage, visit, words) {
  const { _ } = words;
  const hazards = earlierHazards(visit);
  if (!hazards.length) return nothing;
  const line = (/** @type {any} */ hazard) => {
    const fixed = visit.verifications?.[hazard.id]?.result === "fixed";
    return html`<li>
      <span class=${fixed ? "ok" : "danger"}>${icon(fixed ? "circle-check" : "circle-x")}</span
      ><span
        >${nameOfHazard(stage, hazard, words)}
        <span class="quiet">· ${fixed ? _("put right") : _("still to be put right")}</span></span
      >
    </li>`;
  };
  return html`<section>
    <h3>${_("From last time")}</h3>
    <ul class="checked-list">
      ${hazards.map(line)}
    </ul>
  </section>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {any} item @param {Words} words */
function itemLine(stage, visit, item, words) {
  const { _, ngettext } = words;
  const state = stage.stateOf(visit, item);
  if (!state.total && !state.judged) return nothing;
  const [symbol, tone, said] = state.fails
    ? ["circle-x", "danger", ngettext("%(num)s point fails", "%(num)s points fail", state.fails)]
    : state.open.length
      ? ["minus", "quiet", _("not finished")]
      : state.unseen
        ? ["circle-question-mark", "warn", _("a part could not be seen; we come again")]
        : ["circle-check", "ok", _("in order")];
  return html`<li>
    <span class=${tone}>${icon(symbol)}</span
    ><span>${words.textOf(item.name)} <span class="quiet">· ${said}</span></span>
  </li>`;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {Words} words */
function readings(stage, visit, words) {
  const { _ } = words;
  const lines = visit.meters.flatMap((/** @type {any} */ meter) => {
    const reading = visit.readings?.[meter.id];
    if (!reading) return [];
    if (reading.unreadable) {
      return [
        _("Could not be read: %(reason)s", {
          reason: nameOf(stage.catalog.unreadable_reasons, reading.unreadable, words),
        }),
      ];
    }
    const exchange = exchangeIn(reading);
    const since = usedOf(meter, exchange, reading.value, reading.at, stage.catalog.readings);
    const used =
      since && meter.last
        ? usedWords(meter, words.formatNumber(since.used), words.formatDate(meter.last.at), words)
        : "";
    const read = `${meterWords(meter, exchange?.serial || meter.serial, words)} · ${reading.value} ${unitOf(meter)}`;
    return [read, exchange ? exchangeTold(exchange, words) : "", used].filter(Boolean);
  });
  if (!lines.length) return nothing;
  return html`<section>
    <h3>${visit.type.startsWith("gas.") ? _("Your meter") : _("Meter at your home")}</h3>
    ${lines.map((/** @type {string} */ line) => html`<p>${line}</p>`)}
  </section>`;
}
