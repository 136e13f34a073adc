/**
 * What is about people lies sealed on this phone's disk, under a key that logging out destroys (ADR 0020).
 *
 * Decides the form of what is sealed and keeps the keys: AES-GCM, by the browser, with a key that no script can read out. Does
 * not decide what is sealed (sealed.js) or when a key goes (leaving.js). A transaction does not outlive a cipher, so contents
 * are sealed before it and opened after it. Invariant: nothing is written under a key that is no longer the present one: the
 * transaction that writes it looks (`under` in store.js), so what another tab has destroyed seals nothing more.
 */

import { wordsFor } from "./problems.js";

const CIPHER = "AES-GCM";
const NONCE = 12;
const FACT = "vault";
const UTF8 = new TextEncoder();

/**
 * @typedef {{vault: string, box: ArrayBuffer}} Sealed  under which key; nonce and cipher text
 * @typedef {{current: string, keys: Record<string, CryptoKey>}} Ring  the present key, and those that something may still lie under
 */

/** The key that something was sealed under is no longer the present one; sealed anew, it can be written. */
export class KeyChanged extends Error {}

/** Something lies under a key that this phone no longer has. */
export class KeyGone extends Error {
  code = "phone_fault";

  get text() {
    return wordsFor(this.code);
  }
}

/** @returns {Promise<Ring>} */
async function newRing() {
  const key = await crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, ["encrypt", "decrypt"]);
  const current = crypto.randomUUID();
  return { current, keys: { [current]: key } };
}

/** The keys of one store, as this tab knows them. */
export class Vault {
  /** @type {Ring | null} */
  #ring = null;

  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
  }

  /**
   * Seal something for the place it will have: moved to another one it does not open.
   *
   * @param {string} place
   * @param {string | ArrayBuffer} content
   * @returns {Promise<Sealed>}
   */
  async seal(place, content) {
    const { current, keys } = await this.#present();
    const iv = crypto.getRandomValues(new Uint8Array(NONCE));
    const how = { name: CIPHER, iv, additionalData: UTF8.encode(place) };
    const text = typeof content === "string" ? UTF8.encode(content) : content;
    const cipher = new Uint8Array(await crypto.subtle.encrypt(how, keys[current], text));
    const box = new Uint8Array(NONCE + cipher.length);
    box.set(iv);
    box.set(cipher, NONCE);
    return { vault: current, box: box.buffer };
  }

  /**
   * @param {string} place
   * @param {Sealed} sealed
   * @returns {Promise<ArrayBuffer>} rejects when the bytes have changed, and with KeyGone
   */
  async open(place, { vault, box }) {
    const key = this.#ring?.keys[vault] ?? (await this.#readAgain())?.keys[vault];
    if (!key) throw new KeyGone("there is no key to this any more");
    const how = { name: CIPHER, iv: new Uint8Array(box, 0, NONCE), additionalData: UTF8.encode(place) };
    return crypto.subtle.decrypt(how, key, new Uint8Array(box, NONCE));
  }

  /** @param {string} place @param {Sealed} sealed @returns {Promise<string>} */
  async text(place, sealed) {
    return new TextDecoder().decode(await this.open(place, sealed));
  }

  /** The present key's name, for what is written together only while it is the present one. @returns {Promise<string>} */
  async name() {
    return (await this.#present()).current;
  }

  /**
   * Seal and write, once more when another tab has changed the key meanwhile.
   *
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async again(work) {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof KeyChanged)) throw error;
      }
    }
  }

  /** Take in the keys as they stand on the disk, read along with something else. @param {import("./store.js").Tables} t  with facts */
  async learn(t) {
    if (!this.#ring) this.#ring = (await t.facts.get(FACT))?.value ?? null;
  }

  /** See that a key is still the present one. @param {import("./store.js").Tables} t  with facts @param {string} name */
  async see(t, name) {
    if ((await t.facts.get(FACT))?.value.current === name) return;
    this.#ring = null;
    throw new KeyChanged("another tab has changed the key");
  }

  /** Make another key the present one; those before it still open what lies under them. @returns {Promise<string>} its name */
  async change() {
    const { current, keys } = await newRing();
    this.#ring = await this.store.write(["facts"], async (t) => {
      const before = (await t.facts.get(FACT))?.value;
      const ring = { current, keys: { ...before?.keys, ...keys } };
      await t.facts.put({ key: FACT, value: ring });
      return ring;
    });
    return current;
  }

  /**
   * Destroy keys: all, or all but the present one.
   *
   * @param {import("./store.js").Tables} t  with facts, in a transaction that writes
   * @param {boolean} keepPresent
   */
  async destroy(t, keepPresent) {
    const ring = (await t.facts.get(FACT))?.value;
    const left =
      keepPresent && ring ? { current: ring.current, keys: { [ring.current]: ring.keys[ring.current] } } : null;
    if (left) await t.facts.put({ key: FACT, value: left });
    else await t.facts.delete(FACT);
    this.#ring = null;
  }

  /** @returns {Promise<Ring>} */
  async #present() {
    const known = this.#ring ?? (await this.#readAgain());
    if (known) return known;
    const made = await newRing();
    // Two tabs may get here at once: the first key on disk is the present one.
    this.#ring = await this.store.write(["facts"], async (t) => {
      const first = await t.facts.get(FACT);
      if (first) return first.value;
      await t.facts.add({ key: FACT, value: made });
      return made;
    });
    return /** @type {Ring} */ (this.#ring);
  }

  /** @returns {Promise<Ring | null>} */
  async #readAgain() {
    this.#ring = (await this.store.fact(FACT)) ?? null;
    return this.#ring;
  }
}
