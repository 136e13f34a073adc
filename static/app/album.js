/**
 * Pictures for the screens: where an `<img>` finds the one with a given digest.
 *
 * Decides between this phone's own bytes and the server's, and keeps each address for as long as one person is here.
 * Stores and sends nothing (blobs.js). Invariant: bytes that are no longer what they were are never shown.
 */

import { readFile } from "./blobs.js";

export class Album {
  /** @type {Map<string, Promise<string>>} */
  #urls = new Map();

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./api.js").Api} api
   */
  constructor(store, api) {
    this.store = store;
    this.api = api;
  }

  /**
   * @param {string} sha256
   * @returns {Promise<string>} an object URL; rejects with ApiProblem when the picture is neither here nor to be had
   */
  url(sha256) {
    const known = this.#urls.get(sha256);
    if (known) return known;
    const url = this.#make(sha256).catch((error) => {
      this.#urls.delete(sha256); // with a network it may be there: the next call tries again
      throw error;
    });
    this.#urls.set(sha256, url);
    return url;
  }

  /** @param {string} sha256 */
  async #make(sha256) {
    const own = await readFile(this.store, sha256);
    if (typeof own === "string") return URL.createObjectURL(await this.api.blob(sha256));
    const file = await this.store.read(["files"], (t) => t.files.get(sha256));
    return URL.createObjectURL(new Blob([own], { type: file?.type }));
  }
}
