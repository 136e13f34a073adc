/**
 * What all screens share: the app, the address, the documents on show, and the way a tap is written.
 *
 * Decides when to read documents again and when to draw; knows no screen. Invariants: what was tapped is shown when it is on
 * the disk, and at once then; a write that did not reach the disk is kept in `notSaved` and shown as such until it is on the
 * disk or the person gives it up (lesson 2).
 */

import { listOf } from "../list_of.js";
import { overlay } from "../overlay.js";
import { asksFor, standsAlone } from "../rules.js";
import { Drafts } from "./drafts.js";
import { stateOfItem } from "./judge.js";
import { whereIfAllowed } from "./place.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../router.js").Route} Route */
/** @typedef {any} VisitDocument */
/** @typedef {{visit: string, kind: string, data: Record<string, any>, problem?: unknown}} NotSaved */

export class Stage {
  /**
   * @param {App} app
   * @param {() => void} draw
   */
  constructor(app, draw) {
    this.app = app;
    this.draw = draw;
    this.drafts = new Drafts(app, () => this.paint());
    /** @type {Route} */
    this.route = { name: "today", path: "/app" };
    /** @type {VisitDocument[] | null} */
    this.visits = null;
    /** @type {VisitDocument | undefined} */
    this.visit = undefined;
    /** @type {NotSaved[]} */
    this.notSaved = [];
    /** @type {Map<string, any>} */
    this.memory = new Map();
    /** @type {import("../router.js").Router | null} */
    this.router = null;
    /** @type {Set<string>} visits of which this page has already said that they began */
    this.begun = new Set();
    this.reading = Promise.resolve();
    /** @type {Promise<void> | null} a reading that has not begun yet */
    this.asked = null;
    /** How many entries of this page are on the disk: what was read before one of them is old. */
    this.written = 0;
    /** The visit that was last looked for; whether it was found or not. */
    this.looked = "";
    /** Why the last reading failed; nothing where it did not. @type {unknown} */
    this.trouble = null;
    this.painting = false;
    /** What `checklist` made of the present catalogue. @type {{of: unknown, known: Map<string, any>}} */
    this.lists = { of: null, known: new Map() };
    /** Whose page this is, or was until they left. @type {string | undefined} */
    this.who = undefined;
  }

  /**
   * Log in. Who comes back finds what they had not saved; another person finds nothing of it.
   *
   * @param {string} username
   * @param {string} password
   * @param {string} [code]  of the second factor
   * @returns {Promise<unknown>} why not; null: it is done
   */
  async logIn(username, password, code) {
    const before = this.app.user?.id ?? this.who;
    /** @type {unknown} */
    let problem = null;
    try {
      await this.app.login(username, password, code);
    } catch (reason) {
      problem = reason;
    }
    // Where nobody was here before there is nothing of theirs, and Today may have begun its work already.
    if (before && this.app.user?.id !== before) this.forget();
    return problem;
  }

  /** Another person has this phone now: what the page held of the former is neither shown to them nor written for them. */
  forget() {
    this.forgetShown();
    this.memory.clear();
    this.notSaved = [];
    this.begun.clear();
  }

  /** Who was here has left, in another tab or because the phone is blocked: nothing of theirs is shown; what is not saved waits for them. */
  forgetShown() {
    this.drafts.forget();
    this.visits = null;
    this.visit = undefined;
  }

  /**
   * Go to an address of the app.
   *
   * @param {string} path
   * @param {{replace?: boolean, stay?: boolean}} [how]
   */
  go(path, how) {
    this.router?.go(path, how);
  }

  /**
   * Something of a screen that need not outlive a reload: made once, then the same object.
   *
   * @template T
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  keep(key, make) {
    if (!this.memory.has(key)) this.memory.set(key, make());
    return this.memory.get(key);
  }

  /** Draw soon; many calls draw once. */
  paint() {
    if (this.painting) return;
    this.painting = true;
    queueMicrotask(() => {
      this.painting = false;
      this.draw();
    });
  }

  /**
   * Read what the address shows, then draw. Calls while one is under way are one more reading after it.
   *
   * @returns {Promise<void>}
   */
  refresh() {
    if (!this.asked) {
      this.asked = this.reading.then(() => {
        this.asked = null;
        return this.read();
      });
      this.reading = this.asked;
    }
    return this.asked;
  }

  /** @returns {Promise<void>} */
  async read() {
    const { route, written } = this;
    if (!this.app.user && this.who) this.forgetShown();
    this.who = this.app.user?.id ?? this.who;
    try {
      if (this.app.user) {
        const visits = !route.visit || !this.visits ? await this.app.visits() : this.visits;
        const visit = route.visit ? await this.app.visit(route.visit) : this.visit;
        // Something was tapped meanwhile, and is shown already: it must not blink out of sight.
        if (this.written !== written) return this.read();
        Object.assign(this, { visits, visit });
      }
      this.trouble = null;
    } catch (problem) {
      this.trouble = problem; // what was read before stays on show
    }
    this.looked = route.visit ?? "";
    this.paint();
  }

  /**
   * Write one fact of a visit at once. The first fact of a visit also says that it was begun.
   *
   * @param {VisitDocument} visit
   * @param {string} kind
   * @param {Record<string, any>} data
   * @returns {Promise<boolean>} whether it is on the disk
   */
  async write(visit, kind, data) {
    if (kind !== "visit.start" && !visit.start && !this.begun.has(visit.id)) {
      this.begun.add(visit.id);
      await this.put({ visit: visit.id, kind: "visit.start", data: {} });
      void this.placeStart(visit); // the tap does not wait for it
    }
    return this.put({ visit: visit.id, kind, data });
  }

  /** Say once more that a visit was begun, with the place. @param {VisitDocument} visit */
  async placeStart(visit) {
    const location = await whereIfAllowed();
    const closed = (await this.app.visit(visit.id).catch(() => undefined))?.outcome;
    if (location && !closed) await this.put({ visit: visit.id, kind: "visit.start", data: { location } });
  }

  /** @param {NotSaved} entry */
  async put(entry) {
    try {
      // Behind an entry that is not saved, later ones wait too: the order of taps is part of the record.
      if (this.notSaved.some((other) => other !== entry && other.visit === entry.visit)) throw this.notSaved[0].problem;
      this.show(await this.app.write(entry.visit, entry.kind, entry.data));
      return true;
    } catch (problem) {
      this.notSaved.push({ ...entry, problem });
      this.paint();
      await this.refresh();
      return false;
    }
  }

  /** An entry is on the disk: it is laid on what stands there, without asking the disk for all of it again. @param {import("../store.js").Op} op */
  show(op) {
    const { user } = this.app;
    this.written += 1;
    if (user && this.visit?.id === op.visit) {
      const shown = overlay(this.visit, [op], { id: user.id, name: user.name });
      this.visit = shown && { ...shown, unsent: (this.visit.unsent ?? 0) + 1 };
    }
    this.paint();
  }

  /** Try again to save what was not saved, in the order of the taps. */
  async saveAgain() {
    const waiting = this.notSaved;
    this.notSaved = [];
    for (const entry of waiting) await this.put(entry);
    this.paint();
  }

  /** Whether all of a visit is on the disk, once what is not was tried again. @param {string} visit */
  async allSaved(visit) {
    const isLeft = () => this.notSaved.some((entry) => entry.visit === visit);
    if (isLeft()) await this.saveAgain();
    return !isLeft();
  }

  /**
   * Keep a photo of a visit.
   *
   * @param {VisitDocument} visit
   * @param {File} file
   * @param {{purpose: string, ref?: string, taken_at?: string, location?: object | Promise<object | undefined>}} about
   * @returns {Promise<string | null>} its digest, or null when it was not saved (`problem` of the key says why)
   */
  async addPhoto(visit, file, about) {
    const state = this.keep(`camera:${visit.id}:${about.purpose}:${about.ref ?? ""}`, () => ({
      busy: 0,
      problem: /** @type {unknown} */ (null),
    }));
    state.busy += 1;
    state.problem = null;
    this.paint();
    try {
      const { sha256 } = await this.app.addPhoto(visit.id, file, /** @type {any} */ (about));
      return sha256;
    } catch (problem) {
      state.problem = problem;
      return null;
    } finally {
      state.busy -= 1;
      await this.refresh();
    }
  }

  /** The checklist by which a visit is judged. @param {VisitDocument} visit @returns {any} */
  checklist(visit) {
    const { catalog } = this.app;
    if (this.lists.of !== catalog) this.lists = { of: catalog, known: new Map() };
    const key = `${visit.type} ${visit.checklist ?? ""}`;
    if (!this.lists.known.has(key)) this.lists.known.set(key, listOf(/** @type {any} */ (catalog) ?? {}, visit));
    return this.lists.known.get(key);
  }

  /** The steps of a visit, as its kind says. @param {VisitDocument} visit @returns {import("../missing.js").Step[]} */
  steps(visit) {
    return this.checklist(visit).steps;
  }

  /** Whether an item stands open with all its points: the one that the address names, and every part of a job. @param {VisitDocument} visit @param {any} item */
  showsWhole(visit, item) {
    return this.route.part === item.id || this.checklist(visit).inspects === false;
  }

  /** How far an item is judged, as the rules of this kind of visit have it. @param {VisitDocument} visit @param {any} item */
  stateOf(visit, item) {
    const list = this.checklist(visit);
    const isAsked = (/** @type {any} */ point) => Boolean(asksFor(visit, list, item, point));
    const isSingle = (/** @type {any} */ point) => item.single || standsAlone(visit, list, point.id);
    return stateOfItem(item, visit.checks?.[item.id] ?? {}, isAsked, isSingle);
  }

  /** The catalogue, or an empty one before the first sync. @returns {any} */
  get catalog() {
    return this.app.catalog ?? {};
  }
}

/**
 * The words of a problem: ours carry `text`; anything else is shown as its own message. Asked for when they are drawn, so
 * that they are in the language of now.
 *
 * @param {any} problem
 * @returns {string}
 */
export function textOfProblem(problem) {
  return problem?.text || problem?.message || String(problem);
}
