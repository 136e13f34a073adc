/**
 * What is charged, as it is read: lines with quantity, price and amount, and the total beneath.
 *
 * Decides the words only, in the technician's language or the customer's. A line that the list at hand does not know keeps
 * its code.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { amountOf, totalOf } from "../charges.js";
import * as text from "../text.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {import("../charges.js").Line} Line */
/** @typedef {import("../charges.js").Offered} Offered */
/** @typedef {Pick<typeof text, "_" | "textOf">} Words */

/** @param {Stage} stage @returns {Offered[]} */
export const offered = ({ catalog }) => catalog.prices?.lines ?? [];

/** @param {Stage} stage @param {string} code @returns {Offered | undefined} */
export function lineOfList(stage, code) {
  return offered(stage).find((line) => line.code === code);
}

/** *30.00 yuan / metre*. @param {Offered | undefined} known @param {string} price @param {Words} [words] */
export function priceTold(known, price, words = text) {
  const { _ } = words;
  const unit = known ? words.textOf(known.unit) : "";
  return unit ? _("¥%(price)s per %(unit)s", { price, unit }) : `¥${price}`;
}

/**
 * The lines with their sum.
 *
 * @param {Stage} stage @param {Line[]} lines @param {Words} [words]
 */
export function linesTold(stage, lines, words = text) {
  const { _ } = words;
  return html`<table class="charges">
    <caption class="unseen">
      ${_("What is charged")}
    </caption>
    <thead class="unseen">
      <tr>
        <th scope="col">${_("Item")}</th>
        <th scope="col">${_("Amount")}</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map((line) => {
        const known = lineOfList(stage, line.code);
        return html`<tr>
          <th scope="row">
            ${known ? words.textOf(known.name) : line.code}
            <small>${priceTold(known, line.price, words)} × ${line.quantity}</small>
          </th>
          <td>¥${amountOf(line)}</td>
        </tr>`;
      })}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">${_("Total")}</th>
        <td>¥${totalOf(lines)}</td>
      </tr>
    </tfoot>
  </table>`;
}

/**
 * Everything that a visit charges, in the words of who reads it; nothing where it charges nothing.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {Words} words
 */
export function chargesPart(stage, visit, words) {
  const lines = Object.values(visit.checks ?? {}).flatMap((points) =>
    Object.values(points).flatMap((/** @type {any} */ check) => check.lines ?? []),
  );
  if (!lines.length) return nothing;
  return html`<section>
    <h3>${words._("What is charged")}</h3>
    ${linesTold(stage, lines, words)}
  </section>`;
}
