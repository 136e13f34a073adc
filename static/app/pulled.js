/**
 * What the server tells of entries and visits, laid down on this phone.
 *
 * Decides what becomes of a document and of a visit that is gone. Whether an answer is to be believed at all is
 * exchange.js's. Invariant: a visit stays on this phone as long as something of it is only here.
 */

import { oweAgain } from "./blobs.js";

/** @typedef {import("./store.js").Tables} Tables */
/** @typedef {import("./api.js").SyncAnswer} SyncAnswer */

/**
 * Note what became of each entry.
 *
 * @param {Tables} t  with log, in a transaction that writes
 * @param {SyncAnswer} answer
 */
export async function takeResults(t, answer) {
  for (const { id, status, code, detail, fields } of answer.results) {
    const row = await t.log.get(id);
    // A repeat answers `duplicate`; what came of it the first time is worth more.
    if (row && !(status === "duplicate" && row.result))
      await t.log.update(id, { result: { status, code, detail, fields } });
  }
}

/**
 * Lay down the visits that changed, and let go of those that have left this user's scope.
 *
 * @param {Tables} t  with log, visits, files and facts, in a transaction that writes
 * @param {SyncAnswer} answer
 * @param {Awaited<ReturnType<typeof import("./sealed.js").sealVisits>>} sealed  its visits
 * @param {boolean} first  the first page of a pull of everything
 */
export async function takeVisits(t, answer, sealed, first) {
  if (sealed) await t.facts.put(sealed.fact);
  for (const row of sealed?.rows ?? []) {
    await t.visits.put(row);
    if (row.lacks) await oweAgain(t, row.lacks);
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
  const left = new Set(mentioned);
  await t.visits.filter((row) => !left.has(row.id)).modify({ gone: 1 });
}
