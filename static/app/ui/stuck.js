/**
 * What stands there when the app cannot begin, for the phone's storage does not open (a private window, a refusal, no room).
 *
 * Decides words only, in two languages at once, for no catalogue may be loaded yet. Nothing is begun that could not be
 * kept; what is on the disk stays there. Invariant: it says what to do, and the next try is a tap away.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { icon } from "./icons.js";
import { textOfProblem } from "./stage.js";

const OTHER = [
  { lang: "zh-Hans", title: "应用打不开", why: "请再试一次；还不行，请联系公司。", todo: [] },
  { lang: "en", title: "The app cannot be opened", why: "Try again; if it stays so, call the office.", todo: [] },
];
const FULL = [
  { lang: "zh-Hans", title: "手机空间已满", why: "已保存的内容不会丢。", todo: ["删除不用的视频或应用，腾出空间"] },
  {
    lang: "en",
    title: "This phone’s storage is full",
    why: "What is saved stays saved.",
    todo: ["Make room: delete films or apps that you do not need"],
  },
];
const REFUSED = [
  {
    lang: "zh-Hans",
    title: "手机存储打不开",
    why: "现在写下的内容无处保存，所以暂时不能工作。已保存的内容不会丢。",
    todo: ["关闭无痕模式", "用手机自带的浏览器打开，不要在微信等应用里打开", "允许本网站保存数据", "腾出一些空间"],
  },
  {
    lang: "en",
    title: "This phone’s storage cannot be opened",
    why: "What you write now could not be kept, so work cannot begin yet. What is saved stays saved.",
    todo: [
      "Leave private browsing",
      "Open the app in the phone’s own browser, not inside another app",
      "Allow this site to keep data",
      "Make some room",
    ],
  },
];

/** @param {any} problem */
export function stuckScreen(problem) {
  const known = /** @type {Record<string, typeof REFUSED>} */ ({ storage_full: FULL, not_saved: REFUSED })[
    problem?.code
  ];
  return html`<main class="page">
    ${(known ?? OTHER).map(
      ({ lang, title, why, todo }) =>
        html`<section class="card" lang=${lang}>
          <h1 class="card-title">${icon("octagon-alert", "icon-24")}${title}</h1>
          <p>${why}</p>
          <ul class="remedies">
            ${todo.map((each) => html`<li>${each}</li>`)}
          </ul>
        </section>`,
    )}
    ${known ? nothing : html`<p class="small quiet">${textOfProblem(problem)}</p>`}
    <button class="button primary wide" @click=${() => location.reload()}>再试一次 · Try again</button>
  </main>`;
}
