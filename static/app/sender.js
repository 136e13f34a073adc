/**
 * When this phone talks to the server, and the one line that says how far it has got.
 *
 * Decides the moments (open, online, visible, after a write, after a close, a timer: never Background Sync, lesson 10),
 * the pauses (401 waits for a person, no answer and 5xx back off) and the order: entries, catalogue, photos. What is
 * said is exchange.js's and blobs.js's. One tab sends at a time (lesson 7). Invariant: a failure changes nothing but
 * the time of the next try; the whole log is looked at each time, not what changed since (lesson 13).
 */

import { nextFile, pruneFiles, sendFile, underWay } from "./blobs.js";
import { prune } from "./custody.js";
import { Exchange } from "./exchange.js";
import { isDelivered } from "./leaving.js";
import { pauseAfter } from "./pauses.js";
import { ApiProblem } from "./problems.js";
import { boxesOf, openEntries, openVisits } from "./sealed.js";
import { NOTHING_TO_SEND, stateOf } from "./status.js";
import { Tabs } from "./tabs.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./api.js").Api} Api */

/** @typedef {import("./status.js").SyncStatus} SyncStatus */
/** @typedef {import("./tabs.js").News} News */

const USUAL_MS = 30_000;
const FOR_PAPER_MS = 4_000;
const PAPER_IS_AWAITED_MS = 300_000;
const AFTER_WRITE_MS = 1_000;
const OTHER_TAB_MS = 3_000;

export class Sender {
  #exchange;
  #tabs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #dueAt = Infinity;
  #failures = 0;
  #stopped = false;
  #again = false;
  /** @type {Promise<boolean> | null} */
  #running = null;
  /** @type {unknown} see Done in exchange.js */
  #trouble = null;

  /**
   * @param {Store} store
   * @param {Api} api
   * @param {{
   *   changed: () => void, catalogue: (document: Record<string, any>) => void, left?: () => void, blocked?: () => void,
   * }} tell  left: who is here has logged out in another tab; blocked: this phone is, and has delivered everything
   */
  constructor(store, api, tell) {
    this.store = store;
    this.api = api;
    this.tell = tell;
    this.#exchange = new Exchange(store, api);
    this.#tabs = new Tabs(store.name, (news) => this.#heard(news));
    /** @type {SyncStatus} how far it has got */
    this.status = { ...NOTHING_TO_SEND };
  }

  /** Tell the other tabs that who is here has gone. */
  leave() {
    this.#say("left");
    this.stop();
  }

  /** Look at the log and begin to send. */
  async start() {
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
    this.#tabs.close();
  }

  /** One entry more is only on this phone; told to nobody yet, for whoever wrote it draws the page anyway. */
  noted() {
    this.status = { ...this.status, waiting: this.status.waiting + 1, total: this.status.total + 1 };
    this.status.state = this.#state();
  }

  /**
   * Something was written: send it soon, or at once when a visit was closed. Never fails: what was written is on disk.
   *
   * @param {boolean} [urgent]
   * @returns {Promise<void>} when the figures are up to date
   */
  async wrote(urgent = false) {
    const isAsked = !this.status.missedLogin && (urgent || this.#failures === 0);
    if (isAsked) this.#wakeIn(urgent ? 50 : AFTER_WRITE_MS);
    await this.count().catch(this.#unexpected);
    this.#say("changed");
  }

  /**
   * Sync now, whatever was planned.
   *
   * @returns {Promise<void>} when it is over; what went wrong is in `status`
   */
  async now() {
    if (this.#running) {
      this.#again = true;
      await this.#running.catch(this.#unexpected);
    } else {
      await this.#begin().catch(this.#unexpected);
    }
  }

  /**
   * Somebody has logged in: go on.
   *
   * @returns {Promise<void>}
   */
  async loggedIn() {
    this.#cleared();
    this.#say("cleared");
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
    const [entries, files, lastSync] = await this.store.read(["log", "files", "facts"], (t) =>
      Promise.all([t.log.where("acked").equals(0).count(), underWay(t), t.facts.get("last_sync_at")]),
    );
    const lastSyncAt = lastSync?.value ?? null;
    const failed = files.filter((file) => file.state === "failed").length;
    const waiting = entries + files.length;
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

  /** @param {number} ms  from now; a nearer time already planned stays, however the phone's clock is set meanwhile */
  #wakeIn(ms) {
    const dueAt = performance.now() + ms;
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
    this.#failures += 1;
    this.#set({ errorCode: /** @type {any} */ (error)?.code ?? "phone_fault" });
    this.#wakeIn(this.#backOff());
  };

  async #begin() {
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    if (this.#stopped) return;
    const run = this.#tabs.alone(() => this.#run());
    this.#running = run;
    try {
      this.#set({});
      if (!(await run)) this.#wakeIn(OTHER_TAB_MS);
    } finally {
      this.#running = null;
      this.#set(this.status.waiting ? {} : { sent: 0, total: 0 });
      if (!this.#tabs.sendingElsewhere) this.#say("done");
    }
    const again = this.#again;
    this.#again = false;
    if (again) this.#wakeIn(0);
    else if (!this.status.missedLogin) this.#wakeIn(this.#failures ? this.#backOff() : await this.#usual());
  }

  /** Sooner than usual while a customer at the door waits for a paper. */
  async #usual() {
    const since = Date.now() - PAPER_IS_AWAITED_MS;
    const { recent, rows, boxes } = await this.store.read(["log", "facts", "visits"], async (t) => {
      const device = (await t.facts.get("device"))?.value.id ?? "";
      const log = t.log.where("[device+seq]").between([device, 0], [device, Infinity]);
      const recent = await log.lastWhile(({ made_at }) => made_at >= since);
      const here = await t.visits.bulkGet([...new Set(recent.map(({ visit }) => visit))]);
      const rows = here.filter((row) => row !== undefined);
      return { recent, rows, boxes: await boxesOf(this.store, t, rows) };
    });
    const [entries, visits] = await Promise.all([openEntries(this.store, recent), openVisits(this.store, rows, boxes)]);
    const isAwaited = (/** @type {{status: string}} */ { status }) => status === "pending";
    const isOwed = (/** @type {import("./store.js").LogRow} */ { op, visit }) =>
      op.kind === "visit.close" && visits.get(visit)?.notices?.some(isAwaited);
    return entries.some(isOwed) ? FOR_PAPER_MS : USUAL_MS;
  }

  async #run() {
    try {
      await this.#entries();
      await this.#photos();
      if (this.#trouble) {
        if (isBlocked(this.#trouble) && (await isDelivered(this.store))) this.tell.blocked?.();
        throw this.#trouble; // all else has gone: a blocked phone's photos too
      }
      this.#cleared();
      this.#say("cleared");
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#failures += 1;
      this.#retryAfter = error.retryAfter;
      this.#set({ errorCode: error.code, missedLogin: needsLogin(error) });
    }
    await this.#progress();
  }

  async #photos() {
    let whole = 0;
    for (let file = await nextFile(this.store); file && !this.#stopped; file = await nextFile(this.store)) {
      if (await sendFile(this.store, this.api, file)) whole += 1;
      await this.#progress();
      if (await this.store.read(["log"], (t) => t.log.where("acked").equals(0).count())) await this.#entries();
    }
    if (whole) await this.#entries(); // the documents now say that the photos are there
  }

  async #entries() {
    let more = true;
    let etag = "";
    while (more && !this.#stopped) {
      const done = await this.#exchange.once();
      ({ more, catalog: etag } = done);
      this.#trouble = done.trouble;
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
    return pauseAfter(this.#failures, this.#retryAfter, Math.random());
  }

  /** @param {Partial<SyncStatus>} changes */
  #set(changes) {
    this.status = { ...this.status, ...changes };
    this.status.state = this.#state();
    this.tell.changed();
  }

  #state() {
    const running = this.#running !== null || this.#tabs.sendingElsewhere;
    return stateOf(this.status, { running, online: globalThis.navigator?.onLine !== false });
  }

  /** Nothing stands in the way any more. */
  #cleared() {
    this.#failures = 0;
    this.#set({ errorCode: null, missedLogin: false });
  }

  /** @param {News["what"]} what  for the other tabs */
  #say(what) {
    this.#tabs.tell({ what, sending: this.#running !== null, sent: this.status.sent });
  }

  /** @param {News} news  from another tab */
  #heard({ what, sending, sent }) {
    if (sending) this.#set({ sent });
    if (what === "cleared") this.#cleared();
    if (what === "left") return this.tell.left?.();
    this.store.edition += 1;
    this.count().catch(this.#unexpected);
  }
}

/** @param {ApiProblem} error  a session that ended, or that of somebody else */
function needsLogin(error) {
  return error.status === 401 || error.code === "not_your_device";
}

/** @param {unknown} trouble  with a genuine receipt: exchange.js has taken it in */
function isBlocked(trouble) {
  return trouble instanceof ApiProblem && trouble.code === "device_revoked";
}

/** @param {string | undefined} etag */
function bare(etag) {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}
