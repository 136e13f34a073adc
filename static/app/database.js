/**
 * One IndexedDB database: its connection, its transactions, and the few things this app asks of a table.
 *
 * Decides how a transaction runs: as long as its work asks one request after another; it is taken back whole when the work
 * fails, and done when the browser says that it is complete, which under strict durability means on disk. Does not decide
 * what is tried again (store.js). Invariant: what a failed transaction wrote is not there.
 */

import { openDB } from "../vendor/idb.js";

/** The first databases were made by Dexie, which counts versions in tens. */
const VERSION = 10;

/** @typedef {Record<string, string>} Schema  of each table its key and its indexes: `id, &[device+seq], visit` */
/** @typedef {import("idb").IDBPDatabase<any>} Connection */
/** @typedef {import("idb").IDBPObjectStore<any, any, any, "readwrite">} ObjectStore  read-only ones say so themselves when they are written to */

/** A connection that is made when it is needed, and anew after it was lost. */
export class Database {
  /** @type {Promise<Connection> | null} */
  #connection = null;

  /**
   * @param {string} name
   * @param {Schema} schema
   */
  constructor(name, schema) {
    this.name = name;
    this.schema = schema;
  }

  /**
   * @template T
   * @param {"readonly" | "readwrite"} mode
   * @param {string[]} names
   * @param {(tables: any) => Promise<T>} work  must do nothing but database work
   * @returns {Promise<T>} when it is complete
   */
  async transaction(mode, names, work) {
    const transaction = (await this.open()).transaction(names, mode, { durability: "strict" });
    const { done } = transaction;
    done.catch(() => undefined); // asked below; it may fail while the work still runs
    try {
      const tables = names.map((name) => [name, new Table(/** @type {any} */ (transaction.objectStore(name)))]);
      const given = await work(Object.fromEntries(tables));
      await done;
      return given;
    } catch (error) {
      takeBack(transaction);
      await done.catch(() => undefined);
      // Why the browser gave it up says more than that one of its requests was given up.
      throw transaction.error ?? error;
    }
  }

  /** Connect, unless that is done: the first transaction waits less for it. */
  open() {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  /** Let go of the connection; the next transaction makes another. */
  close() {
    this.#connection?.then((made) => made.close()).catch(() => undefined);
    this.#connection = null;
  }

  /** @returns {Promise<Connection>} */
  #open() {
    const forget = () => {
      if (this.#connection === connection) this.close();
    };
    /** Lost, or in the way of another tab that brings a newer version. */
    const ends = { terminated: forget, blocking: forget };
    // Where a newer app has been, what it added does not concern this one.
    const connection = this.#connect(VERSION, ends).catch((error) => {
      if (error.name !== "VersionError") throw error;
      return this.#connect(undefined, ends);
    });
    connection.catch(forget);
    return connection;
  }

  /** @param {number | undefined} version @param {{terminated: () => void, blocking: () => void}} ends */
  async #connect(version, ends) {
    if (!globalThis.indexedDB) throw new DOMException("this browser keeps nothing", "NotSupportedError");
    const upgrade = (/** @type {Connection} */ made) => {
      for (const [name, keys] of Object.entries(this.schema)) makeTable(made, name, keys.split(", "));
    };
    return openDB(this.name, version, { upgrade, ...ends });
  }
}

/**
 * What is wanted of a table: found by some index, in its order, and read when it is asked for.
 *
 * @template T
 */
class Rows {
  /**
   * @param {ObjectStore} store
   * @param {any} source  the store itself or one of its indexes
   * @param {(IDBKeyRange | undefined)[]} ranges  of the source's keys; undefined: all
   * @param {{tests?: ((row: T) => boolean)[], most?: number}} [how]
   */
  constructor(store, source, ranges, { tests = [], most } = {}) {
    this.store = store;
    this.source = source;
    this.ranges = ranges;
    this.tests = tests;
    this.most = most;
  }

  /** @param {(row: T) => boolean} test @returns {Rows<T>} */
  filter(test) {
    return new Rows(this.store, this.source, this.ranges, { tests: [...this.tests, test], most: this.most });
  }

  /** @param {number} most  counted before the filter @returns {Rows<T>} */
  limit(most) {
    return new Rows(this.store, this.source, this.ranges, { tests: this.tests, most });
  }

  /** @returns {Promise<T[]>} */
  async toArray() {
    const rows = await this.#ask((range) => this.source.getAll(range, this.most));
    return rows.flat().filter((row) => this.tests.every((test) => test(row)));
  }

  /** @returns {Promise<T | undefined>} */
  async first() {
    return (await this.limit(1).toArray())[0];
  }

  /** @returns {Promise<T | undefined>} */
  async last() {
    return (await this.source.openCursor(this.ranges[0], "prev"))?.value;
  }

  /** @param {(row: T) => boolean} test @returns {Promise<T[]>} of one range, from its end back to the first that fails */
  async lastWhile(test) {
    /** @type {T[]} */
    const found = [];
    let cursor = await this.source.openCursor(this.ranges[0], "prev");
    while (cursor && test(cursor.value)) {
      found.push(cursor.value);
      cursor = await cursor.continue();
    }
    return found;
  }

  /** @returns {Promise<number>} */
  async count() {
    if (this.tests.length) return (await this.toArray()).length;
    return (await this.#ask((range) => this.source.count(range))).reduce((sum, count) => sum + count, 0);
  }

  /** @returns {Promise<string[]>} */
  async primaryKeys() {
    const path = String(this.store.keyPath);
    if (this.tests.length) return (await this.toArray()).map((/** @type {any} */ row) => row[path]);
    return (await this.#ask((range) => this.source.getAllKeys(range))).flat().map(String);
  }

  /** @param {keyof T} name  of a number @returns {Promise<T[]>} */
  async sortBy(name) {
    return (await this.toArray()).sort((a, b) => Number(a[name]) - Number(b[name]));
  }

  /** @param {Partial<T>} changes */
  async modify(changes) {
    const rows = await this.toArray();
    await Promise.all(rows.map((row) => this.store.put({ ...row, ...changes })));
  }

  /** @returns {Promise<number>} how many there were */
  async delete() {
    const keys = await this.primaryKeys();
    await Promise.all(keys.map((key) => this.store.delete(key)));
    return keys.length;
  }

  /**
   * @template A
   * @param {(range: IDBKeyRange | undefined) => Promise<A>} question
   * @returns {Promise<A[]>} for each range
   */
  #ask(question) {
    return Promise.all(this.ranges.map(question));
  }
}

/**
 * One table inside one transaction.
 *
 * @template T
 */
export class Table {
  /** @param {ObjectStore} store */
  constructor(store) {
    this.store = store;
  }

  /** @param {IDBValidKey} key @returns {Promise<T | undefined>} */
  get(key) {
    return this.store.get(key);
  }

  /** @param {IDBValidKey[]} keys @returns {Promise<(T | undefined)[]>} in their order */
  bulkGet(keys) {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  /** @param {T} row @returns {Promise<unknown>} */
  put(row) {
    return this.store.put(row);
  }

  /** @param {T[]} rows */
  async bulkPut(rows) {
    await Promise.all(rows.map((row) => this.put(row)));
  }

  /** @param {T} row  fails where there is one with its key @returns {Promise<unknown>} */
  add(row) {
    return this.store.add(row);
  }

  /** @param {IDBValidKey} key @param {Partial<T>} changes  nothing happens where there is no such row */
  async update(key, changes) {
    const row = await this.get(key);
    if (row) await this.put({ ...row, ...changes });
  }

  /** @param {IDBValidKey} key @returns {Promise<unknown>} */
  delete(key) {
    return this.store.delete(key);
  }

  /** All of it. @returns {Promise<unknown>} */
  clear() {
    return this.store.clear();
  }

  /** @param {IDBValidKey[]} keys */
  async bulkDelete(keys) {
    await Promise.all(keys.map((key) => this.delete(key)));
  }

  /** @param {string} name  of an index @returns {Rows<T>} */
  orderBy(name) {
    return new Rows(this.store, this.store.index(name), [undefined]);
  }

  /** @returns {Rows<T>} */
  toCollection() {
    return new Rows(this.store, this.store, [undefined]);
  }

  /** @param {(row: T) => boolean} test */
  filter(test) {
    return this.toCollection().filter(test);
  }

  toArray() {
    return this.toCollection().toArray();
  }

  count() {
    return this.toCollection().count();
  }

  /** @param {string} name  of an index, or of the key */
  where(name) {
    const { store } = this;
    const source = name === store.keyPath ? store : store.index(name);
    /** @param {...IDBKeyRange} ranges @returns {Rows<T>} */
    const rows = (...ranges) => new Rows(store, source, ranges);
    return {
      /** @param {IDBValidKey} key */
      equals: (key) => rows(IDBKeyRange.only(key)),
      /** @param {string[]} keys */
      anyOf: (keys) => rows(...[...new Set(keys)].sort().map((key) => IDBKeyRange.only(key))),
      /** @param {IDBValidKey} key */
      above: (key) => rows(IDBKeyRange.lowerBound(key, true)),
      /** @param {IDBValidKey} low @param {IDBValidKey} high @param {boolean} [withLow] @param {boolean} [withHigh] */
      between: (low, high, withLow = true, withHigh = false) => rows(IDBKeyRange.bound(low, high, !withLow, !withHigh)),
    };
  }
}

/** @param {{abort: () => void}} transaction */
function takeBack(transaction) {
  try {
    transaction.abort();
  } catch {
    // The browser has done so already.
  }
}

/**
 * @param {Connection} database
 * @param {string} name
 * @param {string[]} keys  the table's own first; `&` before one that is unique, `[a+b]` for one of two parts
 */
function makeTable(database, name, [own, ...indexes]) {
  const table = database.createObjectStore(name, { keyPath: own });
  for (const each of indexes) {
    const index = each.replace("&", "");
    const parts = index.startsWith("[") ? index.slice(1, -1).split("+") : index;
    table.createIndex(index, parts, { unique: each !== index });
  }
}
