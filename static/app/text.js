/**
 * Words, dates and figures in the language the person chose.
 *
 * Decides the language and looks words up; the words themselves come from the gettext catalogues as
 * /app/messages/{locale}.json (English is the key). Until a catalogue is there, and where a word is missing, English
 * shows. Invariant: dates without a time are never shifted by a time zone (lesson 17).
 */

/** @typedef {{locale: string, plural: string, messages: Record<string, string | string[]>}} Catalogue */
/** @typedef {"zh-Hans" | "zh-Hant" | "en"} Locale */

/** @type {readonly Locale[]} */
export const LOCALES = ["zh-Hans", "zh-Hant", "en"];

const TAGS = { "zh-Hans": "zh-CN", "zh-Hant": "zh-Hant", en: "en-GB" };

/** @type {Locale} */
let locale = "zh-Hans";
/** @type {Catalogue} */
let catalogue = { locale: "en", plural: "n != 1", messages: {} };

/**
 * The language now in use.
 *
 * @returns {Locale}
 */
export function currentLocale() {
  return locale;
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
 * Use a language from now on. If its words cannot be had (first start without a network) those in use stay.
 *
 * @param {string} wish
 * @param {(locale: Locale) => Promise<Catalogue>} fetchCatalogue
 * @returns {Promise<boolean>} whether the words are there
 */
export async function useLocale(wish, fetchCatalogue) {
  locale = chooseLocale([wish]);
  if (globalThis.document) document.documentElement.lang = locale;
  try {
    const wanted = locale;
    const found = await fetchCatalogue(wanted);
    if (locale === wanted) catalogue = found;
    return true;
  } catch {
    return false;
  }
}

/**
 * Say a text. The text must be a literal, so that the extraction finds it.
 *
 * @param {string} text  English, with `%(name)s` where values go
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function _(text, values) {
  const found = catalogue.messages[text];
  return filled((Array.isArray(found) ? found[0] : found) || text, values);
}

/**
 * Say a text that counts. `%(num)s` is the number, written as the language writes it.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} num
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function ngettext(one, many, num, values) {
  const found = catalogue.messages[one];
  const forms = Array.isArray(found) ? found : found ? [found] : null;
  // The three languages have two rules between them: Chinese has one form, English two.
  const index = forms ? (catalogue.plural === "0" || num === 1 ? 0 : 1) : num === 1 ? 0 : 1;
  const text = (forms && (forms[index] || forms[0])) || (num === 1 ? one : many);
  return filled(text, { num: formatNumber(num), ...values });
}

/**
 * @param {string} text
 * @param {Record<string, string | number> | undefined} values
 */
function filled(text, values) {
  if (!values) return text;
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole)).replaceAll("%%", "%");
}

/**
 * The text of a catalogue entry in the current language.
 *
 * @param {Record<string, string> | string | null | undefined} texts  `{zh-Hans, zh-Hant, en}`
 * @returns {string}
 */
export function textOf(texts) {
  if (!texts) return "";
  if (typeof texts === "string") return texts;
  return texts[locale] ?? texts["zh-Hans"] ?? texts.en ?? Object.values(texts)[0] ?? "";
}

/**
 * @param {string | Date | null | undefined} value  a date (`2026-11-21`) or an instant
 * @param {Intl.DateTimeFormatOptions} [style]
 * @returns {string}
 */
export function formatDate(value, style = { year: "numeric", month: "long", day: "numeric" }) {
  if (!value) return "";
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value)) {
    const [year, month, day] = value.split("-").map(Number);
    return format(new Date(Date.UTC(year, month - 1, day)), { ...style, timeZone: "UTC" });
  }
  return format(new Date(value), style);
}

/**
 * @param {string | Date | null | undefined} value  an instant, or a time of day (`09:30`)
 * @returns {string}
 */
export function formatTime(value) {
  if (!value) return "";
  if (typeof value === "string" && /^\d{2}:\d{2}/.test(value)) return value.slice(0, 5);
  return format(new Date(value), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/**
 * @param {string | Date | null | undefined} value  an instant
 * @returns {string}
 */
export function formatDateTime(value) {
  return value ? `${formatDate(value)} ${formatTime(value)}` : "";
}

/**
 * @param {Date} value
 * @param {Intl.DateTimeFormatOptions} style
 */
function format(value, style) {
  return Number.isNaN(value.getTime()) ? "" : new Intl.DateTimeFormat(TAGS[locale], style).format(value);
}

/**
 * Write a figure as the language does. A decimal string keeps all its digits.
 *
 * @param {number | string} value
 * @param {Intl.NumberFormatOptions} [style]
 * @returns {string}
 */
export function formatNumber(value, style = {}) {
  const decimals = String(value).split(".")[1]?.length ?? 0;
  const formatter = new Intl.NumberFormat(TAGS[locale], { minimumFractionDigits: decimals, ...style });
  return formatter.format(/** @type {any} */ (value));
}

/**
 * Write a size of a file.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function formatSize(bytes) {
  const unit = bytes >= 1024 * 1024 ? "MB" : "KB";
  const figure = bytes / (unit === "MB" ? 1024 * 1024 : 1024);
  return `${formatNumber(Number(figure.toFixed(figure < 10 ? 1 : 0)))} ${unit}`;
}
