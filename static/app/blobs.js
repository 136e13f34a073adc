/**
 * Photos and signature images: their bytes on this phone and their way to the server.
 *
 * Decides which file goes next and how one file is sent over tus, going on where it stopped. Each file has its own
 * state and its own back-off, so that one that fails never holds up the rest (lessons 8 and 9). Bytes are hashed again
 * on every read before sending (lesson 5). Invariant: bytes leave this phone's disk only when the server has them whole:
 * thirty days later, or as soon as the disk is full and a checked receipt names them.
 */

import { sha256Hex } from "./chain.js";
import { KEEP_MS } from "./log.js";
import { ApiProblem } from "./problems.js";
import { lackedBy, openBytes, sealBytes } from "./sealed.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").FileRow} FileRow */
/** @typedef {import("./api.js").Api} Api */

const PIECE = 256 * 1024;
const MOST_ASKED = 1_000;
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 300_000;
const ROOM_TO_MAKE = 20 * 1024 * 1024;

/**
 * Put a file's bytes on disk. The same bytes twice are one file.
 *
 * @param {Store} store
 * @param {ArrayBuffer} bytes
 * @param {{type: string, visit: string, purpose: string}} about
 * @returns {Promise<string>} its sha256
 */
export async function keepFile(store, bytes, about) {
  const { sha256, tables, seal } = await fileToKeep(bytes, about);
  await store.vault.again(async () => {
    const { vault, write } = await seal(store);
    await store.write(tables, write, { under: vault });
  });
  return sha256;
}

/**
 * A file's way to the disk, to be taken in one transaction with the entry that names it: both or neither.
 *
 * @param {ArrayBuffer} bytes
 * @param {{type: string, visit: string, purpose: string}} about
 * @returns {Promise<{sha256: string} & import("./log.js").Alongside>}
 */
export async function fileToKeep(bytes, { type, visit, purpose }) {
  const sha256 = await sha256Hex(bytes);
  /** @param {Store} store */
  const seal = async (store) => {
    const sealed = await sealBytes(store, sha256, bytes);
    return { vault: sealed.vault, write: (/** @type {import("./store.js").Tables} */ t) => put(t, sealed) };
  };
  /** @param {import("./store.js").Tables} t @param {{sha256: string, vault: string, bytes: ArrayBuffer}} sealed */
  const put = async (t, sealed) => {
    await t.bytes.put(sealed);
    const known = await t.files.get(sha256);
    if (known && known.state !== "failed" && known.state !== "removed") return;
    const fresh = { state: /** @type {const} */ ("waiting"), offset: 0, error: null, attempts: 0, next_try_at: 0 };
    const row = { sha256, type, size: bytes.byteLength, visit, purpose, op: known?.op ?? null, made_at: Date.now() };
    await t.files.put({ ...row, ...fresh });
  };
  return { sha256, tables: ["files", "bytes"], seal };
}

/**
 * Read a file's bytes, and only if they are still what they were.
 *
 * @param {Store} store
 * @param {string} sha256
 * @returns {Promise<ArrayBuffer | "photo_lost" | "photo_damaged">}
 */
export async function readFile(store, sha256) {
  const row = await store.read(["bytes"], (t) => t.bytes.get(sha256));
  if (!row) return "photo_lost";
  const bytes = await openBytes(store, row).catch(() => null); // what has changed does not open
  return bytes && (await sha256Hex(bytes)) === sha256 ? bytes : "photo_damaged";
}

/**
 * Files that some entry names and the server does not hold yet.
 *
 * @param {Store} store
 * @returns {Promise<FileRow[]>} oldest first; failed ones too
 */
export function filesUnderWay(store) {
  return store.read(["files"], underWay);
}

/** The same inside a transaction. @param {import("./store.js").Tables} t @returns {Promise<FileRow[]>} */
export async function underWay(t) {
  const rows = await t.files.where("state").anyOf(["waiting", "failed"]).toArray();
  return rows.filter((row) => row.op).sort((a, b) => a.made_at - b.made_at);
}

/**
 * What a lifeboat carries: the files that no receipt of the present epoch has named. One that was sent and is no longer here
 * cannot be carried.
 *
 * @param {Store} store
 * @returns {Promise<FileRow[]>} oldest first
 */
export async function filesToCarry(store) {
  const epoch = await store.fact("epoch");
  return store.read(["files", "bytes"], async (t) => {
    const here = new Set(await t.bytes.toCollection().primaryKeys());
    const rows = await t.files.where("state").anyOf(["waiting", "failed", "complete"]).sortBy("made_at");
    return rows.filter(({ op, state, held_in, sha256 }) =>
      state === "complete" ? held_in !== epoch && here.has(sha256) : op,
    );
  });
}

/**
 * The file to send now: the oldest whose entry the server has (entries first, photos after) and whose wait is over.
 *
 * @param {Store} store
 * @param {number} [now]  ms
 * @returns {Promise<FileRow | undefined>}
 */
export async function nextFile(store, now = Date.now()) {
  const rows = (await filesUnderWay(store)).filter((row) => row.state === "waiting" && row.next_try_at <= now);
  const ops = await store.read(["log"], (t) => t.log.bulkGet(rows.map((row) => /** @type {string} */ (row.op))));
  return rows.find((_row, n) => !ops[n] || ops[n].acked === 1);
}

/**
 * Send one file, from where the server has it.
 *
 * What is wrong with this file only is remembered with it and resolves to false. What is wrong with the connection or
 * the log-in is thrown.
 *
 * @param {Store} store
 * @param {Api} api
 * @param {FileRow} file
 * @param {(offset: number) => void} [progress]
 * @returns {Promise<boolean>} whether the server now holds it whole
 */
export async function sendFile(store, api, file, progress = () => {}) {
  const bytes = await readFile(store, file.sha256);
  if (typeof bytes === "string") {
    await change(store, file, { state: "failed", error: bytes });
    return false;
  }
  try {
    await transfer(store, api, file, bytes, progress);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    await remember(store, file, error);
    if (error.passing || error.status === 401) throw error;
    return false;
  }
  await change(store, file, { state: "complete", offset: file.size, error: null, complete_at: Date.now() });
  return true;
}

/**
 * @param {Store} store
 * @param {Api} api
 * @param {FileRow} file
 * @param {ArrayBuffer} bytes
 * @param {(offset: number) => void} progress
 */
async function transfer(store, api, file, bytes, progress) {
  let offset = await api.createBlob(file.sha256, file.type, file.size);
  let repeats = 0;
  while (offset < file.size) {
    try {
      offset = await api.patchBlob(file.sha256, offset, bytes.slice(offset, offset + PIECE));
      repeats = 0;
    } catch (error) {
      // 409: the server has another offset than we thought, because an answer was lost. Ask it.
      if (!(error instanceof ApiProblem && error.status === 409) || (repeats += 1) > 3) throw error;
      offset = await api.blobOffset(file.sha256);
    }
    progress(offset);
    await change(store, file, { offset });
  }
}

/**
 * @param {Store} store
 * @param {FileRow} file
 * @param {ApiProblem} error
 */
async function remember(store, file, error) {
  const attempts = file.attempts + 1;
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempts - 1, 8));
  const next_try_at = Date.now() + wait;
  if (error.status === 422 || error.status === 413) {
    await change(store, file, { state: "failed", error: "photo_refused", attempts });
  } else if (error.status === 460) {
    await change(store, file, { offset: 0, error: error.code, attempts, next_try_at: attempts > 1 ? next_try_at : 0 });
  } else if (error.status === 0 || error.status === 401) {
    await change(store, file, { error: error.code });
  } else {
    await change(store, file, { error: error.code, attempts, next_try_at });
  }
}

/**
 * @param {Store} store
 * @param {FileRow} file
 * @param {Partial<FileRow>} changes
 */
async function change(store, file, changes) {
  Object.assign(file, changes);
  await store.write(["files"], (t) => t.files.update(file.sha256, changes));
}

/**
 * The files that the server once held whole: the next receipt is to say that it still does. Those that no receipt of the
 * present epoch has named come first, then the newest.
 *
 * @param {Store} store
 * @returns {Promise<FileRow[]>}
 */
export async function filesToAskAbout(store) {
  const epoch = await store.fact("epoch");
  const rows = await store.read(["files"], (t) => t.files.where("state").equals("complete").toArray());
  const known = (/** @type {FileRow} */ file) => Number(file.held_in === epoch);
  return rows.sort((a, b) => known(a) - known(b) || b.made_at - a.made_at).slice(0, MOST_ASKED);
}

/**
 * What a genuine receipt says of the files asked about: which have to be sent again, and which it is the first to name.
 *
 * @param {FileRow[]} asked
 * @param {import("./receipt.js").Receipt} receipt
 * @returns {{lost: string[], found: string[]}} digests
 */
export function compareFiles(asked, { files, epoch }) {
  const named = new Set(files);
  const lost = asked.filter(({ sha256 }) => !named.has(sha256));
  const found = asked.filter(({ sha256, held_in }) => named.has(sha256) && held_in !== epoch);
  return { lost: lost.map((file) => file.sha256), found: found.map((file) => file.sha256) };
}

/**
 * Note that a genuine receipt has named files; until another epoch they count as safe.
 *
 * @param {import("./store.js").Tables} t  with files, in a transaction that writes
 * @param {string[]} digests
 * @param {string} epoch
 * @returns {Promise<void>}
 */
export async function holdSafe(t, digests, epoch) {
  await t.files.where("sha256").anyOf(digests).modify({ held_in: epoch });
}

/**
 * Try a failed file again, because a person asked for it.
 *
 * @param {Store} store
 * @param {string} sha256
 * @returns {Promise<void>}
 */
export async function retryFile(store, sha256) {
  const again = { state: /** @type {const} */ ("waiting"), error: null, attempts: 0, next_try_at: 0 };
  await store.write(["files"], (t) => t.files.update(sha256, again));
}

/**
 * Make due again what the server says it lacks although it once had it (it was restored from a backup).
 *
 * @param {import("./store.js").Tables} t  with files, in a transaction that writes
 * @param {string[]} digests
 * @returns {Promise<void>}
 */
export async function oweAgain(t, digests) {
  await t.files
    .where("sha256")
    .anyOf(digests)
    .filter((file) => file.state === "complete")
    .modify({ state: "waiting", offset: 0, attempts: 0, next_try_at: 0, held_in: "" });
}

/**
 * Make room on a full disk: let go of the oldest bytes that the server, by its own signed word, holds. Their place in the
 * list stays, so that the next receipts are still asked about them.
 *
 * @param {Store} store
 * @returns {Promise<number>} bytes let go; 0 when everything here is only here
 */
export async function makeRoom(store) {
  const epoch = await store.fact("epoch");
  return store.write(["files", "bytes"], async (t) => {
    const here = new Set(await t.bytes.toCollection().primaryKeys());
    const safe = (await t.files.where("state").equals("complete").sortBy("made_at")).filter(
      (file) => file.held_in === epoch && here.has(file.sha256),
    );
    let freed = 0;
    for (const { sha256, size } of safe) {
      if (freed >= ROOM_TO_MAKE) break;
      await t.bytes.delete(sha256);
      freed += size;
    }
    return freed;
  });
}

/**
 * Forget what the server has held whole for thirty days, and drawings nobody ever signed with.
 *
 * @param {Store} store
 * @param {number} [now]  ms
 * @returns {Promise<void>}
 */
export async function pruneFiles(store, now = Date.now()) {
  await store.write(["files", "bytes", "visits"], async (t) => {
    const aged = await t.files
      .filter((file) => (file.state === "complete" ? (file.complete_at ?? now) : file.made_at) < now - KEEP_MS)
      .filter((file) => file.state === "complete" || file.state === "removed" || !file.op)
      .primaryKeys();
    if (!aged.length) return; // as on most days: the documents need not be read
    const visits = await t.visits.toArray();
    const lacking = new Set(visits.flatMap(lackedBy));
    const old = aged.filter((sha256) => !lacking.has(sha256));
    await t.files.bulkDelete(old);
    await t.bytes.bulkDelete(old);
  });
}
