/**
 * Scan: a meter's sticker or a notice's code leads to its visits; by camera, by a picture, or typed.
 *
 * Decides what is said of a code and where it leads; codes.js knows what it means. Invariant: what was scanned stays on
 * this phone and no address in it is opened; whatever the camera cannot do, a picture or typing can.
 */

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ref } from "../../vendor/lit-html/directives/ref.js";
import { closeReader, codesIn, MissingReader } from "../decoder.js";
import { _, ngettext } from "../text.js";
import { meaningOf, visitsOf } from "./codes.js";
import { notice } from "./controls.js";
import { frame } from "./frame.js";
import { icon } from "./icons.js";
import { listOf } from "./today.js";
import { openForm } from "./unplanned.js";
import { Viewfinder } from "./viewfinder.js";
import { dayFrom } from "./words.js";

/** @typedef {import("./stage.js").Stage} Stage */
/** Said anew whenever it is drawn: the language may be another by then. @typedef {() => string} Said */
/** @typedef {{words: Said, advice?: Said, visits: any[], serial?: string}} Result  `serial`: a number that no visit has */

const LONGEST_SHOWN = 60;

/** What the screen knows while it is open. */
class Scan {
  /** @type {Result | null} */
  result = null;
  /** A picture is being read. */
  busy = false;
  /** Who looks now: what comes from an earlier visit of the screen is not shown. */
  opened = 0;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.camera = new Viewfinder({ seen: (texts) => this.take(texts), changed: () => stage.paint() });
    /** Called with the picture when the screen appears, and with nothing when it is left. */
    this.place = (/** @type {Element | undefined} */ video) => {
      this.camera.place(video);
      this.opened += 1;
      if (video) return void this.camera.openIfAllowed();
      this.camera.close();
      closeReader();
      Object.assign(this, { result: null, busy: false });
    };
  }

  /**
   * A code was seen or typed: go to its visit, or say what it is.
   *
   * @param {string[]} texts
   * @param {{typed?: boolean}} [how]
   */
  take(texts, how) {
    const { stage } = this;
    const bases = [stage.catalog.company?.public_url, location.origin].filter(Boolean);
    const meanings = texts.map((text) => meaningOf(text, bases));
    const found = meanings.flatMap((meaning) => visitsOf(stage.visits ?? [], meaning, how));
    const visits = found.filter((visit, index) => found.findIndex(({ id }) => id === visit.id) === index);
    if (visits.length === 1) {
      stage.drafts.drop("scan");
      if (!how?.typed) stage.drafts.set(`scanned:${visits[0].id}`, texts); // the meter's page says that it is the right one
      navigator.vibrate?.(40);
      return stage.go(`/app/visit/${visits[0].id}`, { replace: true });
    }
    this.camera.close();
    this.tell(visits.length ? severalOf(visits) : nothingOf(meanings));
  }

  /** @param {any} event */
  async choosePicture(event) {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file || this.busy) return;
    this.camera.close();
    const { opened } = this;
    Object.assign(this, { busy: true, result: null });
    this.stage.paint();
    const answer = await codesIn(file).catch((problem) => problem);
    if (this.opened !== opened) return;
    this.busy = false;
    if (answer instanceof MissingReader) this.tell(noReader());
    else if (answer instanceof Error) this.tell(noPicture());
    else if (answer.length) this.take(answer);
    else this.tell(noCode());
  }

  /** @param {Event} event @param {string} typed */
  find(event, typed) {
    event.preventDefault();
    if (typed.trim()) this.take([typed], { typed: true });
    else this.tell({ words: () => _("Type a number first."), visits: [] });
  }

  /** @param {Result} result */
  tell(result) {
    this.result = result;
    this.stage.paint();
  }

  again() {
    this.result = null;
    void this.camera.open();
  }
}

/** @param {any[]} visits @returns {Result} */
function severalOf(visits) {
  const words = () => ngettext("%(num)s visit has this code", "%(num)s visits have this code", visits.length);
  return { words, visits };
}

/** Why a code leads nowhere, and what can be done. @param {import("./codes.js").Meaning[]} meanings @returns {Result} */
function nothingOf(meanings) {
  const advice = () => _("It may belong to another day or another technician. Search Today, or ask the office.");
  const [first] = meanings;
  if (meanings.some(({ kind }) => kind === "notice")) {
    return { words: () => _("This is one of our notices, but its visit is not on this phone."), advice, visits: [] };
  }
  if (meanings.some(({ kind }) => kind === "page")) {
    return { words: () => _("This is an address of ours, but no notice."), advice: noticeAdvice, visits: [] };
  }
  if (first?.kind === "foreign") {
    const words = () => _("This code is not ours. It leads to %(host)s.", { host: first.host });
    return { words, advice: () => _("Nothing was opened. Look for our notice or the meter’s sticker."), visits: [] };
  }
  const number = first?.kind === "number" ? first.text : "";
  const words = () => _("No visit on this phone has “%(code)s”.", { code: shorten(number) });
  return { words, advice, visits: [], serial: number.length <= LONGEST_SHOWN ? number : "" };
}

const noticeAdvice = () => _("The code of a notice stands at the foot of its pages.");

/** @param {string} text */
const shorten = (text) => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);

/** @returns {Result} */
const noCode = () => ({
  words: () => _("No code can be seen in this picture."),
  advice: () => _("Take it closer, straight on and in good light, or type the number."),
  visits: [],
});

/** @returns {Result} */
const noPicture = () => ({
  words: () => _("This picture cannot be opened."),
  advice: () => _("Take another one as JPEG, or type the number."),
  visits: [],
});

/** @returns {Result} */
const noReader = () => ({
  words: () => _("The reader of codes is not on this phone yet."),
  advice: () => _("It comes with the next connection. Until then, type the number."),
  visits: [],
});

/** @param {Stage} stage */
export function scanScreen(stage) {
  const scan = stage.keep("scan", () => new Scan(stage));
  const typed = stage.drafts.get("scan", "");
  const body = html`
    ${viewfinder(scan)}
    <div class="scan-result" role="status" aria-live="polite">${scan.busy ? reading() : resultOf(scan)}</div>
    ${visitsFound(stage, scan)}
    <label class="button wide shutter">
      ${icon("image")}<span>${_("Choose a picture")}</span>
      <input
        type="file"
        accept="image/*"
        aria-label=${_("Choose a picture of a code")}
        @change=${(/** @type {any} */ event) => scan.choosePicture(event)}
      />
    </label>
    <form class="card" @submit=${(/** @type {any} */ event) => scan.find(event, typed)}>
      <label class="field">
        <span>${_("Or type the number")}</span>
        <input
          type="text"
          autocapitalize="characters"
          autocomplete="off"
          spellcheck="false"
          enterkeyhint="search"
          maxlength="300"
          aria-describedby="scan-hint"
          .value=${typed}
          @input=${(/** @type {any} */ event) => stage.drafts.set("scan", event.target.value)}
        />
      </label>
      <p class="hint" id="scan-hint">${_("Meter, visit, notice or account; the last four characters are enough.")}</p>
      <button class="button wide">${icon("search")}${_("Find")}</button>
    </form>
    <p class="small quiet">${_("What is scanned stays on this phone.")}</p>
  `;
  return frame(stage, { title: _("Scan"), back: "/app", body });
}

const reading = () => html`<p class="hint">${_("Reading the picture …")}</p>`;

/** The camera's picture, or why there is none. @param {Scan} scan */
function viewfinder(scan) {
  const { camera, result } = scan;
  const { state } = camera;
  const on = state === "on";
  const offered = ["off", "paused", "refused", "busy", "unread"].includes(state);
  return html`<section class="finder" aria-label=${_("Camera")}>
    <div class="finder-picture" ?hidden=${!on}>
      <video ${ref(scan.place)} playsinline muted aria-hidden="true"></video>
      <span class="finder-frame" aria-hidden="true"></span>
      ${camera.lamp.there ? lampButton(camera) : nothing}
    </div>
    ${on ? nothing : icon("scan-line", "icon-32")}
    <p role="status">${cameraWords(state)}</p>
    ${
      offered
        ? html`<button class="button primary" @click=${() => scan.again()}>
            ${icon("camera")}${result ? _("Scan again") : _("Turn on the camera")}
          </button>`
        : nothing
    }
  </section>`;
}

/** @param {Viewfinder} camera */
function lampButton(camera) {
  const { lit } = camera.lamp;
  return html`<button
    class="icon-button finder-lamp"
    aria-label=${_("Lamp")}
    aria-pressed=${lit}
    @click=${() => camera.switchLamp()}
  >
    ${icon(lit ? "flashlight-off" : "flashlight", "icon-24")}
  </button>`;
}

/** @param {import("./viewfinder.js").CameraState} state @returns {string} */
function cameraWords(state) {
  const known = {
    off: _("Point the camera at a meter’s sticker or at the code of a notice."),
    asking: _("Waiting for the camera …"),
    on: _("Hold the code in the frame."),
    paused: _("The camera was turned off while the app was hidden."),
    refused: _(
      "The camera is not allowed. Allow it in the browser’s settings for this site, or use a picture or the number.",
    ),
    none: _("This device has no camera. Use a picture or the number."),
    busy: _("The camera cannot be used now; another app may hold it. Close that app and try again."),
    insecure: _("The browser gives the camera to secure addresses only (https). Use a picture or the number."),
    unread: _(
      "The reader of codes is not on this phone yet. It comes with the next connection; until then, type the number.",
    ),
  };
  return known[state];
}

/** @param {Scan} scan */
function resultOf({ stage, result }) {
  if (!result) return nothing;
  if (result.visits.length) return html`<p class="strong">${result.words()}</p>`;
  return notice(
    "is-warn",
    "search",
    html`<p class="strong">${result.words()}</p>
      <p>${result.advice?.()}</p>
      ${result.serial ? unplanned(stage, result.serial) : nothing}`,
  );
}

/** Whose meter it is shows at the door. @param {Stage} stage @param {string} serial */
function unplanned(stage, serial) {
  return html`<button class="button wide" @click=${() => openForm(stage, { by_hand: true, serial })}>
    ${icon("user-plus")}${_("Open an unplanned visit")}
  </button>`;
}

/** @param {Stage} stage @param {Scan} scan */
function visitsFound(stage, { result }) {
  return result?.visits.length ? listOf(stage, result.visits, dayFrom(stage.catalog)) : nothing;
}
