/**
 * Today: the day's visits in the order of the route, and the next one on top.
 *
 * Decides which visits stand in which list and what is marked on a row; judges nothing. Invariant: a visit that is
 * still open never falls out of sight because its day is past.
 */

import { html, nothing, svg } from "../../vendor/lit-html/lit-html.js";
import { guard } from "../../vendor/lit-html/directives/guard.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { pressing, pressingFirst } from "../promised.js";
import { _, formatDate, formatTime, ngettext } from "../text.js";
import { levelMark, segments } from "./controls.js";
import { isMeant } from "./find.js";
import { frame, skeleton, syncChip } from "./frame.js";
import { icon } from "./icons.js";
import { asFarAsSeen } from "./long_list.js";
import { morningCard } from "./preshift.js";
import { byRoute } from "./route_order.js";
import { begin } from "./start.js";
import { openForm } from "./unplanned.js";
import { oldUnsentNote } from "./unsent.js";
import { updateNote } from "./update.js";
import { addressOf, dayFrom, dayOf, hoursOf, outcomeWords, roomOf, SHORT_DAY, typeOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/** @param {VisitDocument} visit */
const isOver = (visit) => Boolean(visit.outcome) || visit.state === "closed" || visit.state === "cancelled";

/**
 * Sort the visits into what the screen shows.
 *
 * @param {VisitDocument[]} visits
 * @param {string} today
 */
export function sortDay(visits, today) {
  const sorted = visits.filter((visit) => visit.state !== "cancelled").toSorted(byRoute);
  const ofToday = sorted.filter((visit) => dayOf(visit) === today);
  const left = sorted.filter((visit) => dayOf(visit) < today && !isOver(visit));
  const done = ofToday.filter(isOver);
  const open = ofToday.filter((visit) => !isOver(visit));
  const begun = [...open, ...left].find((visit) => visit.start);
  const [first] = pressingFirst([...open, ...left], Date.now());
  return { sorted, ofToday, todo: [...left, ...open], done, next: begun ?? first };
}

/** @type {WeakMap<VisitDocument[], {today: string, day: ReturnType<typeof sortDay>}>} a list is drawn more often than it changes */
const sortedDays = new WeakMap();

/** @param {VisitDocument[]} visits @param {string} today */
function sortedDay(visits, today) {
  const known = sortedDays.get(visits);
  if (known?.today === today) return known.day;
  const day = sortDay(visits, today);
  sortedDays.set(visits, { today, day });
  return day;
}

/** @param {Stage} stage */
export function todayScreen(stage) {
  const today = dayFrom(stage.catalog);
  const aside = html`${syncChip(stage)}
    <a class="icon-button" href="/app/me" aria-label=${_("Me")}>${icon("user-round", "icon-24")}</a>`;
  const body = stage.visits ? dayView(stage, stage.visits, today) : skeleton();
  return frame(stage, { title: _("Today"), subtitle: formatDate(today, SHORT_DAY), aside, body });
}

/** @param {Stage} stage @param {VisitDocument[]} visits @param {string} today */
function dayView(stage, visits, today) {
  const day = sortedDay(visits, today);
  const view = stage.drafts.get("today", { filter: "todo", typed: "" });
  const set = (/** @type {object} */ change) => stage.drafts.set("today", { ...view, ...change });
  const list =
    { todo: day.todo, done: day.done, all: day.sorted }[/** @type {"todo" | "done" | "all"} */ (view.filter)] ??
    day.todo;
  const morning = morningCard(stage);
  const found = view.typed ? day.sorted.filter((visit) => isMeant(visit, view.typed)) : list;
  return html`
    ${view.typed ? nothing : html`${morning === nothing ? updateNote(stage) : morning} ${oldUnsentNote(stage)} ${summary(day)} ${day.next ? nextCard(stage, day.next) : nothing}`}
    <div class="search-line">
      <label class="search">
        ${icon("search")}
        <input
          type="search"
          aria-label=${_("Search visits")}
          placeholder=${_("Name, address or number")}
          enterkeyhint="search"
          .value=${live(view.typed)}
          @input=${(/** @type {any} */ event) => set({ typed: event.target.value })}
        />
      </label>
      <a class="icon-button" href="/app/scan" aria-label=${_("Scan a code")}>${icon("scan-line", "icon-24")}</a>
    </div>
    ${
      view.typed
        ? html`<p class="hint" role="status">
            ${ngettext("%(num)s visit found", "%(num)s visits found", found.length)}
          </p>`
        : segments({
            label: _("Which visits"),
            options: filters(day),
            value: view.filter,
            choose: (filter) => set({ filter }),
          })
    }
    ${found.length ? asFarAsSeen(stage, found, (some) => listOf(stage, some, today)) : emptyList(view, day)}
    <button class="button text wide" @click=${() => openForm(stage, { typed: view.typed })}>
      ${icon("user-plus")}${_("Open an unplanned visit")}
    </button>
  `;
}

/** @param {ReturnType<typeof sortDay>} day */
function filters(day) {
  return [
    { value: "todo", label: `${_("To do")} ${day.todo.length}` },
    { value: "done", label: `${_("Done")} ${day.done.length}` },
    { value: "all", label: `${_("All")} ${day.sorted.length}` },
  ];
}

/** The thin ring of done and planned. @param {ReturnType<typeof sortDay>} day */
function summary({ ofToday, done, todo }) {
  const all = ofToday.length;
  const share = all ? Math.round((done.length / all) * 100) : 0;
  const words = todo.length
    ? ngettext("%(num)s visit to do", "%(num)s visits to do", todo.length)
    : all
      ? _("All done for today")
      : _("No visits planned");
  return html`<section class="day">
    <svg
      class="ring"
      viewBox="0 0 64 64"
      role="img"
      aria-label=${_("%(done)s of %(all)s done", { done: done.length, all })}
    >
      ${svg`<circle cx="32" cy="32" r="28"></circle>
        <circle class="done" cx="32" cy="32" r="28" pathLength="100" stroke-dasharray="${share} 100"
          transform="rotate(-90 32 32)" visibility=${share ? "visible" : "hidden"}></circle>
        <text x="32" y="33">${done.length}/${all}</text>`}
    </svg>
    <div>
      <h2>${words}</h2>
    </div>
  </section>`;
}

/** @param {Stage} stage @param {VisitDocument} visit */
function nextCard(stage, visit) {
  const { customer } = visit;
  const label = visit.start ? _("Go on") : _("Start");
  return html`<section class="card lifted next" aria-label=${_("Next visit")}>
    <p class="eyebrow">
      <span>${visit.start ? _("In progress") : _("Next visit")}</span><span class="marks">${marks(visit)}</span>
    </p>
    <div>
      <p class="when">${hoursOf(visit, true)} · <span class="unbroken">${roomOf(customer)}</span></p>
      <p>${customer.name} <span class="quiet">· ${typeOf(stage.catalog, visit)}</span></p>
      <p class="quiet">${addressOf(customer)}</p>
    </div>
    <div class="pair">
      ${
        customer.phone
          ? html`<a
              class="button"
              href="tel:${customer.phone}"
              aria-label=${_("Call %(name)s", { name: customer.name })}
              >${icon("phone")}${_("Call")}</a
            >`
          : nothing
      }
      <button
        class="button primary"
        aria-label=${_("%(action)s: %(room)s", { action: label, room: roomOf(customer) })}
        @click=${() => begin(stage, visit)}
      >
        ${icon("play")}${label}
      </button>
    </div>
  </section>`;
}

/** Rows, with the day before them where it is not today. @param {Stage} stage @param {VisitDocument[]} visits @param {string} today */
export function listOf(stage, visits, today) {
  const days = [...new Set(visits.map((visit) => dayOf(visit)))];
  return days.map(
    (day) => html`
      ${
        day === today && days.length === 1
          ? nothing
          : html`<h2 class="section-title">${day === today ? _("Today") : formatDate(day, SHORT_DAY)}</h2>`
      }
      <div class="card flush rows" role="list">
        ${rowsOf(
          stage,
          visits.filter((visit) => dayOf(visit) === day),
        )}
      </div>
    `,
  );
}

/** So many rows are looked at as one when the list is drawn again: those of which nothing has changed cost nothing then. */
const TOGETHER = 12;

/** The rows of a day; the address stands once above those who follow one another at it. @param {Stage} stage @param {VisitDocument[]} visits */
function rowsOf(stage, visits) {
  const addressAt = (/** @type {number} */ index) => visits[index]?.customer.address ?? "";
  const starts = Array.from({ length: Math.ceil(visits.length / TOGETHER) }, (_none, n) => n * TOGETHER);
  return starts.map((start) => {
    const some = visits.slice(start, start + TOGETHER);
    const promised = some.map((visit) => pressing(visit, Date.now())?.late);
    const dozen = guard([addressAt(start - 1), ...some, ...promised, stage.app.locale, stage.catalog], () =>
      some.map((visit, n) => {
        const address = addressAt(start + n);
        return row(stage, visit, address === addressAt(start + n - 1) ? "" : address);
      }),
    );
    return html`<div class="dozen" role="none">${dozen}</div>`;
  });
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} address  empty: it stands above already */
function row(stage, visit, address) {
  const { customer } = visit;
  return html`<div role="listitem">
    ${address ? html`<p class="place">${address}</p>` : nothing}
    <a class="row visit-row ${isOver(visit) ? "is-done" : ""}" href="/app/visit/${visit.id}">
      <span class="grow">
        <span class="top-line"
          ><span class="when">${hoursOf(visit, true)}<i>·</i>${roomOf(customer)}</span
          ><span class="marks">${marks(visit)}</span></span
        >
        <span class="who">${[customer.name, typeOf(stage.catalog, visit)].filter(Boolean).join(" · ")}</span>
      </span>
      <i class="onward"></i>
    </a>
  </div>`;
}

/** A mark only when there is something to know. @param {VisitDocument} visit */
function marks(visit) {
  const previous = visit.previous ?? {};
  const levels = (previous.open_hazards ?? []).map((/** @type {any} */ hazard) => Number(hazard.level));
  const corrected = Object.keys(visit.customer.corrected ?? {}).length;
  const promise = pressing(visit, Date.now());
  return html`
    ${promise ? dueMark(promise) : nothing} ${visit.outcome ? outcomeMark(visit.outcome.outcome) : nothing}
    ${levels.length && !visit.outcome ? levelMark(Math.min(...levels)) : nothing}
    ${
      previous.outcome === "no_access" && !visit.outcome
        ? html`<span class="chip">${icon("repeat")}${_("Missed")}</span>`
        : nothing
    }
    ${corrected ? html`<span class="chip">${icon("pen-line")}${_("Corrected")}</span>` : nothing}
    ${visit.unsent ? html`<span class="chip is-warn" role="img" aria-label=${_("Not sent")}>${icon("cloud-upload")}</span>` : nothing}
  `;
}

/** By when it was promised; late is said as such. @param {import("../promised.js").Pressing} promise */
function dueMark({ due, late }) {
  const isToday = new Date(due).toDateString() === new Date().toDateString();
  const time = isToday ? formatTime(due) : formatDate(due, { month: "numeric", day: "numeric" });
  const words = late ? _("Late") : _("By %(time)s", { time });
  return html`<span class="chip ${late ? "is-danger" : "is-warn"}"
    >${icon(late ? "triangle-alert" : "clock")}${words}</span
  >`;
}

/** @param {string} outcome */
function outcomeMark(outcome) {
  const fine = outcome === "completed";
  return html`<span class="chip ${fine ? "is-ok" : ""}"
    >${icon(fine ? "check" : "door-closed")}${outcomeWords(outcome)}</span
  >`;
}

/** @param {{filter: string, typed: string}} view @param {ReturnType<typeof sortDay>} day */
function emptyList(view, day) {
  const words = view.typed
    ? _("No visit holds that. Try a part of the name, the room or the meter number.")
    : view.filter === "done"
      ? _("Nothing is finished yet. Finished visits appear here.")
      : day.ofToday.length
        ? _("Everything is done. Well done.")
        : day.sorted.length
          ? _("Nothing is planned for today. Other days stand under All.")
          : _("No visits are on this phone. They come with the next sync.");
  return html`<div class="empty">
    ${icon(view.typed ? "search" : "circle-check")}
    <p>${words}</p>
  </div>`;
}
