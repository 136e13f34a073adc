/**
 * The phone app behind its screens: everything a screen may ask for or do, and nothing of how it looks.
 *
 * Decides who is here and whose database is open, and keeps the choices of this phone. What a user does at their
 * workplace is workplace.js's. A known user comes straight in without a network; sending then waits for it. Invariant:
 * unsent entries are never deleted and never sent by another user: each has a database of their own on this phone.
 */

import { Api } from "./api.js";
import { Choices } from "./choices.js";
import { ensureDevice } from "./device.js";
import { ApiProblem, wordsFor } from "./problems.js";
import { Session } from "./session.js";
import { NOTHING_TO_SEND } from "./status.js";
import { askForPersistence, roomOnDisk } from "./room.js";
import { storeOfPhone, storeOfUser } from "./store.js";
import { currentLocale, fetchWordsWith } from "./text.js";
import { watchForUpdate } from "./update.js";
import { Workplace } from "./workplace.js";

/** @typedef {import("./choices.js").Prefs} Prefs */
/** @typedef {import("./store.js").Op} Op */
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
 */

/** What else is read as soon as it is known who is here. @typedef {(app: App) => Promise<unknown>} Meanwhile */
/** Open the app: words, last user, what is on disk. Never fails for lack of a network. @param {Meanwhile} [meanwhile] */
export async function openApp(meanwhile) {
  const app = new App(new Api());
  await app.open(meanwhile);
  return app;
}

export class App {
  /** @type {import("./update.js").Update | null} a newer version of the app waits; apply it only from Today */
  update = null;
  /** @type {import("./leaving.js").Left | null} the office has blocked this phone, and it is emptied but for these */
  wiped = null;

  #api;
  #phone = storeOfPhone();
  #session;
  #choices = new Choices(this.#phone);
  /** @type {Workplace | null} */
  #place = null;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #telling = false;
  #persisted = false;
  /** @type {string | null} */
  #fault = null;

  /** @param {Api} api */
  constructor(api) {
    this.#api = api;
    this.#session = new Session(api, this.#phone);
    fetchWordsWith((locale) => api.messages(locale));
  }

  /** See openApp. @param {Meanwhile} [meanwhile] */
  async open(meanwhile) {
    const [known, prefs, wiped, emptying] = await this.#phone.facts(["user", "prefs", "wiped", "emptying"]);
    this.wiped = wiped ?? null;
    if (emptying?.length) await this.#session.finishEmptying().catch(this.#failed);
    await Promise.all([this.#choices.open(prefs, known?.locale), known && this.#enter(known), meanwhile?.(this)]);
    if (!known) await this.#checkSession().catch(this.#failed);
  }

  /** Do what can wait until the first screen stands: send, see whose session it is, look for a newer version. */
  begin() {
    askForPersistence().then((granted) => (this.#persisted = granted), this.#failed);
    watchForUpdate((update) => {
      this.update = update;
      this.#changed();
    }).catch(this.#failed);
    this.#session.sealOthers(this.user?.id).catch(this.#failed);
    if (!this.#place) return; // whose session it is was asked by open()
    this.#place.begin().catch(this.#failed);
    this.#checkSession().catch(this.#failed);
  }

  /** Stop what runs in the background; nothing on disk changes. */
  close() {
    this.#place?.close();
  }

  /** @returns {User | null} null: nobody has logged in on this phone */
  get user() {
    return this.#place?.user ?? null;
  }

  get device() {
    return this.#place?.device ?? null;
  }

  get catalog() {
    return this.#place?.catalog ?? null;
  }

  get locale() {
    return currentLocale();
  }

  get theme() {
    return this.#choices.theme;
  }

  get textSize() {
    return this.#choices.textSize;
  }

  /**
   * How far sending has got; the chip shows this and nothing else.
   *
   * @returns {Omit<import("./status.js").SyncStatus, "errorCode"> & {error: {code: string, text: string} | null}}
   */
  get sync() {
    const { errorCode, ...status } = this.#place?.sender.status ?? NOTHING_TO_SEND;
    const code = errorCode ?? this.#fault;
    return { ...status, error: code ? { code, text: wordsFor(code) } : null };
  }

  /** Be told of any change: documents, sync state, user, words; of many at once, once. @param {() => void} fn @returns {() => void} ends it */
  subscribe(fn) {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /**
   * Log in, enrol this phone if it is new, and pull for the first time. Needs the network.
   *
   * @param {string} username
   * @param {string} password
   * @param {string} [code]  of the second factor
   * @returns {Promise<User>}
   */
  async login(username, password, code) {
    const user = await this.#session.login(username, password, code);
    await this.#adopt(user);
    return user;
  }

  /** Leave, and take everything along but what is unsent: that goes when its author logs in again. @param {boolean} [wiped] */
  async logout(wiped = false) {
    const place = this.#place;
    place?.sender.leave();
    this.#leftHere();
    if (place) await this.#session.leave(place.user.id, wiped);
    if (wiped) this.wiped = await this.#phone.fact("wiped");
    this.#changed();
  }

  #leftHere = () => {
    this.close();
    this.#place = null;
    this.#changed();
  };

  /** The office has blocked this phone, and has everything that was written on it. */
  #blocked = () => void this.logout(true).catch(this.#failed);

  /** @returns {Promise<{entries: number, photos: number}>} what logging out would leave on this phone */
  async unsent() {
    return this.#place ? this.#place.unsent() : { entries: 0, photos: 0 };
  }

  /** @returns {Promise<{name: string, entries: number, photos: number}[]>} what other users have left unsent here */
  async leftByOthers() {
    return this.#session.leftByOthers(this.user?.id);
  }

  /** @returns {Promise<VisitDocument[]>} as shown: own entries laid on, `unsent` counted */
  async visits() {
    return this.#place ? this.#place.visits() : [];
  }

  /** @param {string} id @returns {Promise<VisitDocument | undefined>} */
  async visit(id) {
    return this.#place?.visit(id);
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
    return this.#here().write(visitId, kind, data);
  }

  /** Keep a photo and write that it belongs to the visit; see Workplace. @type {Workplace["addPhoto"]} rejects with PhotoProblem or StorageProblem */
  async addPhoto(visitId, file, about) {
    return this.#here().addPhoto(visitId, file, about);
  }

  /** Keep a signature's image; the `sign` entry names it, and only then is it sent. @type {Workplace["addImage"]} gives its digest */
  async addImage(visitId, png) {
    return this.#here().addImage(visitId, png);
  }

  /** @param {string} sha256 @returns {Promise<string>} where an `<img>` finds a photo: on this phone, else on the server */
  async photoUrl(sha256) {
    return this.#here().album.url(sha256);
  }

  /** @param {string} key @returns {Promise<any>} undefined when there is none */
  async draft(key) {
    return this.#place?.draft(key);
  }

  /** Keep a half-filled form, or a place on the screen, on disk (lesson 16). @param {string} key @param {any} value */
  async setDraft(key, value) {
    await this.#here().setDraft(key, value);
  }

  /** @returns {Promise<Outbox>} everything that is not yet on the server, and what the office has to look at */
  async outbox() {
    const list = this.#place ? await this.#place.outbox() : { entries: [], photos: [] };
    return { ...list, lastError: this.sync.error?.text ?? null };
  }

  /** @returns {Promise<import("./lifeboat.js").Lifeboat>} what could not be sent, as a file; rejects with a problem in words */
  async lifeboat() {
    return this.#here().lifeboat();
  }

  /** The signed file of a paper, from the server. @param {string} id */
  async paper(id) {
    return this.#api.paper(id);
  }

  /** @returns {Promise<import("./receipt.js").Receipt | null>} the server's signed word of what it holds, checked here */
  async receipt() {
    return this.#place ? this.#place.receipt() : null;
  }

  /** @param {string} visitId @returns {Promise<import("./shown.js").Safe | null>} null: no receipt covers all of it */
  async safeOnServer(visitId) {
    return this.#place ? this.#place.safeOnServer(visitId) : null;
  }

  /** @param {string} sha256  a photo that was refused; a person wants it tried again */
  async retryPhoto(sha256) {
    await this.#place?.retryPhoto(sha256);
  }

  /** Sync now; resolved when it is over. How it went is in `sync`. */
  async syncNow() {
    await this.#place?.sender.now();
  }

  /** @returns {Promise<{usage: number, quota: number, persisted: boolean}>} bytes */
  async storage() {
    const room = await roomOnDisk();
    return { ...room, persisted: room.persisted || this.#persisted };
  }

  /** Ask the browser once more not to clear our storage. @returns {Promise<boolean>} whether it has promised */
  async askToKeep() {
    this.#persisted = await askForPersistence();
    return this.#persisted;
  }

  /** @returns {Promise<Awaited<ReturnType<Workplace["aboutPhone"]>>>} its present id and its clock, read fresh */
  async aboutPhone() {
    return this.#place ? this.#place.aboutPhone() : { device: null, clock: null };
  }

  /** @template {keyof Prefs} N @param {N} name @param {Prefs[N]} value */
  async setPref(name, value) {
    await this.#choices.set(name, value);
    this.#changed();
  }

  #here() {
    if (!this.#place) throw new ApiProblem(401, "login_required");
    return this.#place;
  }

  /** See whether the browser's session is still that of the person this phone remembers. */
  async #checkSession() {
    const before = this.#place;
    const found = await this.#session.ask();
    // Who logged out, or in, while the server was asked is not undone by its answer.
    if (found === "unknown" || this.#place !== before) return;
    if (!this.#place) {
      if (found !== "nobody") await this.#adopt(found);
    } else if (found === "nobody") {
      this.#place.sender.needLogin("login_required");
    } else if (found.id !== this.#place.user.id) {
      this.#place.sender.needLogin("wrong_user");
    } else {
      this.#place.user = found;
      await this.#session.remember(found);
      this.#changed();
    }
  }

  /** @param {User} user  logged in on the server */
  async #adopt(user) {
    await this.#session.finishEmptying();
    const store = storeOfUser(user.id);
    await ensureDevice(store, this.#api);
    await this.#session.remember(user);
    if (this.#place?.user.id !== user.id) await this.#enter(user, store);
    await this.#place?.begin();
    await this.#choices.welcome(user.locale);
    await this.#place?.logIn();
    this.#changed();
  }

  /** @param {User} user @param {import("./store.js").Store} [store] */
  async #enter(user, store = storeOfUser(user.id)) {
    this.close();
    this.wiped = null;
    const ends = { left: this.#leftHere, blocked: this.#blocked };
    this.#place = new Workplace(user, store, this.#api, () => this.#changed(), ends);
    await this.#place.open();
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
