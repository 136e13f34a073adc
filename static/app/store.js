/**
 * The phone's disk: what the rest of the app reads from and writes to.
 *
 * Decides the tables and what happens when the browser
 * closes the database under us: open it again and replay the whole transaction (lesson 2). Sets some room aside for
 * words, which photos cannot fill (lesson 4). Knows nothing of ops, photos or the network; other modules say what to do
 * inside `write` and `read`. One database per user, so that one person's unsent work can never be sent, or deleted, by
 * another. What is about people lies sealed in it (sealed.js). Invariant: a write either resolves after it is on disk or
 * rejects with StorageProblem.
 */

import { Database } from "./database.js";
import { StorageProblem } from "./problems.js";
import { Vault } from "./vault.js";

/**
 * @typedef {object} Op
 * @property {string} id
 * @property {number} seq
 * @property {string} visit
 * @property {string} kind
 * @property {string} at
 * @property {number} base
 * @property {Record<string, any>} data
 *
 * @typedef {object} EntryHead  What stays readable of an entry.
 * @property {string} id  the op's id: the same for ever, whichever device sends it
 * @property {string} device
 * @property {number} seq
 * @property {string} visit
 * @property {string} chain  hex, after this op
 * @property {0 | 1} acked  the server holds it for good
 * @property {0 | 1} settled  a complete pull since then has brought back what became of it
 * @property {number} made_at  ms
 * @property {number} [acked_at]  ms
 * @property {{status: string, code?: string, detail?: string, fields?: string[]}} [result]
 *
 * @typedef {EntryHead & {op: Op, text: string}} LogRow  One entry; text: canonical, these bytes were hashed and are sent.
 * @typedef {EntryHead & {op?: Op, text?: string, vault?: string, box?: ArrayBuffer}} StoredEntry  the text sealed, or open as older apps left it
 *
 * @typedef {object} FileRow  One photo or signature image; its bytes are in `bytes`.
 * @property {string} sha256
 * @property {string} type
 * @property {number} size
 * @property {string} visit
 * @property {string} purpose
 * @property {string | null} op  the op that refers to it; null: a drawing nobody has signed with yet
 * @property {"waiting" | "complete" | "failed" | "removed"} state
 * @property {number} offset  bytes the server has
 * @property {string | null} error  code of the last error
 * @property {number} attempts
 * @property {number} next_try_at  ms
 * @property {number} made_at  ms
 * @property {number} [complete_at]  ms
 * @property {string} [held_in]  the epoch in which a genuine receipt has named it
 *
 * @typedef {object} VisitRow
 * @property {string} id
 * @property {0 | 1} gone  left this user's scope; kept until own entries are sent
 * @property {number} [version]
 * @property {string[]} [lacks]  digests that the server lacked
 * @property {string} [box]  the fact that the document as pulled is sealed in, with others of the same answer
 * @property {number} [at]  which of them it is
 * @property {number} [of]  how many they were
 * @property {Record<string, any>} [document]  open, as older apps left it
 *
 * @typedef {{key: string, value?: any, vault?: string, box?: ArrayBuffer}} DraftRow
 *
 * @typedef {object} Tables
 * @property {import("./database.js").Table<StoredEntry>} log
 * @property {import("./database.js").Table<VisitRow>} visits
 * @property {import("./database.js").Table<FileRow>} files
 * @property {import("./database.js").Table<{sha256: string, vault?: string, bytes: ArrayBuffer}>} bytes
 * @property {import("./database.js").Table<DraftRow>} drafts
 * @property {import("./database.js").Table<{key: string, value: any}>} facts
 */

/** @typedef {keyof Tables} TableName */

const SCHEMA = {
  log: "id, &[device+seq], visit, acked, settled, result.status",
  visits: "id, gone",
  files: "sha256, visit, state, op",
  bytes: "sha256",
  drafts: "key",
  facts: "key",
};
const PHONE_SCHEMA = { facts: "key" };
/** What visits are shown from. @type {Set<TableName>} */
const SHOWN = new Set(["log", "visits", "files"]);
const ATTEMPTS = 4;
/** Longer than any transaction of ours takes on a slow phone; a connection that hangs is a lost one. */
const PATIENCE_MS = 15_000;
/** Words for some days on a full disk: an entry takes about two kilobytes, a day of sixty visits six hundred entries. */
const SET_ASIDE = 2 * 1024 * 1024;
const ASIDE = "set_aside";

/** One database and its way back from a lost connection. */
export class Store {
  /** Whose database it is: the id of a user. @type {string | null} */
  owner = null;
  /** Another number after anything was written that a visit is shown from: what was read before is then old. */
  edition = 0;

  /**
   * @param {string} name
   * @param {import("./database.js").Schema} schema
   * @param {number} [patience]  ms
   */
  constructor(name, schema, patience = PATIENCE_MS) {
    this.name = name;
    this.patience = patience;
    this.db = new Database(name, schema);
    this.vault = new Vault(this);
  }

  /**
   * Run one transaction that writes; all of it is on disk when this resolves.
   *
   * @template T
   * @param {TableName[]} names  the tables it uses
   * @param {(tables: Tables) => Promise<T>} given  the work; may run more than once; must do nothing but database work
   * @param {{bulky?: boolean, under?: string}} [how]  bulky: not for the room that is set aside, and only once there is such
   *   room; under: the key that what is written was sealed with, else KeyChanged
   * @returns {Promise<T>}
   */
  async write(names, given, { bulky = false, under } = {}) {
    const work = under ? this.#whileUnder(under, given) : given;
    if (under) names = [...new Set([...names, /** @type {const} */ ("facts")])];
    if (bulky && !(await this.setAside())) throw new StorageProblem("storage_full");
    try {
      return await this.#run("readwrite", names, work);
    } catch (error) {
      const full = error instanceof StorageProblem && error.code === "storage_full";
      if (!full || bulky || !(await this.#useAside())) throw error;
      return await this.#run("readwrite", names, work);
    } finally {
      if (names.some((name) => SHOWN.has(name))) this.edition += 1; // a write that was given up may still have got through
    }
  }

  /**
   * @template T
   * @param {string} under
   * @param {(tables: Tables) => Promise<T>} work
   * @returns {(tables: Tables) => Promise<T>}
   */
  #whileUnder(under, work) {
    return async (t) => {
      const seen = this.vault.see(t, under);
      seen.catch(() => undefined); // the work may fail before it
      const done = await work(t);
      await seen;
      return done;
    };
  }

  /**
   * Run one transaction that only reads.
   *
   * @template T
   * @param {TableName[]} names
   * @param {(tables: Tables) => Promise<T>} work
   * @returns {Promise<T>}
   */
  read(names, work) {
    return this.#run("readonly", names, work);
  }

  /**
   * A single remembered value, such as the cursor or the key pair.
   *
   * @param {string} key
   * @returns {Promise<any>} undefined when there is none
   */
  async fact(key) {
    return (await this.read(["facts"], (t) => t.facts.get(key)))?.value;
  }

  /** Some of them at once. @param {string[]} keys @returns {Promise<any[]>} in their order */
  async facts(keys) {
    return (await this.read(["facts"], (t) => t.facts.bulkGet(keys))).map((row) => row?.value);
  }

  /**
   * @param {string} key
   * @param {any} value
   * @returns {Promise<void>}
   */
  async setFact(key, value) {
    await this.write(["facts"], (t) => t.facts.put({ key, value }));
  }

  /**
   * Set room aside for words, unless that is done. It is noise, for a browser may pack what repeats.
   *
   * @returns {Promise<boolean>} false: it could not be done, mostly because the disk is full already
   */
  async setAside() {
    try {
      await this.#run("readwrite", ["facts"], async ({ facts }) => {
        const done = await facts.where("key").equals(ASIDE).count();
        if (!done) await facts.put({ key: ASIDE, value: noise(SET_ASIDE) });
      });
      return true;
    } catch (error) {
      if (error instanceof StorageProblem) return false;
      throw error;
    }
  }

  /** Free what was set aside. @returns {Promise<boolean>} whether there was any */
  #useAside() {
    return this.#run("readwrite", ["facts"], async (t) => Boolean(await t.facts.where("key").equals(ASIDE).delete()));
  }

  close() {
    this.db.close();
  }

  /**
   * @template T
   * @param {"readwrite" | "readonly"} mode
   * @param {TableName[]} names
   * @param {(tables: Tables) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #run(mode, names, work) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#inTime(this.db.transaction(mode, names, work));
      } catch (error) {
        const verdict = judge(error);
        if (verdict === "full") throw new StorageProblem("storage_full", error);
        if (verdict === "ours") throw error;
        if (attempt === ATTEMPTS) throw new StorageProblem("not_saved", error);
        this.db.close();
        await new Promise((resolve) => setTimeout(resolve, 40 * attempt * attempt));
      }
    }
  }

  /**
   * @template T
   * @param {Promise<T>} result
   * @returns {Promise<T>}
   */
  async #inTime(result) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((_resolve, /** @type {(error: DOMException) => void} */ reject) => {
      timer = setTimeout(() => reject(new DOMException("the database does not answer", "TimeoutError")), this.patience);
    });
    try {
      return await Promise.race([result, /** @type {Promise<never>} */ (late)]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param {number} size @returns {ArrayBuffer} */
function noise(size) {
  const bytes = new Uint8Array(size);
  const most = 65_536; // what the browser gives at once
  for (let at = 0; at < size; at += most) crypto.getRandomValues(bytes.subarray(at, at + most));
  return bytes.buffer;
}

const LOST = new Set([
  "InvalidStateError",
  "UnknownError",
  "TransactionInactiveError",
  "AbortError",
  "TimeoutError",
  "NotReadableError",
  "NotSupportedError",
  "SecurityError",
]);

/**
 * Tell a lost connection and a full disk from an error thrown by the work itself.
 *
 * @param {any} error
 * @returns {"lost" | "full" | "ours"}
 */
function judge(error) {
  const names = [error?.name, error?.cause?.name];
  if (names.includes("QuotaExceededError")) return "full";
  return names.some((name) => LOST.has(name)) ? "lost" : "ours";
}

/** Opened before it was known who wants them; each is given once. @type {Map<string, Store>} */
const ahead = new Map();

/**
 * Begin to open what the app will most likely need.
 *
 * @param {string | undefined} userId  who was here last
 */
export function openAhead(userId) {
  for (const store of [storeOfPhone(), ...(userId ? [storeOfUser(userId)] : [])]) {
    ahead.set(store.name, store);
    store.db.open().catch(() => undefined); // who uses it is told, and tries again
  }
}

/** @param {string} name @param {() => Store} make */
function aheadOr(name, make) {
  const store = ahead.get(name) ?? make();
  ahead.delete(name);
  return store;
}

/**
 * The database of one user: log, visits, photos, drafts.
 *
 * @param {string} userId
 * @returns {Store}
 */
export function storeOfUser(userId) {
  const name = `fieldsvc-${userId}`;
  return aheadOr(name, () => Object.assign(new Store(name, SCHEMA), { owner: userId }));
}

/**
 * The database of this phone: who was here last, and the choices made before anybody logs in.
 *
 * @returns {Store}
 */
export function storeOfPhone() {
  return aheadOr("fieldsvc", () => new Store("fieldsvc", PHONE_SCHEMA));
}
