/**
 * One exchange with the server: what is sent, and how the answer is taken in.
 *
 * Decides the content of a sync request and heals what an answer shows to be wrong: a lost answer, a server restored
 * from a backup, a copied phone, a cursor that expired. Does not decide when to sync (sender.js). Invariant: only
 * `acked_seq` makes an op acknowledged; an answer is taken in whole, in one transaction, or not at all.
 */

import { filesToAskAbout, oweAgain } from "./blobs.js";
import { enrolAgain, prove, replaceDevice } from "./device.js";
import { acknowledge, nextBatch } from "./log.js";
import { ApiProblem } from "./problems.js";
import { isGenuine, isOfThisLog } from "./receipt.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Tables} Tables */
/** @typedef {import("./store.js").LogRow} LogRow */
/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./api.js").SyncAnswer} SyncAnswer */

const FIRST_BATCH = 200;
const VISITS_A_PAGE = 100;
const MOST_HEALINGS = 5;

/** The server holds another history for this device id than this phone does. */
class Forked extends Error {}

export class Exchange {
  /** A new device was enrolled, and no exchange has succeeded since. */
  #anew = false;

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
   * Send the next ops and take in the next page of visits.
   *
   * @returns {Promise<{more: boolean, catalog: string, sent: number}>} `more`: something is left to send or to pull
   */
  async once() {
    for (let healings = 0; ; healings += 1) {
      const rows = await nextBatch(this.store, this.batch);
      try {
        return await this.#roundTrip(rows);
      } catch (error) {
        if (healings >= MOST_HEALINGS || !(await this.#heal(error, rows))) throw error;
      }
    }
  }

  /** @param {LogRow[]} rows */
  async #roundTrip(rows) {
    const [device, cursor, acked] = await Promise.all(
      ["device", "cursor", "acked_seq"].map((key) => this.store.fact(key)),
    );
    const last = rows.at(-1);
    if (last && rows[0].seq !== (acked ?? 0) + 1) throw new Forked("the log has a hole");
    if (last) await this.#noteSent(last.seq);
    const files = await filesToAskAbout(this.store);
    const answer = await this.api.sync({
      files,
      device: device.id,
      cursor: cursor ?? null,
      ops: rows.map((row) => row.text),
      proof: last && (await prove(this.store, last.chain)),
      limit: VISITS_A_PAGE,
    });
    const left = await this.#takeIn(answer, { device: device.id, cursor: cursor ?? null, pushed: rows.length > 0 });
    this.#anew = false;
    await this.#takeReceipt(answer, files);
    return { more: left, catalog: answer.catalog, sent: rows.length };
  }

  /** @param {number} seq */
  async #noteSent(seq) {
    await this.store.write(["facts"], async (t) => {
      const before = (await t.facts.get("sent_seq"))?.value ?? 0;
      if (seq > before) await t.facts.put({ key: "sent_seq", value: seq });
    });
  }

  /**
   * @param {SyncAnswer} answer
   * @param {{device: string, cursor: string | null, pushed: boolean}} asked
   * @returns {Promise<boolean>} whether there is more to do
   */
  #takeIn(answer, { device, cursor, pushed }) {
    return this.store.write(["log", "visits", "files", "facts"], async (t) => {
      const [now, sent, epoch, acked] = await t.facts.bulkGet(["device", "sent_seq", "epoch", "acked_seq"]);
      if (now?.value.id !== device) return true; // another tab has enrolled anew meanwhile: this answer is not ours
      if (answer.acked_seq > (sent?.value ?? 0)) throw new Forked("the server has more than was sent");
      // A server restored from a backup: what it says changed since our cursor says little. Pull everything again.
      const restored = epoch?.value !== answer.epoch || answer.acked_seq < (acked?.value ?? 0);
      const pullAgain = restored && cursor !== null;
      await acknowledge(t, answer.acked_seq);
      // Dexie takes a helper that makes no request at all for the end of the transaction.
      if (answer.results.length) await takeResults(t, answer);
      await takeVisits(t, answer, cursor === null);
      await t.facts.bulkPut([
        { key: "epoch", value: answer.epoch },
        { key: "cursor", value: pullAgain ? null : answer.cursor },
        { key: "last_sync_at", value: Date.now() },
      ]);
      if (!answer.more && !pullAgain) {
        // Everything acknowledged until now is in the documents that have just been pulled.
        await t.log
          .where("settled")
          .equals(0)
          .filter((row) => row.acked === 1)
          .modify({ settled: 1 });
      }
      const waiting = await t.log.where("acked").equals(0).count();
      // A server that stands still is asked again later, not in a circle.
      const pulling = answer.more && answer.cursor !== cursor;
      const pushing = waiting > 0 && !(pushed && answer.acked_seq === (acked?.value ?? 0));
      return pullAgain || pulling || pushing;
    });
  }

  /**
   * Keep the server's receipt when it is genuine and of this log, and send again the files that it no longer names.
   *
   * @param {SyncAnswer} answer
   * @param {string[]} asked
   */
  async #takeReceipt({ receipt }, asked) {
    if (!receipt) return;
    if ((await this.store.fact("receipt_key"))?.kid !== receipt.key) await enrolAgain(this.store, this.api);
    const key = await this.store.fact("receipt_key");
    if (!key || !(await isGenuine(receipt, key)) || !(await isOfThisLog(this.store, receipt))) return;
    const held = new Set(receipt.files);
    await this.store.write(["facts", "files"], async (t) => {
      const [before, former] = await t.facts.bulkGet(["receipt", "former_receipts"]);
      if (before && before.value.device !== receipt.device) {
        const all = { ...former?.value, [before.value.device]: before.value };
        await t.facts.put({ key: "former_receipts", value: all }); // it still vouches for what went under the old device
      }
      await t.facts.put({ key: "receipt", value: receipt });
      const lost = asked.filter((sha) => !held.has(sha));
      if (lost.length) await oweAgain(t, lost);
    });
  }

  /**
   * Put right what an error shows, if that is possible.
   *
   * @param {unknown} error
   * @param {LogRow[]} rows  what was sent
   * @returns {Promise<boolean>} whether it is worth trying again now
   */
  async #heal(error, rows) {
    if (error instanceof Forked) return this.#startAnew();
    if (!(error instanceof ApiProblem)) return false;
    switch (error.code) {
      case "too_large":
        if (rows.length < 2) return false;
        this.batch = Math.floor(rows.length / 2);
        return true;
      case "cursor_expired":
        await this.store.setFact("cursor", null);
        return true;
      case "sequence_gap":
        await this.#serverHasUpTo(Number(error.body.expected ?? 1) - 1);
        return true;
      case "sequence_reused":
      case "device_exists":
      case "bad_proof":
        return this.#startAnew();
      case "device_revoked":
        await this.#serverHasUpTo(Number(error.body.acked_seq ?? 0));
        return false;
      case "unknown_device":
        await enrolAgain(this.store, this.api);
        return true;
      default:
        return false;
    }
  }

  async #startAnew() {
    if (this.#anew) return false; // the new device did not help: another one would not either
    this.#anew = true;
    await replaceDevice(this.store, this.api);
    return true;
  }

  /** @param {number} seq */
  async #serverHasUpTo(seq) {
    await this.store.write(["log", "facts"], async (t) => {
      const sent = (await t.facts.get("sent_seq"))?.value ?? 0;
      await acknowledge(t, Math.max(0, Math.min(seq, sent)));
    });
  }
}

/**
 * @param {Tables} t
 * @param {SyncAnswer} answer
 */
async function takeResults(t, answer) {
  for (const { id, status, code, detail, fields } of answer.results) {
    const row = await t.log.get(id);
    // A repeat answers `duplicate`; what came of it the first time is worth more.
    if (row && !(status === "duplicate" && row.result))
      await t.log.update(id, { result: { status, code, detail, fields } });
  }
}

/**
 * @param {Tables} t
 * @param {SyncAnswer} answer
 * @param {boolean} first  the first page of a pull of everything
 */
async function takeVisits(t, answer, first) {
  for (const document of answer.visits) {
    await t.visits.put({ id: document.id, document, gone: 0 });
    if (document.missing_blobs?.length) await oweAgain(t, document.missing_blobs);
  }
  for (const id of answer.gone) await t.visits.update(id, { gone: 1 });
  await leaveOutUnmentioned(t, answer, first);
  for (const id of await t.visits.where("gone").equals(1).primaryKeys()) {
    const entries = await t.log
      .where("visit")
      .equals(id)
      .filter((row) => !row.acked)
      .count();
    const files = await t.files
      .where("visit")
      .equals(id)
      .filter((file) => file.state === "waiting" && !!file.op)
      .count();
    if (!entries && !files) await t.visits.delete(id);
  }
}

/**
 * At the end of a pull of everything, what no page mentioned has left this user's scope.
 *
 * @param {Tables} t
 * @param {SyncAnswer} answer
 * @param {boolean} first
 */
async function leaveOutUnmentioned(t, answer, first) {
  const before = first ? [] : (await t.facts.get("mentioned"))?.value;
  if (!before) return;
  const mentioned = [...before, ...answer.visits.map((document) => document.id)];
  if (answer.more) {
    await t.facts.put({ key: "mentioned", value: mentioned });
    return;
  }
  await t.facts.delete("mentioned");
  await t.visits.where("id").noneOf(mentioned).modify({ gone: 1 });
}
