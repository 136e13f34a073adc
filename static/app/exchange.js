/**
 * One exchange with the server: what is sent, and how the answer is taken in.
 *
 * Decides the content of a sync request and heals what an answer shows to be wrong: a lost answer, a server restored
 * from a backup, a copied phone, a cursor that expired. What counts as acknowledged is custody.js's; when to sync is
 * sender.js's. Invariant: an answer is taken in whole, in one transaction, or not at all, and only when its receipt is
 * genuine.
 */

import { compareFiles, filesToAskAbout, holdSafe, oweAgain } from "./blobs.js";
import { chainStart } from "./chain.js";
import { askFirst, Forked, goBack, nextBatch, openLogs, takeCustody } from "./custody.js";
import { enrolAgain, prove, replaceDevice } from "./device.js";
import { compareClocks } from "./preshift.js";
import { ApiProblem } from "./problems.js";
import { takeResults, takeVisits } from "./pulled.js";
import { isGenuine, isReceipt } from "./receipt.js";
import { sealVisits } from "./sealed.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").LogRow} LogRow */
/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./api.js").SyncAnswer} SyncAnswer */

/**
 * @typedef {object} Done
 * @property {boolean} more  something is left to send, to ask or to pull
 * @property {string} catalog  the tag of the server's catalogue; empty: not said
 * @property {unknown} trouble  what a person has to be told, although everything else goes on; null: nothing
 */

const FIRST_BATCH = 200;
const VISITS_A_PAGE = 100;
const MOST_HEALINGS = 5;

/** What came of it when a log's entries went to a new device id: that one is next. @type {Done} */
const MOVED = { more: true, catalog: "", trouble: null };

export class Exchange {
  /** Logs of which the server would not have what was sent, and has been asked since how far it holds them. */
  #refused = /** @type {Set<string>} */ (new Set());
  /** Device ids that replace another one, and with which nothing has succeeded yet. */
  #untried = /** @type {Set<string>} */ (new Set());

  /**
   * @param {Store} store
   * @param {Api} api
   */
  constructor(store, api) {
    this.store = store;
    this.api = api;
    this.batch = FIRST_BATCH;
  }

  /**
   * Send the next ops of every log that has some, ask about those that have to be asked about, and take in visits. What is
   * older goes first, but a former log that the server will not have does not hold up the present one.
   *
   * @returns {Promise<Done>}
   */
  async once() {
    const devices = await openLogs(this.store);
    const present = devices.pop() ?? "";
    /** @type {unknown} */
    let trouble = null;
    for (const device of devices) {
      try {
        const done = await this.#exchange(device);
        if (done.more) return done;
      } catch (error) {
        if (!isOfOneLog(error)) throw error;
        trouble ??= error;
      }
    }
    const done = await this.#exchange(present);
    return { ...done, trouble: done.trouble ?? trouble };
  }

  /**
   * @param {string} device
   * @returns {Promise<Done>}
   */
  async #exchange(device) {
    for (let healings = 0; ; healings += 1) {
      /** @type {LogRow[]} */
      let rows = [];
      try {
        rows = await nextBatch(this.store, device, this.batch);
        return await this.#roundTrip(device, rows);
      } catch (error) {
        const healed = healings < MOST_HEALINGS && (await this.#heal(error, device, rows));
        if (!healed) throw error;
        if (healed === "moved") return MOVED;
      }
    }
  }

  /**
   * @param {string} device
   * @param {LogRow[]} rows  what is sent
   * @returns {Promise<Done>}
   */
  async #roundTrip(device, rows) {
    const under = await this.store.vault.name(); // who logs out meanwhile has this answer laid down nowhere
    const cursor = (await this.store.fact("cursor")) ?? null;
    const files = await filesToAskAbout(this.store);
    const last = rows.at(-1);
    const what = {
      files: files.map((file) => file.sha256),
      device,
      cursor,
      ops: rows.map((row) => row.text),
      proof: last && (await prove(this.store, last.chain)),
      limit: VISITS_A_PAGE,
    };
    const askedAt = Date.now();
    const { answer, revoked } = await this.#ask(what);
    const clock = compareClocks(askedAt, Date.now(), answer.server_time);
    await this.#check(answer.receipt, device);
    const asked = { cursor, files, start: await chainStart(device), pushed: rows.length > 0, clock, under };
    const { isOurs, isWaiting, more } = await this.#takeIn(answer, asked, revoked !== null);
    if (!isOurs) throw new Forked("another log goes by this id");
    if (rows.length || !isWaiting) {
      this.#refused.delete(device);
      this.#untried.delete(device);
    }
    return { more, catalog: answer.catalog ?? "", trouble: revoked };
  }

  /**
   * A blocked phone is told no more than what became of its log: that is an answer too.
   *
   * @param {Parameters<Api["sync"]>[0]} what
   * @returns {Promise<{answer: SyncAnswer, revoked: ApiProblem | null}>}
   */
  async #ask(what) {
    try {
      return { answer: await this.api.sync(what), revoked: null };
    } catch (error) {
      const isAnswer = error instanceof ApiProblem && error.code === "device_revoked" && isReceipt(error.body.receipt);
      if (!isAnswer) throw error;
      return { answer: /** @type {any} */ (error.body), revoked: error };
    }
  }

  /**
   * See that a receipt is the server's, and about this log. A key that is new to us is asked for.
   *
   * @param {import("./receipt.js").Receipt} receipt
   * @param {string} device
   * @returns {Promise<void>} throws `not_ours`
   */
  async #check(receipt, device) {
    const known = await this.store.fact("receipt_key");
    if (known?.kid !== receipt.key) await enrolAgain(this.store, this.api, device);
    else await this.#askForLifeboatKey(device);
    const key = known?.kid === receipt.key ? known : await this.store.fact("receipt_key");
    const isSound = key && receipt.device === device && (await isGenuine(receipt, key));
    if (!isSound) throw new ApiProblem(0, "not_ours", "a receipt that this server has not signed");
  }

  /**
   * A phone that enrolled before there were lifeboats asks for the key that they need. That it is not told now is no reason
   * to turn down what the server has said.
   *
   * @param {string} device
   */
  async #askForLifeboatKey(device) {
    if ((await this.store.fact("lifeboat_key")) !== undefined) return;
    try {
      await enrolAgain(this.store, this.api, device);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
    }
  }

  /**
   * Take a whole answer in: who holds what of the log and of the files, then the visits.
   *
   * @param {SyncAnswer} answer
   * @param {{
   *   cursor: string | null, files: import("./store.js").FileRow[], start: string, pushed: boolean,
   *   clock: import("./preshift.js").Clock | null, under: string,
   * }} asked
   * @param {boolean} isRevoked  it says nothing of visits
   * @returns {Promise<{isOurs: boolean, isWaiting: boolean, more: boolean}>} `more`: there is more to do
   */
  async #takeIn(answer, { cursor, files, start, pushed, clock, under }, isRevoked) {
    const { lost, found } = compareFiles(files, answer.receipt);
    const visits = isRevoked ? null : await sealVisits(this.store, answer.visits);
    const take = async (/** @type {import("./store.js").Tables} */ t) => {
      const { isOurs, isWaiting, ...custody } = await takeCustody(t, answer.receipt, start);
      if (lost.length) await oweAgain(t, lost);
      if (found.length) await holdSafe(t, found, answer.receipt.epoch);
      // A server that stands still is asked again later, not in a circle.
      const pushing = isWaiting && (custody.isFurther || !pushed);
      if (isRevoked) return { isOurs, isWaiting, more: pushing || custody.asksOthers };
      if (answer.results.length) await takeResults(t, answer);
      await takeVisits(t, answer, visits, cursor === null);
      // A server restored from a backup: what it says changed since our cursor says little. Pull everything again.
      const pullAgain = custody.isRestored && cursor !== null;
      await t.facts.bulkPut([
        { key: "cursor", value: pullAgain ? null : answer.cursor },
        { key: "last_sync_at", value: Date.now() },
        { key: "clock", value: clock },
      ]);
      if (!answer.more && !pullAgain) {
        // Everything acknowledged until now is in the documents that have just been pulled.
        await t.log
          .where("settled")
          .equals(0)
          .filter((row) => row.acked === 1)
          .modify({ settled: 1 });
      }
      const pulling = answer.more && answer.cursor !== cursor;
      return { isOurs, isWaiting, more: pullAgain || pulling || pushing || custody.asksOthers };
    };
    return this.store.write(["log", "visits", "files", "facts"], take, { under });
  }

  /**
   * Put right what an error shows, if that is possible.
   *
   * @param {unknown} error
   * @param {string} device
   * @param {LogRow[]} rows  what was sent
   * @returns {Promise<"healed" | "moved" | null>} healed: it is worth trying again now
   */
  async #heal(error, device, rows) {
    if (error instanceof Forked) return this.#separate(device);
    if (!(error instanceof ApiProblem)) return null;
    switch (error.code) {
      case "too_large":
        if (rows.length < 2) return null;
        this.batch = Math.floor(rows.length / 2);
        return "healed";
      case "cursor_expired":
        await this.store.setFact("cursor", null);
        return "healed";
      case "sequence_gap":
        await goBack(this.store, device, Number(error.body.expected ?? 1) - 1);
        return "healed";
      case "sequence_reused":
      case "bad_proof":
        if (this.#refused.has(device)) return this.#separate(device);
        this.#refused.add(device);
        await askFirst(this.store, device); // the chain that the server names says what is ours
        return "healed";
      case "unknown_device":
        return (await enrolAgain(this.store, this.api, device)) ? "healed" : this.#separate(device);
      default:
        return null;
    }
  }

  /**
   * Give what is not acknowledged of a log to a new device id.
   *
   * @param {string} device
   * @returns {Promise<"moved" | null>} null: it is a new one that did not help, and another would not either
   */
  async #separate(device) {
    if (this.#untried.has(device)) return null;
    const fresh = await replaceDevice(this.store, this.api, device);
    if (fresh) this.#untried.add(fresh);
    return "moved";
  }
}

/** @param {unknown} error  anything but a network, a server or a person that is missing */
function isOfOneLog(error) {
  return (
    error instanceof Forked || (error instanceof ApiProblem && !error.passing && ![401, 403].includes(error.status))
  );
}
