/**
 * What people chose on this phone: language, look, size of text. They hold for whoever uses it next, too.
 *
 * Decides what holds when nothing was chosen. Draws nothing. Invariant: a choice is kept before anybody has logged in.
 */

import { noteLikely } from "./likely.js";
import { chooseLocale, currentLocale, useLocale } from "./text.js";

/**
 * @typedef {object} Prefs
 * @property {string} [locale]
 * @property {"auto" | "light" | "dark"} [theme]
 * @property {"normal" | "large" | "largest"} [textSize]
 */

export class Choices {
  /** @type {Prefs} */
  #prefs = {};

  /** @param {import("./store.js").Store} phone */
  constructor(phone) {
    this.phone = phone;
  }

  /**
   * Take in the choices, and speak: as was chosen, else as the account says, else as the browser does.
   *
   * @param {Prefs | undefined} prefs  as they were kept
   * @param {string | undefined} accountLocale
   */
  async open(prefs, accountLocale) {
    this.#prefs = prefs ?? {};
    await this.#speak(chooseLocale([this.#prefs.locale, accountLocale, globalThis.navigator?.language]));
  }

  get theme() {
    return this.#prefs.theme ?? "auto";
  }

  get textSize() {
    return this.#prefs.textSize ?? "normal";
  }

  /**
   * @template {keyof Prefs} N
   * @param {N} name
   * @param {Prefs[N]} value
   * @returns {Promise<void>}
   */
  async set(name, value) {
    this.#prefs = { ...this.#prefs, [name]: value };
    if (name === "locale") await this.#speak(String(value));
    await this.phone.setFact("prefs", {
      ...this.#prefs,
      locale: name === "locale" ? currentLocale() : this.#prefs.locale,
    });
  }

  /**
   * Speak as the account of who has just come says, unless somebody chose otherwise.
   *
   * @param {string} locale
   */
  async welcome(locale) {
    if (locale && !this.#prefs.locale) await this.#speak(locale);
  }

  /** @param {string} locale */
  async #speak(locale) {
    await useLocale(locale);
    noteLikely({ locale: currentLocale() });
  }
}
