/**
 * The phone app behind its screens: everything a screen may ask for or do, and nothing of how it looks.
 *
 * Decides who is here and which database is theirs; brings log, photos, sender and words together. A known user comes
 * straight in without a network; sending then waits for it. Invariant: unsent entries are never deleted and never sent
 * by another user: each has a database of their own on this phone.
 */

import { Api } from "./api.js";
import { filesUnderWay, keepFile, readFile, retryFile } from "./blobs.js";
import { ensureDevice } from "./device.js";
import { append, localInstant, unacked } from "./log.js";
import { scalePhoto, takenAt } from "./photos.js";
import { ApiProblem, wordsFor } from "./problems.js";
import { Sender } from "./sender.js";
import { Session } from "./session.js";
import { outboxShown, visitsShown } from "./shown.js";
import { askForPersistence, roomOnDisk, storeOfPhone, storeOfUser } from "./store.js";
import { chooseLocale, currentLocale, useLocale } from "./text.js";
import { watchForUpdate } from "./update.js";

/** @typedef {import("./store.js").Op} Op */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./overlay.js").VisitDocument} VisitDocument */
/** @typedef {import("./shown.js").OutboxEntry} OutboxEntry */
/** @typedef {import("./shown.js").OutboxPhoto} OutboxPhoto */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string} username
 * @property {string[]} roles
 * @property {string} locale
 *
 * @typedef {{entries: OutboxEntry[], photos: OutboxPhoto[], lastError: string | null}} Outbox  the error in words
 *
 * @typedef {object} Prefs  choices of this phone
 * @property {string} [locale]
 * @property {"auto" | "light" | "dark"} [theme]
 * @property {"normal" | "large" | "largest"} [textSize]
 */

/**
 * Open the app: the store, the words, the last user, the sender. Never fails for lack of a network.
 *
 * @returns {Promise<App>}
 */
export async function openApp() {
  const app = new App(new Api(), storeOfPhone());
  await app.open();
  return app;
}

export class App {
  /** @type {User | null} */
  user = null;
  /** @type {import("./device.js").Device | null} */
  device = null;
  /** @type {Record<string, any> | null} */
  catalog = null;
  /** @type {Prefs} */
  prefs = {};
  /** @type {{apply: () => void} | null} a newer version of the app waits; apply it only from Today */
  update = null;

  #api;
  #phone;
  #session;
  /** @type {Store | null} */
  #store = null;
  /** @type {Sender | null} */
  #sender = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #telling = false;
  /** @type {Map<string, Promise<string>>} */
  #urls = new Map();
  #persisted = false;
  /** @type {string | null} */
  #fault = null;

  /**
   * @param {Api} api
   * @param {Store} phone
   */
  constructor(api, phone) {
    this.#api = api;
    this.#phone = phone;
    this.#session = new Session(api, phone);
  }

  async open() {
    this.prefs = (await this.#phone.fact("prefs")) ?? {};
    const known = await this.#session.remembered();
    const language = globalThis.navigator?.language;
    await this.#speak(chooseLocale([this.prefs.locale, known?.locale, language]));
    askForPersistence().then((granted) => (this.#persisted = granted), this.#failed);
    watchForUpdate((update) => {
      this.update = update;
      this.#changed();
    }).catch(this.#failed);
    if (known) await this.#enter(known);
    const checked = this.#checkSession().catch(this.#failed);
    if (!known) await checked;
  }

  get locale() {
    return currentLocale();
  }

  get theme() {
    return this.prefs.theme ?? "auto";
  }

  get textSize() {
    return this.prefs.textSize ?? "normal";
  }

  /**
   * How far sending has got; the chip shows this and nothing else.
   *
   * @returns {Omit<import("./sender.js").SyncStatus, "errorCode"> & {error: {code: string, text: string} | null}}
   */
  get sync() {
    const idle = { state: /** @type {const} */ ("sent"), waiting: 0, photos: 0, failed: 0, sent: 0, total: 0 };
    const { errorCode, ...status } = this.#sender?.status ?? { ...idle, errorCode: null, lastSyncAt: null, missedLogin: false };
    const code = errorCode ?? this.#fault;
    return { ...status, error: code ? { code, text: wordsFor(code) } : null };
  }

  /**
   * Be told of any change: documents, sync state, user, words. Many changes at once tell once.
   *
   * @param {() => void} fn
   * @returns {() => void} ends it
   */
  subscribe(fn) {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /**
   * Log in, enrol this phone if it is new, and pull for the first time. Needs the network.
   *
   * @param {string} username
   * @param {string} password
   * @returns {Promise<User>}
   */
  async login(username, password) {
    await this.#adopt(await this.#session.login(username, password));
    return /** @type {User} */ (this.user);
  }

  /** Leave. What is unsent stays in this user's own database and goes when they log in again. */
  async logout() {
    this.#sender?.stop();
    this.#sender = this.#store = this.user = this.device = this.catalog = null;
    this.#changed();
    await this.#session.leave();
  }

  /** @returns {Promise<{entries: number, photos: number}>} what logging out would leave on this phone */
  async unsent() {
    if (!this.#store) return { entries: 0, photos: 0 };
    return { entries: (await unacked(this.#store)).length, photos: (await filesUnderWay(this.#store)).length };
  }

  /** @returns {Promise<VisitDocument[]>} as shown: own entries laid on, `unsent` counted */
  async visits() {
    return this.#store && this.user ? visitsShown(this.#store, { id: this.user.id, name: this.user.name }) : [];
  }

  /**
   * @param {string} id
   * @returns {Promise<VisitDocument | undefined>}
   */
  async visit(id) {
    return (await this.visits()).find((visit) => visit.id === id);
  }

  /**
   * Write one fact. Resolved only when it is on disk; rejects with StorageProblem: then it is *not saved*.
   *
   * @param {string} visitId
   * @param {string} kind
   * @param {Record<string, any>} [data]
   * @returns {Promise<Op>}
   */
  async write(visitId, kind, data = {}) {
    const op = await append(this.#open(), { visit: visitId, kind, data });
    this.#changed();
    await this.#sender?.wrote(kind === "visit.close");
    return op;
  }

  /**
   * Keep a photo and write that it belongs to the visit.
   *
   * @param {string} visitId
   * @param {Blob} file  as the camera or the gallery gave it
   * @param {{purpose: string, ref?: string, taken_at?: string, location?: object}} about
   * @returns {Promise<{sha256: string}>}
   */
  async addPhoto(visitId, file, { purpose, ref, taken_at, location }) {
    const at = taken_at ?? localInstant(takenAt(file, new Date()));
    const { bytes, type } = await scalePhoto(file);
    const sha256 = await keepFile(this.#open(), bytes, { type, visit: visitId, purpose });
    await this.write(visitId, "photo.add", { sha256, purpose, ref, taken_at: at, location });
    return { sha256 };
  }

  /**
   * Keep a signature's image; the `sign` entry names it, and only then is it sent.
   *
   * @param {string} visitId
   * @param {ArrayBuffer | Uint8Array<ArrayBuffer> | Blob} png
   * @returns {Promise<string>} sha256
   */
  async addImage(visitId, png) {
    const bytes = await new Blob([png]).arrayBuffer();
    return keepFile(this.#open(), bytes, { type: "image/png", visit: visitId, purpose: "signature" });
  }

  /**
   * Where an `<img>` finds a photo: this phone's own bytes, else the server's.
   *
   * @param {string} sha256
   * @returns {Promise<string>}
   */
  photoUrl(sha256) {
    let url = this.#urls.get(sha256);
    if (!url) {
      url = this.#photoUrl(sha256);
      this.#urls.set(sha256, url);
      url.catch(() => this.#urls.delete(sha256)); // the caller is told; the next call tries again
    }
    return url;
  }

  /**
   * @param {string} key
   * @returns {Promise<any>} undefined when there is none
   */
  async draft(key) {
    return (await this.#store?.read(["drafts"], (t) => t.drafts.get(key)))?.value;
  }

  /**
   * Keep a half-filled form or a place on the screen on disk (lesson 16). Undefined forgets it.
   *
   * @param {string} key
   * @param {any} value
   * @returns {Promise<void>}
   */
  async setDraft(key, value) {
    await this.#open().write(["drafts"], async (t) => {
      if (value === undefined || value === null) await t.drafts.delete(key);
      else await t.drafts.put({ key, value });
    });
  }

  /** @returns {Promise<Outbox>} everything that is not yet on the server, and what the office has to look at */
  async outbox() {
    const list = this.#store ? await outboxShown(this.#store) : { entries: [], photos: [] };
    return { ...list, lastError: this.sync.error?.text ?? null };
  }

  /** @param {string} sha256  a photo that was refused; a person wants it tried again */
  async retryPhoto(sha256) {
    await retryFile(this.#open(), sha256);
    await this.#sender?.wrote(true);
  }

  /** Sync now; resolved when it is over. How it went is in `sync`. */
  async syncNow() {
    await this.#sender?.now();
  }

  /** @returns {Promise<{usage: number, quota: number, persisted: boolean}>} */
  async storage() {
    const room = await roomOnDisk();
    return { ...room, persisted: room.persisted || this.#persisted };
  }

  /** @param {string} locale */
  async setLocale(locale) {
    await this.setPref("locale", chooseLocale([locale]));
    await this.#speak(locale);
    this.#changed();
  }

  /**
   * @template {keyof Prefs} N
   * @param {N} name
   * @param {Prefs[N]} value
   * @returns {Promise<void>}
   */
  async setPref(name, value) {
    this.prefs = { ...this.prefs, [name]: value };
    await this.#phone.setFact("prefs", this.prefs);
    this.#changed();
  }

  /** @param {string} locale */
  async #speak(locale) {
    await useLocale(locale, (wanted) => this.#api.messages(wanted));
  }

  #open() {
    if (!this.#store) throw new ApiProblem(401, "login_required");
    return this.#store;
  }

  /** See whether the browser's session is still that of the person this phone remembers. */
  async #checkSession() {
    const found = await this.#session.ask();
    if (found === "unknown") return;
    if (!this.user) {
      if (found !== "nobody") await this.#adopt(found);
    } else if (found === "nobody") {
      this.#sender?.needLogin("login_required");
    } else if (found.id !== this.user.id) {
      this.#sender?.needLogin("wrong_user");
    } else {
      this.user = found;
      await this.#session.remember(found);
      this.#changed();
    }
  }

  /** @param {User} user  logged in on the server */
  async #adopt(user) {
    const store = storeOfUser(user.id);
    await ensureDevice(store, this.#api);
    await this.#session.remember(user);
    const same = this.user?.id === user.id && this.#sender;
    if (!same) await this.#enter(user, store);
    if (!this.prefs.locale && user.locale) await this.#speak(user.locale);
    await this.#sender?.loggedIn();
    await this.#sender?.now();
    this.#changed();
  }

  /**
   * @param {User} user
   * @param {Store} [store]
   */
  async #enter(user, store = storeOfUser(user.id)) {
    this.#sender?.stop();
    this.#store = store;
    this.user = user;
    this.device = (await store.fact("device")) ?? null;
    this.#takeCatalogue((await store.fact("catalog"))?.document ?? null);
    this.#sender = new Sender(store, this.#api, {
      changed: () => this.#changed(),
      catalogue: (document) => this.#takeCatalogue(document),
    });
    await this.#sender.start();
  }

  /** @param {Record<string, any> | null} document */
  #takeCatalogue(document) {
    // The script and the talk belong to every checklist of the first edition; missing.js finds them there.
    const { script, talk } = document ?? {};
    const checklists = document?.checklists.map((/** @type {object} */ list) => ({ script, talk, ...list }));
    this.catalog = document && { ...document, checklists };
    this.#changed();
  }

  /** @param {string} sha256 */
  async #photoUrl(sha256) {
    const own = this.#store ? await readFile(this.#store, sha256) : "photo_lost";
    if (typeof own === "string") return URL.createObjectURL(await this.#api.blob(sha256));
    const file = await this.#store?.read(["files"], (t) => t.files.get(sha256));
    return URL.createObjectURL(new Blob([own], { type: file?.type }));
  }

  #changed() {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** @param {unknown} error  something in the background that can wait; the person is told in the chip */
  #failed = (error) => {
    this.#fault = error instanceof Error && "code" in error ? String(error.code) : "phone_fault";
    this.#changed();
  };
}
