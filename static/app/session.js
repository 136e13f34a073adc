/**
 * Who is here: the user this phone remembers, and the session the server knows.
 *
 * Decides whether they are the same person, and remembers a log-out that the server has not heard of yet. Does not
 * write to anybody's log. Invariant: the remembered user changes only by a log-in or a log-out, so that without a network
 * the app opens for whoever used it last.
 */

import { filesUnderWay } from "./blobs.js";
import { emptyStore } from "./leaving.js";
import { noteLikely } from "./likely.js";
import { countUnacked } from "./log.js";
import { ApiProblem } from "./problems.js";
import { storeOfUser } from "./store.js";
import { takeOver } from "./takeover.js";
import { forgetShell } from "./update.js";

/** @typedef {import("./app.js").User} User */

export class Session {
  /**
   * @param {import("./api.js").Api} api
   * @param {import("./store.js").Store} phone
   */
  constructor(api, phone) {
    this.api = api;
    this.phone = phone;
  }

  /** @type {Promise<void>} */
  #emptied = Promise.resolve();

  /** @param {User} user */
  async remember(user) {
    const people = (await this.phone.fact("people")) ?? {};
    await this.phone.setFact("people", { ...people, [user.id]: user.name });
    await this.phone.write(["facts"], async (t) => {
      await t.facts.bulkPut([
        { key: "leaving", value: false },
        { key: "user", value: user },
        { key: "wiped", value: null },
      ]);
    });
    noteLikely({ user: user.id });
  }

  /**
   * What other users of this phone have left unsent. It goes when they log in again.
   *
   * @param {string | undefined} me  id of the user who is here
   * @returns {Promise<{name: string, entries: number, photos: number}[]>}
   */
  async leftByOthers(me) {
    const left = [];
    for (const [id, name] of Object.entries((await this.phone.fact("people")) ?? {})) {
      if (id === me) continue;
      const store = storeOfUser(id);
      const count = { entries: await countUnacked(store), photos: (await filesUnderWay(store)).length };
      store.close();
      if (count.entries || count.photos) left.push({ name, ...count });
    }
    return left;
  }

  /** Seal what an older app left open of those who are not here. @param {string | undefined} me */
  async sealOthers(me) {
    for (const id of Object.keys((await this.phone.fact("people")) ?? {}).filter((id) => id !== me)) {
      const store = storeOfUser(id);
      await takeOver(store).finally(() => store.close());
    }
  }

  /**
   * @param {string} username
   * @param {string} password
   * @param {string} [code]  of the second factor
   * @returns {Promise<User>}
   */
  async login(username, password, code) {
    const { user } = await this.api.login(username, password, code);
    return { ...user, username: user.username ?? username };
  }

  /**
   * Forget who is here, remove what is not here alone with the key to it, and end the server's session: now, or as soon as there is
   * a network.
   *
   * @param {string} user  id
   * @param {boolean} [wiped]  because the office has blocked this phone
   */
  async leave(user, wiped = false) {
    noteLikely({ user: undefined });
    await this.phone.write(["facts"], async (t) => {
      const emptying = new Set((await t.facts.get("emptying"))?.value).add(user);
      await t.facts.bulkPut([
        { key: "user", value: null },
        { key: "leaving", value: true },
        { key: "emptying", value: [...emptying] },
        ...(wiped ? [{ key: "wiped", value: { entries: 0, photos: 0 } }] : []),
      ]);
    });
    await this.finishEmptying();
    if (wiped) await forgetShell();
    await this.#finishLeaving();
  }

  /** Empty the stores of who has left; a start goes on with it that was killed meanwhile. @returns {Promise<void>} */
  finishEmptying() {
    this.#emptied = this.#emptied.catch(() => undefined).then(() => this.#emptyAll());
    return this.#emptied;
  }

  async #emptyAll() {
    for (const user of (await this.phone.fact("emptying")) ?? []) {
      const store = storeOfUser(user);
      const left = await emptyStore(store).finally(() => store.close());
      await this.phone.write(["facts"], async (t) => {
        const [emptying, wiped] = await t.facts.bulkGet(["emptying", "wiped"]);
        const others = (emptying?.value ?? []).filter((/** @type {string} */ id) => id !== user);
        await t.facts.put({ key: "emptying", value: others });
        if (wiped?.value) await t.facts.put({ key: "wiped", value: left });
      });
    }
  }

  /**
   * Ask the server whose session this browser has; its login page or the office may have changed it.
   *
   * @returns {Promise<User | "nobody" | "unknown">} unknown: there was no answer
   */
  async ask() {
    if ((await this.phone.fact("leaving")) && !(await this.#finishLeaving())) return "unknown";
    try {
      return (await this.api.me()).user;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      return error.status === 401 ? "nobody" : "unknown";
    }
  }

  /** @returns {Promise<boolean>} whether the server has heard it */
  async #finishLeaving() {
    try {
      await this.api.logout();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (error.passing) return false;
    }
    await this.phone.setFact("leaving", false);
    return true;
  }
}
