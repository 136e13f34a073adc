/**
 * Who is here: the user this phone remembers, and the session the server knows.
 *
 * Decides whether they are the same person, and remembers a log-out that the server has not heard of yet. Does not
 * write to anybody's log. Invariant: the remembered user changes only by a log-in or a log-out, so that without a network
 * the app opens for whoever used it last.
 */

import { filesUnderWay } from "./blobs.js";
import { unacked } from "./log.js";
import { ApiProblem } from "./problems.js";
import { storeOfUser } from "./store.js";

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

  /** @param {User} user */
  async remember(user) {
    const people = (await this.phone.fact("people")) ?? {};
    await this.phone.setFact("people", { ...people, [user.id]: user.name });
    await this.phone.setFact("leaving", false);
    await this.phone.setFact("user", user);
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
      const count = { entries: (await unacked(store)).length, photos: (await filesUnderWay(store)).length };
      store.close();
      if (count.entries || count.photos) left.push({ name, ...count });
    }
    return left;
  }

  /**
   * @param {string} username
   * @param {string} password
   * @returns {Promise<User>}
   */
  async login(username, password) {
    const { user } = await this.api.login(username, password);
    return { ...user, username: user.username ?? username };
  }

  /** Forget who is here, and end the server's session now or as soon as there is a network. */
  async leave() {
    await this.phone.setFact("user", null);
    await this.phone.setFact("leaving", true);
    await this.#finishLeaving();
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
