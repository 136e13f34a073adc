import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as text from "../../static/app/text.js";
import { dayIn, SHORT_DAY } from "../../static/app/ui/words.js";

const CATALOGUES = {
  "zh-Hans": {
    plural: "0",
    messages: {
      "All sent": "全部已发送",
      "%(num)s entry waiting": ["%(num)s 条待发送"],
      "Sending %(sent)s of %(all)s": "正在发送第 %(sent)s 条，共 %(all)s 条",
    },
  },
  "zh-Hant": { plural: "0", messages: { "All sent": "全部已傳送" } },
  en: { plural: "n != 1", messages: {} },
};

before(() => {
  text.fetchWordsWith((locale) => Promise.resolve({ locale, ...CATALOGUES[locale] }));
});

test("a language that we do not have falls back to the next wish, at last to Simplified Chinese", () => {
  assert.equal(text.chooseLocale(["fr", "zh-TW"]), "zh-Hant");
  assert.equal(text.chooseLocale([undefined, "zh_CN"]), "zh-Hans");
  assert.equal(text.chooseLocale(["en-US"]), "en");
  assert.equal(text.chooseLocale([null]), "zh-Hans");
});

test("texts, values and counted texts are said in the language in use", async () => {
  await text.useLocale("zh-Hans");
  assert.equal(text._("All sent"), "全部已发送");
  assert.equal(text._("Sending %(sent)s of %(all)s", { sent: 3, all: 12 }), "正在发送第 3 条，共 12 条");
  assert.equal(text.ngettext("%(num)s entry waiting", "%(num)s entries waiting", 12), "12 条待发送");
  assert.equal(text._("Not translated"), "Not translated");
});

test("English counts one and many", async () => {
  await text.useLocale("en");
  assert.equal(text.ngettext("%(num)s entry waiting", "%(num)s entries waiting", 1), "1 entry waiting");
  assert.equal(text.ngettext("%(num)s entry waiting", "%(num)s entries waiting", 1200), "1,200 entries waiting");
});

test("a page for the customer speaks another language than the app", async () => {
  await text.useLocale("en");
  await text.loadWords("zh-Hant");
  const words = text.wordsIn("zh-Hant");
  assert.equal(words._("All sent"), "全部已傳送");
  assert.equal(words.textOf({ "zh-Hans": "管道", "zh-Hant": "管道（繁）", en: "Pipework" }), "管道（繁）");
  assert.equal(text._("All sent"), "All sent");
});

test("words that cannot be fetched leave English on the screen and throw nothing", async () => {
  text.fetchWordsWith(() => Promise.reject(new Error("no network")));
  assert.equal(await text.loadWords("zh-Hans"), true, "those that are there stay");
  assert.equal(text.wordsIn("fr")._("All sent"), "全部已发送");
});

test("a date without a time is the same day in every zone (lesson 17)", async () => {
  await text.useLocale("en");
  assert.equal(text.formatDate("2026-11-21"), "21 November 2026");
  assert.equal(text.wordsIn("zh-Hans").formatDate("2026-11-21"), "2026年11月21日");
  assert.equal(text.formatDate("nonsense"), "");
  assert.equal(text.formatDate(null), "");
});

test("a time of day is shown as it is planned; a figure keeps the digits it was typed with", async () => {
  await text.useLocale("en");
  assert.equal(text.formatTime("09:30"), "09:30");
  assert.equal(text.formatNumber("1234.500"), "1,234.500");
  assert.equal(text.formatSize(1536), "1.5 KB");
  assert.equal(text.formatSize(5 * 1024 * 1024), "5 MB");
});

test("the day on top of Today is written as the browser's own calendar would write it, in all languages", async () => {
  for (let day = 0; day < 400; day += 1) {
    const date = new Date(Date.UTC(2026, 0, 1 + day));
    for (const [locale, tag] of Object.entries({ "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", en: "en-GB" })) {
      const calendar = new Intl.DateTimeFormat(tag, { ...SHORT_DAY, timeZone: "UTC" });
      assert.equal(text.wordsIn(locale).formatDate(date.toISOString().slice(0, 10), SHORT_DAY), calendar.format(date));
    }
  }
});

test("a zone that keeps its hours all year has the days of the browser's calendar", () => {
  for (const zone of ["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei"]) {
    const calendar = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 10); at += 3_599_999) {
      assert.equal(dayIn(zone, at), calendar.format(at));
    }
  }
});
