/**
 * The customer's language at one door: for the sentence to say and for the page that is signed.
 *
 * Decides nothing for the app itself: the technician's own language stays as it is. Kept with the visit's drafts.
 */

import { _, loadWords, wordsIn } from "../text.js";
import { segments } from "./controls.js";

/** @typedef {import("./stage.js").Stage} Stage */

const SHORT = [
  { value: "zh-Hans", label: "简" },
  { value: "zh-Hant", label: "繁" },
  { value: "en", label: "EN" },
];

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit @returns {string} */
export function customerLocale(stage, visit) {
  return stage.drafts.get(`customer-locale:${visit.id}`, stage.app.locale);
}

/**
 * The words of the customer's language; until they are loaded, those of the app.
 *
 * @param {Stage} stage
 * @param {import("./stage.js").VisitDocument} visit
 */
export function customerWords(stage, visit) {
  const locale = customerLocale(stage, visit);
  stage.keep(`words:${locale}`, () => {
    const state = { ready: false };
    void loadWords(locale).then(() => {
      state.ready = true;
      stage.paint();
    });
    return state;
  });
  return { ...wordsIn(locale), locale };
}

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit */
export function languageSwitch(stage, visit) {
  return segments({
    label: _("Customer’s language"),
    options: SHORT,
    value: customerLocale(stage, visit),
    choose: (locale) => stage.drafts.set(`customer-locale:${visit.id}`, locale),
    tight: true,
  });
}
