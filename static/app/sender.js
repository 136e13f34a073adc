/**
 * When this phone talks to the server, and the one line that says how far it has got.
 *
 * Decides the moments (open, online, visible, after a write, after a close, a timer: never Background Sync, lesson 10),
 * the pauses (401 waits for a person, no answer and 5xx back off) and the order: entries, catalogue, photos. What is
 * said is exchange.js's and blobs.js's. One tab sends at a time (lesson 7). Invariant: a failure changes nothing but
 * the time of the next try; the whole log is looked at each time, not what changed since (lesson 13).
 */

import { filesUnderWay, nextFile, pruneFiles, sendFile } from "./blobs.js";
import { Exchange } from "./exchange.js";
import { prune } from "./log.js";
import { ApiProblem } from "./problems.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./api.js").Api} Api */

/**
 * @typedef {object} SyncStatus
 * @property {"sent" | "waiting" | "sending" | "offline" | "needs_you"} state
 * @property {number} waiting  entries and photos that are only on this phone
 * @property {number} photos  photos among them
 * @property {number} failed  photos among those that a person must take again
 * @property {number} sent  of `total`, since everything was last sent
 * @property {number} total
 * @property {string | null} errorCode
 * @property {number | null} lastSyncAt  ms
 * @property {boolean} missedLogin  sending waits for the password
 */

const USUAL_MS = 30_000;
const AFTER_WRITE_MS = 1_000;
const OTHER_TAB_MS = 3_000;
const FIRST_BACK_OFF_MS = 5_000;
const LONGEST_BACK_OFF_MS = 300_000;
const LOCK = "fieldsvc-sender";

export class Sender {
  #exchange;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #dueAt = Infinity;
  #failures = 0;
  #stopped = false;
  #again = false;
  /** @type {Promise<void> | null} */
  #running = null;
  /** @type {BroadcastChannel | null} */
  #channel = null;

  /**
   * @param {Store} store
   * @param {Api} api
   * @param {{changed: () => void, catalogue: (document: Record<string, any>) => void}} tell
   */
  constructor(store, api, tell) {
    this.store = store;
    this.api = api;
    this.tell = tell;
    this.#exchange = new Exchange(store, api);
    /** @type {SyncStatus} */
    this.status = {
      state: "sent",
      waiting: 0,
      photos: 0,
      failed: 0,
      sent: 0,
      total: 0,
      errorCode: null,
      lastSyncAt: null,
      missedLogin: false,
    };
  }

  /** Look at the log and begin to send. */
  async start() {
    if (globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(`${LOCK}-${this.store.name}`);
      this.#channel.onmessage = ({ data }) => this.#heard(data);
    }
    globalThis.addEventListener?.("online", this.#hurry);
    globalThis.addEventListener?.("offline", this.#lookAgain);
    globalThis.document?.addEventListener("visibilitychange", this.#seen);
    await this.count();
    await prune(this.store);
    await pruneFiles(this.store);
    this.#wakeIn(0);
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("online", this.#hurry);
    globalThis.removeEventListener?.("offline", this.#lookAgain);
    globalThis.document?.removeEventListener("visibilitychange", this.#seen);
    this.#channel?.close();
  }

  /**
   * Something was written: send it soon, or at once when a visit was closed.
   *
   * @param {boolean} [urgent]
   * @returns {Promise<void>} when the figures are up to date
   */
  async wrote(urgent = false) {
    await this.count();
    this.#say("changed");
    if (this.status.missedLogin) return;
    if (urgent || this.#failures === 0) this.#wakeIn(urgent ? 50 : AFTER_WRITE_MS);
  }

  /**
   * Sync now, whatever was planned.
   *
   * @returns {Promise<void>} when it is over; what went wrong is in `status`
   */
  async now() {
    if (this.#running) {
      this.#again = true;
      await this.#running;
    } else {
      await this.#begin();
    }
  }

  /**
   * Somebody has logged in: go on.
   *
   * @returns {Promise<void>}
   */
  async loggedIn() {
    this.#failures = 0;
    this.status = { ...this.status, missedLogin: false, errorCode: null };
    this.#say("logged_in");
    this.#wakeIn(0);
    await this.count();
  }

  /**
   * Sending waits for a person's password, or for the right person.
   *
   * @param {string} code
   */
  needLogin(code) {
    this.#set({ missedLogin: true, errorCode: code });
  }

  /** Count what is only on this phone, and say it. */
  async count() {
    const entries = await this.store.read(["log"], (t) => t.log.where("acked").equals(0).count());
    const files = await filesUnderWay(this.store);
    const failed = files.filter((file) => file.state === "failed").length;
    const waiting = entries + files.length;
    const lastSyncAt = (await this.store.fact("last_sync_at")) ?? null;
    const sent = this.status.sent + (this.#running ? Math.max(0, this.status.waiting - waiting) : 0);
    this.#set({ waiting, photos: files.length, failed, lastSyncAt, sent, total: sent + waiting });
  }

  #hurry = () => {
    this.#failures = 0;
    this.#wakeIn(0);
    this.#set({});
  };

  #lookAgain = () => this.#set({});

  #seen = () => {
    if (document.visibilityState === "visible") this.#hurry();
  };

  /** @param {number} ms  from now; a nearer time already planned stays */
  #wakeIn(ms) {
    const dueAt = Date.now() + ms;
    if (this.#stopped || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => {
      this.#dueAt = Infinity;
      if (this.#running) this.#again = true;
      else this.#begin().catch(this.#unexpected);
    }, ms);
    /** @type {any} */ (this.#timer).unref?.();
  }

  /** @param {unknown} error  a fault of this phone, such as storage that does not answer: shown, and tried again */
  #unexpected = (error) => {
    this.#set({ errorCode: /** @type {any} */ (error)?.code ?? "phone_fault" });
    this.#wakeIn(this.#backOff());
  };

  async #begin() {
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    if (this.#stopped) return;
    const run = this.#oneTab(() => this.#run());
    this.#running = run;
    try {
      this.#set({});
      await run;
    } finally {
      this.#running = null;
      this.#set(this.status.waiting ? {} : { sent: 0, total: 0 });
    }
    const again = this.#again;
    this.#again = false;
    if (again) this.#wakeIn(0);
    else if (!this.status.missedLogin) this.#wakeIn(this.#failures ? this.#backOff() : USUAL_MS);
  }

  /**
   * @param {() => Promise<void>} work
   * @returns {Promise<void>}
   */
  async #oneTab(work) {
    const locks = globalThis.navigator?.locks;
    if (!locks) return work();
    const mine = await locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return lock !== null;
    });
    if (!mine) this.#wakeIn(OTHER_TAB_MS);
  }

  async #run() {
    try {
      await this.#entries();
      for (let file = await nextFile(this.store); file && !this.#stopped; file = await nextFile(this.store)) {
        await sendFile(this.store, this.api, file);
        await this.#progress();
        if (await this.store.read(["log"], (t) => t.log.where("acked").equals(0).count())) await this.#entries();
      }
      this.#failures = 0;
      this.#set({ errorCode: null, missedLogin: false });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#failures += 1;
      this.#retryAfter = error.retryAfter;
      this.#set({ errorCode: error.code, missedLogin: error.status === 401 });
    }
    await this.#progress();
  }

  async #entries() {
    let more = true;
    let etag = "";
    while (more && !this.#stopped) {
      const done = await this.#exchange.once();
      ({ more, catalog: etag } = done);
      await this.#progress();
    }
    const held = await this.store.fact("catalog");
    if (!etag || bare(etag) === bare(held?.etag)) return;
    const fresh = await this.api.catalog(held?.etag ?? null);
    if (!fresh) return;
    await this.store.setFact("catalog", fresh);
    this.tell.catalogue(fresh.document);
  }

  async #progress() {
    await this.count();
    this.#say("changed");
  }

  /** @type {number | null} seconds */
  #retryAfter = null;

  #backOff() {
    const doubled = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(this.#failures - 1, 8));
    // Half fixed, half chance: a thousand phones do not come back to a restarted server in the same second.
    const wait = doubled / 2 + (Math.random() * doubled) / 2;
    return Math.max(wait, (this.#retryAfter ?? 0) * 1000);
  }

  /** @param {Partial<SyncStatus>} changes */
  #set(changes) {
    this.status = { ...this.status, ...changes };
    this.status.state = stateOf(this.status, this.#running !== null);
    this.tell.changed();
  }

  /** @param {"changed" | "logged_in"} what */
  #say(what) {
    if (!this.#stopped) this.#channel?.postMessage({ what, sent: this.status.sent, running: this.#running !== null });
  }

  /** @param {{what: string, sent: number, running: boolean}} message  from another tab */
  #heard({ what }) {
    if (what === "logged_in") this.#set({ missedLogin: false, errorCode: null });
    this.count().catch(this.#unexpected);
  }
}

/**
 * The one state the chip shows.
 *
 * @param {SyncStatus} status
 * @param {boolean} running
 * @returns {SyncStatus["state"]}
 */
function stateOf({ waiting, failed, errorCode, missedLogin }, running) {
  if (globalThis.navigator?.onLine === false) return "offline";
  if (running && waiting > failed && !missedLogin) return "sending";
  if (missedLogin || failed) return "needs_you";
  if (errorCode === "no_answer" || errorCode === "not_ours") return "offline";
  if (errorCode && !["unavailable", "internal", "too_many_attempts"].includes(errorCode)) return "needs_you";
  return waiting ? "waiting" : "sent";
}

/** @param {string | undefined} etag */
function bare(etag) {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}
