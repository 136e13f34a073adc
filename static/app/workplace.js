/**
 * One user's workplace on this phone: their database, their device, their sender.
 *
 * Decides what a tap writes and in which order: bytes with the entry that names them, the entry before anything is
 * sent; and what is let go when the disk is full. Does not know who else uses the phone (app.js). Invariant: what
 * resolved is on disk, what was rejected is not there by half.
 */

import { Album } from "./album.js";
import { fileToKeep, filesUnderWay, keepFile, makeRoom, retryFile } from "./blobs.js";
import { fetchKey, makeLifeboat } from "./lifeboat.js";
import { append, countUnacked, localInstant } from "./log.js";
import { pictured } from "./pictured.js";
import { scalePhoto, takenAt } from "./photos.js";
import { StorageProblem } from "./problems.js";
import { openDraft, sealDraft } from "./sealed.js";
import { Sender } from "./sender.js";
import { takeOver } from "./takeover.js";
import { latestReceipt, outboxShown, safeOnServer, visitsShown } from "./shown.js";

/** @typedef {import("./app.js").User} User */
/** @typedef {import("./store.js").Op} Op */
/** @typedef {import("./store.js").Store} Store */

/** How long a photo waits for its place, most of which its scaling takes anyway. */
const PATIENCE_MS = 600;

/** The place, if it is known soon: else the photo is kept without. @param {object | Promise<object | undefined> | undefined} place @returns {Promise<object | undefined>} */
function inTime(place) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((/** @type {(none: undefined) => void} */ resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
  });
  return Promise.race([Promise.resolve(place).catch(() => undefined), late]).finally(() => clearTimeout(timer));
}

export class Workplace {
  /** @type {import("./device.js").Device | null} */
  device = null;
  /** @type {Record<string, any> | null} */
  catalog = null;
  /** @type {Promise<void> | null} */
  #begun = null;
  #isClosed = false;
  /** What is written of half-filled forms. @type {Promise<void>} */
  #drafted = Promise.resolve();
  /** @type {{edition: number, visits: Promise<Record<string, any>[]>} | null} two thousand documents are not read for every tap */
  #shown = null;

  /**
   * @param {User} user
   * @param {Store} store
   * @param {import("./api.js").Api} api
   * @param {() => void} changed  told after any change
   * @param {{left?: () => void, blocked?: () => void}} [ends]  see sender.js
   */
  constructor(user, store, api, changed, ends) {
    this.user = user;
    this.store = store;
    this.api = api;
    this.changed = changed;
    this.album = new Album(store, api);
    const catalogue = (/** @type {Record<string, any>} */ document) => this.#takeCatalogue(document);
    this.sender = new Sender(store, api, { changed, catalogue, ...ends });
  }

  /** Read what is on disk: what the first screen needs, and nothing else. */
  async open() {
    const [[device, catalog]] = await Promise.all([
      this.store.facts(["device", "catalog"]),
      this.sender.count(), // the chip tells the truth from the first picture on
      this.visits().catch(() => undefined), // who shows them asks again, and says why
    ]);
    this.device = device ?? null;
    this.#takeCatalogue(catalog?.document ?? null);
  }

  /** Set room aside, tidy up and begin to send; once, however often it is asked for. */
  begin() {
    this.#begun ??= this.store.setAside().then(() => {
      void takeOver(this.store, () => !this.#isClosed).catch(() => undefined); // the next start goes on with it
      return this.sender.start();
    });
    return this.#begun;
  }

  /** The user has given their password: send, and pull; who was here before need not wait for all of it. */
  async logIn() {
    const isNew = !(await this.store.fact("last_sync_at"));
    await this.sender.loggedIn();
    if (isNew) await this.sender.now();
  }

  /** Stop sending. Nothing is deleted. */
  close() {
    this.#isClosed = true;
    this.sender.stop();
  }

  /** @returns {Promise<Record<string, any>[]>} as shown: own entries laid on, `unsent` counted; the same until one changes */
  visits() {
    const { edition } = this.store;
    if (this.#shown?.edition !== edition) {
      const shown = { edition, visits: visitsShown(this.store, { id: this.user.id, name: this.user.name }) };
      this.#shown = shown;
      shown.visits.catch(() => {
        if (this.#shown === shown) this.#shown = null;
      });
    }
    return this.#shown.visits;
  }

  /**
   * @param {string} id
   * @returns {Promise<Record<string, any> | undefined>}
   */
  async visit(id) {
    return (await visitsShown(this.store, { id: this.user.id, name: this.user.name }, id))[0];
  }

  /**
   * @param {string} visitId
   * @param {string} kind
   * @param {Record<string, any>} data
   * @returns {Promise<Op>}
   */
  write(visitId, kind, data) {
    const { edition } = /** @type {any} */ (this.catalog) ?? {};
    // A visit keeps the words of the catalogue that it was begun with.
    const said = kind === "visit.start" && edition ? { ...data, catalog: edition } : data;
    return this.#append({ visit: visitId, kind, data: said });
  }

  /**
   * @param {string} visitId
   * @param {Blob} file  as the camera or the gallery gave it
   * @param {{purpose: string, ref?: string, taken_at?: string, location?: object | Promise<object | undefined>}} about
   * @returns {Promise<{sha256: string}>}
   */
  async addPhoto(visitId, file, { purpose, ref, taken_at, location }) {
    const at = taken_at ?? localInstant(takenAt(file, new Date()));
    const where = inTime(location);
    const { bytes, type } = await scalePhoto(file);
    const { sha256, ...alongside } = await fileToKeep(bytes, { type, visit: visitId, purpose });
    const data = { sha256, purpose, ref, taken_at: at, location: await where };
    await this.#append({ visit: visitId, kind: "photo.add", data, alongside });
    return { sha256 };
  }

  /**
   * @param {string} visitId
   * @param {ArrayBuffer | Uint8Array<ArrayBuffer> | Blob} png
   * @returns {Promise<string>} sha256
   */
  async addImage(visitId, png) {
    const bytes = await new Blob([png]).arrayBuffer();
    const about = { type: "image/png", visit: visitId, purpose: "signature" };
    return this.#withRoom(() => keepFile(this.store, bytes, about));
  }

  /**
   * @param {string} key
   * @returns {Promise<any>}
   */
  async draft(key) {
    return openDraft(this.store, await this.store.read(["drafts"], (t) => t.drafts.get(key)));
  }

  /**
   * @param {string} key
   * @param {any} value  undefined or null forgets it
   * @returns {Promise<void>}
   */
  setDraft(key, value) {
    const write = async () => {
      if (value === undefined || value === null) return this.store.write(["drafts"], (t) => t.drafts.delete(key));
      const row = await sealDraft(this.store, key, value);
      return this.store.write(["drafts"], (t) => t.drafts.put(row), { under: row.vault });
    };
    // One after the other: what is sealed at the same time may be ready in another order.
    const written = this.#drafted.then(() => this.store.vault.again(write)).then(() => undefined);
    this.#drafted = written.catch(() => undefined);
    return written;
  }

  outbox() {
    return outboxShown(this.store);
  }

  /**
   * What this phone knows of itself, read fresh: a copied phone has another device id than it began with.
   *
   * @returns {Promise<{device: import("./device.js").Device | null, clock: import("./preshift.js").Clock | null}>}
   */
  async aboutPhone() {
    this.device = (await this.store.fact("device")) ?? null;
    return { device: this.device, clock: (await this.store.fact("clock")) ?? null };
  }

  /** @returns {Promise<import("./lifeboat.js").Lifeboat>} everything that is only on this phone, in one encrypted file */
  async lifeboat() {
    await fetchKey(this.store, this.api);
    return makeLifeboat(this.store);
  }

  /** @returns {Promise<import("./receipt.js").Receipt | null>} the last genuine one */
  receipt() {
    return latestReceipt(this.store);
  }

  /**
   * @param {string} visitId
   * @returns {Promise<import("./shown.js").Safe | null>}
   */
  safeOnServer(visitId) {
    return safeOnServer(this.store, visitId);
  }

  /** @param {string} sha256 */
  async retryPhoto(sha256) {
    await retryFile(this.store, sha256);
    await this.sender.wrote(true);
  }

  /** @returns {Promise<{entries: number, photos: number}>} what is only on this phone */
  async unsent() {
    return { entries: await countUnacked(this.store), photos: (await filesUnderWay(this.store)).length };
  }

  /** @param {import("./log.js").What} what */
  async #append(what) {
    const op = await this.#withRoom(() => append(this.store, what));
    this.sender.noted();
    // Who tapped is shown it first: counting, telling other tabs and sending come behind that picture.
    void pictured().then(() => {
      this.changed();
      return this.sender.wrote(what.kind === "visit.close");
    });
    return op;
  }

  /**
   * Write, and when the disk is full let go of what the server holds and write again.
   *
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #withRoom(work) {
    try {
      return await work();
    } catch (error) {
      const full = error instanceof StorageProblem && error.code === "storage_full";
      if (!full || !(await makeRoom(this.store))) throw error;
      return work();
    }
  }

  /** @param {Record<string, any> | null} document */
  #takeCatalogue(document) {
    // The script and the talk belong to every checklist of this edition; missing.js finds them there.
    const { script, talk } = document ?? {};
    const checklists = document?.checklists.map((/** @type {object} */ list) => ({ script, talk, ...list }));
    this.catalog = document && { ...document, checklists };
    this.changed();
  }
}
