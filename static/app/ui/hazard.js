/**
 * The hazard sheet: level, photo, remedy, position, date, gas; and what the customer will read of it.
 *
 * Decides how a hazard is described before it is recorded, and how a recorded one is changed or withdrawn. A new
 * hazard is a draft on the disk until *Record*; every change of a recorded one is written at once. Invariant: gas is
 * never recorded as shut off without the question that says what that means.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { _, textOf } from "../text.js";
import { levelChoices, question, sheet } from "./controls.js";
import { primary } from "./frame.js";
import { dateField, gasChoices, ownOf, positionChoices, preview, remedies, solutionsOf } from "./hazard_parts.js";
import { catalogueSearch, whatIsWrong } from "./hazard_search.js";
import { icon } from "./icons.js";
import { photoStrip } from "./photo.js";
import { meaningOf, nameOf } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {import("./hazard_open.js").HazardDraft} HazardDraft */

/** Fields of a recorded hazard that may still be changed; its code is what was found and stays. */
const CHANGEABLE = ["level", "position", "solutions", "due", "stop_gas", "note", "name"];

/** @param {Stage} stage @param {VisitDocument} visit */
export function hazardSheet(stage, visit) {
  const id = /** @type {string} */ (stage.route.part);
  const key = `hazard:${id}`;
  const recorded = visit.hazards?.[id];
  if (!recorded && !stage.drafts.ready(key)) return nothing;
  const draft = recorded
    ? asDraft(recorded, onTheWay(stage, id), stage.drafts.get(key, null))
    : stage.drafts.get(key, /** @type {HazardDraft | null} */ (null));
  const leave = () => closeSheet(stage, visit, draft);
  if (!draft)
    return sheet({ title: _("Hazard"), close: leave, body: html`<p>${_("This hazard is not on this phone.")}</p>` });
  const set = setter(stage, visit, id, draft, Boolean(recorded));
  const close = () => {
    if (recorded) set({}); // with what is typed in a field that was never left
    leave();
  };
  const body = draft.searching ? catalogueSearch(stage, draft, set) : form(stage, visit, id, draft, set, recorded);
  const foot = draft.searching || visit.outcome ? nothing : action(stage, visit, id, draft, Boolean(recorded), close);
  const title = `${_("Hazard")} · ${itemName(stage, visit, draft.item)}`;
  return html`${sheet({ title, close, body, foot })} ${gasQuestion(stage, visit, id, draft)}
  ${withdrawQuestion(stage, visit, id, draft)}`;
}

/**
 * A recorded hazard in the shape of the form, under what is being typed.
 *
 * What was tapped is shown once it is on the disk; what was typed stays in its field on the way there.
 *
 * @param {any} hazard @param {any} way @param {any} typed @returns {HazardDraft}
 */
function asDraft(hazard, way, typed) {
  const empty = {
    point: null,
    candidates: hazard.code ? [hazard.code] : [],
    searching: false,
    typed: "",
    remedy: "",
    note: "",
    name: "",
  };
  const { note = hazard.note, name = hazard.name, due = hazard.due } = way;
  const written = { ...empty, ...hazard, note: note ?? "", name: name ?? "", due };
  return { ...written, level: Number(hazard.level), remedy: ownOf({ ...hazard, ...way }), ...(typed?.live ?? {}) };
}

/**
 * How the form changes: into the draft, or at once into the log.
 *
 * @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {HazardDraft} draft @param {boolean} recorded
 * @returns {import("./hazard_parts.js").SetDraft}
 */
function setter(stage, visit, id, draft, recorded) {
  const key = `hazard:${id}`;
  return (asked, { typing = false } = {}) => {
    if (visit.outcome) return;
    // What is held or on its way and not what was drawn: on a slow phone the last tap is not drawn yet when the next one comes.
    const latest = recorded ? { ...draft, ...onTheWay(stage, id) } : stage.drafts.get(key, draft);
    const change = typeof asked === "function" ? asked(latest) : asked;
    if (!recorded) return stage.drafts.set(key, withOwnWords({ ...latest, ...change }, change));
    const live = stage.drafts.get(key, /** @type {{live?: Partial<HazardDraft>} | null} */ (null))?.live ?? {};
    if (typing) return stage.drafts.set(key, { live: { ...live, ...change } });
    if (change.stop_gas && shutsOff(change.stop_gas) && change.stop_gas !== latest.stop_gas)
      return ask(stage, id, "gas", change.stop_gas);
    stage.drafts.drop(key);
    const told = withOwnWords({ ...latest, ...live, ...change }, { ...live, ...change });
    for (const [field, value] of Object.entries({
      ...whatWasTyped(live, told),
      ...change,
      ...remediesOf(told, change),
    })) {
      if (CHANGEABLE.includes(field)) void put(stage, visit, id, field, value);
    }
  };
}

/** One's own words stand behind the remedies of the catalogue, whichever of the two was changed. @param {HazardDraft} draft @param {Partial<HazardDraft>} change */
function withOwnWords(draft, change) {
  return change.solutions || change.remedy !== undefined ? { ...draft, solutions: solutionsOf(draft) } : draft;
}

/** @param {HazardDraft} draft @param {Partial<HazardDraft>} change */
const remediesOf = ({ solutions }, change) => (change.solutions ? { solutions } : {});

/** What is typed and not written yet goes with the next change: on a phone a tap on a button does not always leave the field. @param {Partial<HazardDraft>} live @param {HazardDraft} draft */
function whatWasTyped(live, draft) {
  return {
    ...(live.note === undefined ? {} : { note: live.note.trim() }),
    ...(live.remedy === undefined ? {} : { solutions: solutionsOf(draft) }),
  };
}

/** What of a recorded hazard is on its way to the disk: the next tap counts on from there, not from what was drawn before. @param {Stage} stage @param {string} id @returns {Record<string, unknown>} */
const onTheWay = (stage, id) => stage.keep(`hazard-way:${id}`, () => ({}));

/** Change one field of a recorded hazard. @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {string} field @param {unknown} value */
async function put(stage, visit, id, field, value) {
  const way = onTheWay(stage, id);
  way[field] = value;
  stage.paint();
  await stage.write(visit, "hazard.set", { hazard: id, field, value });
  if (way[field] === value) delete way[field];
  stage.paint();
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} item */
function itemName(stage, visit, item) {
  return textOf(stage.checklist(visit).items.find((/** @type {any} */ each) => each.id === item)?.name) || item;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {HazardDraft} draft @param {ReturnType<typeof setter>} set @param {any} recorded */
function form(stage, visit, id, draft, set, recorded) {
  return html`
    ${whatIsWrong(stage, draft, set, Boolean(recorded))}
    <section class="group">
      <h3>${_("Level")}</h3>
      ${levelChoices({ levels: stage.catalog.levels ?? [], textOf, value: draft.level, choose: (level) => set({ level }) })}
    </section>
    <section class="group">
      <h3>${_("Photo of what was found")}</h3>
      ${photoStrip(stage, visit, { purpose: "hazard", ref: id, label: _("Photo of the hazard"), wanted: true })}
      <p class="hint">${_("The equipment, not people or papers.")}</p>
    </section>
    ${remedies(stage, draft, set)} ${positionChoices(stage, draft, set)} ${dateField(stage, draft, set)}
    ${gasChoices(stage, draft, set)}
    <label class="field">
      <span>${_("Remark on the notice")}</span>
      <textarea
        .value=${live(draft.note ?? "")}
        @input=${(/** @type {any} */ event) => set({ note: event.target.value }, { typing: true })}
        @change=${(/** @type {any} */ event) => set({ note: event.target.value.trim() })}
      ></textarea>
    </label>
    ${preview(stage, visit, draft)}
    ${
      recorded && !visit.outcome
        ? html`<button class="button text danger wide" @click=${() => ask(stage, id, "withdraw")}>
            ${icon("rotate-ccw")}${_("Withdraw this hazard")}
          </button>`
        : nothing
    }
  `;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {HazardDraft} draft @param {boolean} recorded @param {() => void} close */
function action(stage, visit, id, draft, recorded, close) {
  if (recorded) return primary({ label: _("Close"), run: close });
  const named = draft.code || draft.name.trim();
  const whole = named && solutionsOf(draft).length > 0 && draft.due;
  const label = !named ? _("Say what is wrong") : whole ? _("Record this hazard") : _("Choose what has to be done");
  const stops = shutsOff(draft.stop_gas);
  return primary({
    label,
    disabled: !whole,
    run: () => (stops ? ask(stage, id, "gas", draft.stop_gas) : void record(stage, visit, id, draft)),
  });
}

/** @param {string} stop  of the catalogue's `stop_gas` */
const shutsOff = (stop) => stop === "now_all" || stop === "now_appliance";

/** @param {Stage} stage */
const questionOf = (stage) => stage.keep("hazard-question", () => ({ id: "", what: "", stop: "" }));

/** @param {Stage} stage @param {string} id @param {"" | "gas" | "withdraw"} what @param {string} [stop]  how the gas is shut off */
function ask(stage, id, what, stop = "") {
  Object.assign(questionOf(stage), { id, what, stop });
  stage.paint();
}

/** @param {Stage} stage @param {string} id @param {string} what */
const asked = (stage, id, what) => {
  const state = questionOf(stage);
  return state.id === id && state.what === what;
};

/** @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {HazardDraft} draft */
async function record(stage, visit, id, draft) {
  const state = stage.keep(`recording:${id}`, () => ({ busy: false }));
  if (state.busy) return; // a second tap
  state.busy = true;
  ask(stage, "", "");
  const note = draft.note.trim();
  const saved = await stage.write(visit, "hazard.add", {
    hazard: id,
    code: draft.code,
    ...(draft.code ? {} : { name: draft.name.trim() }),
    item: draft.item,
    level: draft.level,
    position: draft.position,
    solutions: solutionsOf(draft),
    due: draft.due,
    stop_gas: draft.stop_gas,
    ...(note ? { note } : {}),
  });
  state.busy = false;
  if (!saved) return;
  if (draft.code) {
    const recent = stage.drafts.get("recent-hazards", /** @type {string[]} */ ([]));
    stage.drafts.set("recent-hazards", [draft.code, ...recent.filter((code) => code !== draft.code)].slice(0, 8));
  }
  stage.drafts.drop(`hazard-of:${visit.id}:${draft.point}`);
  closeSheet(stage, visit, draft);
  stage.drafts.drop(`hazard:${id}`);
}

/** @param {Stage} stage @param {VisitDocument} visit @param {HazardDraft | null} draft */
function closeSheet(stage, visit, draft) {
  if (draft?.searching && !visit.hazards?.[stage.route.part ?? ""]) {
    return stage.drafts.set(`hazard:${stage.route.part}`, { ...draft, searching: false });
  }
  stage.router?.back(`/app/visit/${visit.id}/items${draft ? `/${draft.item}` : ""}`);
  const { element } = stage.keep("opener", () => ({ element: /** @type {Element | null} */ (null) }));
  setTimeout(() => element instanceof HTMLElement && element.isConnected && element.focus({ preventScroll: true }), 60);
}

/** Shutting off gas is said twice. @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {HazardDraft} draft */
function gasQuestion(stage, visit, id, draft) {
  if (!asked(stage, id, "gas")) return nothing;
  const { stop } = questionOf(stage);
  const no = () => ask(stage, "", "");
  const yes = () => {
    if (!visit.hazards?.[id]) return void record(stage, visit, id, draft);
    no();
    void put(stage, visit, id, "stop_gas", stop);
  };
  return question({
    danger: true,
    title: nameOf(stage.catalog.stop_gas, stop),
    body: html`<p>${meaningOf(stage.catalog.stop_gas, stop)}</p>
      <p class="quiet">
        ${_("Shut and seal the valve before you record this. It needs a paper notice as well; the office is told. Only a passed re-inspection opens it again.")}
      </p>`,
    answers: html`<button class="button primary danger" @click=${yes}>${_("I have shut it off: record")}</button>
      <button class="button text" @click=${no}>${_("Go back")}</button>`,
    cancel: no,
  });
}

/** @param {Stage} stage @param {VisitDocument} visit @param {string} id @param {HazardDraft} draft */
function withdrawQuestion(stage, visit, id, draft) {
  if (!asked(stage, id, "withdraw")) return nothing;
  const no = () => ask(stage, "", "");
  const withdraw = async (/** @type {string} */ reason) => {
    no();
    if (await stage.write(visit, "hazard.withdraw", { hazard: id, reason })) closeSheet(stage, visit, draft);
  };
  const reasons = [_("Recorded by mistake"), _("Put right on the spot"), _("Recorded twice")];
  return question({
    title: _("Why withdraw it?"),
    body: html`<p class="quiet">${_("It leaves the notice, but stays in the record with its reason.")}</p>`,
    answers: html`${reasons.map((reason) => html`<button class="button" @click=${() => withdraw(reason)}>${reason}</button>`)}
      <button class="button text" @click=${no}>${_("Keep the hazard")}</button>`,
    cancel: no,
  });
}
