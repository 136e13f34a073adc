/**
 * Words, dates and figures in the language the person chose; a page for the customer may speak another one.
 *
 * Decides the language and looks words up; the words themselves come from the gettext catalogues as
 * /app/messages/{locale}.json (English is the key). Until a catalogue is there, and where a word is missing, English
 * shows. Invariant: dates without a time are never shifted by a time zone (lesson 17).
 */

/** @typedef {{locale: string, plural: string, messages: Record<string, string | string[]>}} Catalogue */
/** @typedef {"zh-Hans" | "zh-Hant" | "en"} Locale */
/** @typedef {Record<string, string | number>} Values */

/** @type {readonly Locale[]} */
export const LOCALES = ["zh-Hans", "zh-Hant", "en"];

const TAGS = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", en: "en-GB" };
const WEEKDAYS = "日一二三四五六";
const DAY = /** @type {const} */ ({ year: "numeric", month: "long", day: "numeric" });

/** @type {Locale} */
let current = "zh-Hans";
/** @type {Map<Locale, Catalogue>} */
const catalogues = new Map();
/** Those under way. @type {Map<Locale, Promise<boolean>>} */
const coming = new Map();
/** @type {(locale: Locale) => Promise<Catalogue>} */
let fetchCatalogue = () => Promise.reject(new Error("no words can be fetched yet"));

/**
 * The language now in use.
 *
 * @returns {Locale}
 */
export function currentLocale() {
  return current;
}

/**
 * Choose the first language that we have: what the person set, what their account says, what the browser says.
 *
 * @param {(string | null | undefined)[]} wishes  in order
 * @returns {Locale}
 */
export function chooseLocale(wishes) {
  for (const wish of wishes) {
    const tag = (wish ?? "").replace("_", "-").toLowerCase();
    if (/^zh-(hant|tw|hk|mo)/.test(tag)) return "zh-Hant";
    if (tag.startsWith("zh")) return "zh-Hans";
    if (tag.startsWith("en")) return "en";
  }
  return "zh-Hans";
}

/**
 * Say where catalogues come from.
 *
 * @param {(locale: Locale) => Promise<Catalogue>} fetcher
 */
export function fetchWordsWith(fetcher) {
  fetchCatalogue = fetcher;
}

/**
 * Use a language from now on.
 *
 * @param {string} wish
 * @returns {Promise<boolean>} whether its words are there
 */
export async function useLocale(wish) {
  current = chooseLocale([wish]);
  if (globalThis.document) document.documentElement.lang = current;
  return loadWords(current);
}

/**
 * Fetch the words of a language, once. Without them English shows, so there is nothing to catch.
 *
 * @param {string} wish
 * @returns {Promise<boolean>} whether they are there
 */
export async function loadWords(wish) {
  const locale = chooseLocale([wish]);
  if (catalogues.has(locale)) return true;
  const fetched = coming.get(locale) ?? fetchWords(locale);
  coming.set(locale, fetched);
  return fetched;
}

/** @param {Locale} locale */
async function fetchWords(locale) {
  try {
    catalogues.set(locale, await fetchCatalogue(locale));
    return true;
  } catch {
    return false;
  } finally {
    coming.delete(locale);
  }
}

/**
 * Say a text in the current language. It must be a literal, so that the extraction finds it.
 *
 * @param {string} text  English, with `%(name)s` where values go
 * @param {Values} [values]
 * @returns {string}
 */
export function _(text, values) {
  return say(current, text, values);
}

/**
 * Say a text that counts. `%(num)s` is the number, written as the language writes it.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} num
 * @param {Values} [values]
 * @returns {string}
 */
export function ngettext(one, many, num, values) {
  return sayCounting(current, one, many, num, values);
}

/**
 * The text of a catalogue entry in the current language.
 *
 * @param {Texts} texts  `{zh-Hans, zh-Hant, en}`
 * @returns {string}
 */
export function textOf(texts) {
  return pick(current, texts);
}

/**
 * @param {When} value  a date (`2026-11-21`) or an instant
 * @param {Intl.DateTimeFormatOptions} [style]
 * @returns {string}
 */
export function formatDate(value, style) {
  return writeDate(current, value, style);
}

/**
 * @param {When} value  an instant, or a time of day (`09:30`)
 * @returns {string}
 */
export function formatTime(value) {
  return writeTime(current, value);
}

/**
 * @param {When} value  an instant
 * @returns {string}
 */
export function formatDateTime(value) {
  return wordsIn(current).formatDateTime(value);
}

/**
 * Write a figure as the language does. A decimal string keeps all its digits.
 *
 * @param {number | string} value
 * @param {Intl.NumberFormatOptions} [style]
 * @returns {string}
 */
export function formatNumber(value, style) {
  return writeNumber(current, value, style);
}

/**
 * Write the size of a file.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function formatSize(bytes) {
  const [unit, size] = bytes >= 1024 ** 3 ? ["GB", 1024 ** 3] : bytes >= 1024 ** 2 ? ["MB", 1024 ** 2] : ["KB", 1024];
  const figure = bytes / Number(size);
  return `${formatNumber(Number(figure.toFixed(figure < 10 ? 1 : 0)))} ${unit}`;
}

/**
 * The same functions in one given language, for a page that the customer reads. Load its words first.
 *
 * @param {string} wish
 */
export function wordsIn(wish) {
  const locale = chooseLocale([wish]);
  return {
    locale,
    _: (/** @type {string} */ text, /** @type {Values | undefined} */ values = undefined) => say(locale, text, values),
    /** @type {typeof ngettext} */
    ngettext: (one, many, num, values) => sayCounting(locale, one, many, num, values),
    /** @type {typeof textOf} */
    textOf: (texts) => pick(locale, texts),
    /** @type {typeof formatDate} */
    formatDate: (value, style) => writeDate(locale, value, style),
    /** @type {typeof formatTime} */
    formatTime: (value) => writeTime(locale, value),
    /** @type {typeof formatDateTime} */
    formatDateTime: (value) =>
      value ? [writeDate(locale, value), writeTime(locale, value)].join(locale === "en" ? ", " : " ") : "",
    /** @type {typeof formatNumber} */
    formatNumber: (value, style) => writeNumber(locale, value, style),
  };
}

/** @typedef {Record<string, string> | string | null | undefined} Texts */
/** @typedef {string | Date | null | undefined} When */

/** @param {Locale} locale @param {string} text @param {Values} [values] */
function say(locale, text, values) {
  const found = catalogues.get(locale)?.messages[text];
  return filled((Array.isArray(found) ? found[0] : found) || text, values);
}

/** @param {Locale} locale @param {string} one @param {string} many @param {number} num @param {Values} [values] */
function sayCounting(locale, one, many, num, values) {
  const catalogue = catalogues.get(locale);
  const found = catalogue?.messages[one];
  const forms = Array.isArray(found) ? found : [found];
  // The three languages have two rules between them: Chinese has one form, English two.
  const index = catalogue?.plural === "0" || num === 1 ? 0 : 1;
  const text = forms[index] || forms[0] || (num === 1 ? one : many);
  return filled(text, { num: writeNumber(locale, num), ...values });
}

/** @param {string} text @param {Values | undefined} values */
function filled(text, values) {
  if (!values) return text;
  return text.replace(/%\((\w+)\)s|%%/g, (whole, name) => (whole === "%%" ? "%" : String(values[name] ?? whole)));
}

/** @param {Locale} locale @param {Texts} texts */
function pick(locale, texts) {
  if (!texts || typeof texts === "string") return texts ?? "";
  return texts[locale] ?? texts["zh-Hans"] ?? texts.en ?? Object.values(texts)[0] ?? "";
}

/** @param {Locale} locale @param {When} value @param {Intl.DateTimeFormatOptions} [style] */
function writeDate(locale, value, style = DAY) {
  if (!value) return "";
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value)) {
    const [year, month, day] = value.split("-").map(Number);
    const date = new Date(Date.UTC(year, month - 1, day));
    // The day on top of Today, as both Chinese languages write it: the first formatter of dates takes a slow phone long.
    if (locale !== "en" && style.weekday === "long" && style.month === "long" && style.day && !style.year)
      return `${date.getUTCMonth() + 1}月${date.getUTCDate()}日星期${WEEKDAYS[date.getUTCDay()]}`;
    return writeInstant(locale, date, { ...style, timeZone: "UTC" });
  }
  return writeInstant(locale, new Date(value), style);
}

/** @param {Locale} locale @param {When} value */
function writeTime(locale, value) {
  if (!value) return "";
  if (typeof value === "string" && /^\d{2}:\d{2}/.test(value)) return value.slice(0, 5);
  return writeInstant(locale, new Date(value), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** @type {Map<string, any>} */
const formatters = new Map();

/**
 * A formatter of the browser, made once: making one takes a slow phone many milliseconds, and a list needs hundreds.
 *
 * @template T
 * @param {new (tag: string, style: any) => T} kind
 * @param {string} tag
 * @param {Intl.DateTimeFormatOptions | Intl.NumberFormatOptions} style
 * @returns {T}
 */
export function formatter(kind, tag, style) {
  // One without a zone of its own keeps that of the phone at the time; the phone may have been set to another since.
  const key = [kind.name, tag, new Date().getTimezoneOffset(), JSON.stringify(style)].join(" ");
  const made = formatters.get(key) ?? new kind(tag, style);
  formatters.set(key, made);
  return made;
}

/** @param {Locale} locale @param {Date} value @param {Intl.DateTimeFormatOptions} style */
function writeInstant(locale, value, style) {
  return Number.isNaN(value.getTime()) ? "" : formatter(Intl.DateTimeFormat, TAGS[locale], style).format(value);
}

/** @param {Locale} locale @param {number | string} value @param {Intl.NumberFormatOptions} [style] */
function writeNumber(locale, value, style) {
  // As all three languages write it; making a formatter takes a slow phone ten milliseconds, and Today needs no other.
  if (!style && /^\d{1,3}$/.test(String(value))) return String(value);
  const decimals = String(value).split(".")[1]?.length ?? 0;
  const form = formatter(Intl.NumberFormat, TAGS[locale], { minimumFractionDigits: decimals, ...style });
  return form.format(/** @type {any} */ (value));
}
