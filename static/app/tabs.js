/**
 * The app open in several tabs: one sends, the others know how far it has got.
 *
 * Decides whose turn it is (Web Locks, lesson 7) and what a tab tells the others. Knows nothing of what is sent. A tab
 * that the system froze in the middle of sending would keep the lock for ever, so after two silent minutes it is taken
 * from it. Invariant: sending twice at once can only come of that, and is harmless: a repeat is a duplicate.
 */

const LOCK = "fieldsvc-sender";
const FROZEN_MS = 120_000;

/**
 * What one tab tells the others.
 *
 * @typedef {{what: "changed" | "cleared" | "done" | "left", sending: boolean, sent: number}} News
 */

export class Tabs {
  /** Another tab is sending. */
  sendingElsewhere = false;
  /** Since when another tab has held the lock without a sign of life; ms. */
  #silentSince = Infinity;
  /** @type {BroadcastChannel | null} */
  #channel = null;

  /**
   * @param {string} name  of the user's database: tabs of two users have nothing to say to each other
   * @param {(news: News) => void} heard
   */
  constructor(name, heard) {
    if (!globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel(`${LOCK}-${name}`);
    this.#channel.onmessage = ({ data }) => {
      this.#silentSince = Infinity;
      this.sendingElsewhere = data.sending;
      heard(data);
    };
  }

  /** @param {News} news */
  tell(news) {
    this.#channel?.postMessage(news);
  }

  close() {
    this.#channel?.close();
    this.#channel = null;
  }

  /**
   * Do something unless another tab is at it.
   *
   * @param {() => Promise<void>} work
   * @returns {Promise<boolean>} whether it was our turn
   */
  async alone(work) {
    const locks = globalThis.navigator?.locks;
    if (!locks) return work().then(() => true);
    const steal = Date.now() - this.#silentSince > FROZEN_MS;
    try {
      return await locks.request(LOCK, steal ? { steal } : { ifAvailable: true }, async (lock) => {
        this.sendingElsewhere = lock === null;
        this.#silentSince = lock ? Infinity : Math.min(this.#silentSince, Date.now());
        if (lock) await work();
        return lock !== null;
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return false; // taken from us: we were frozen
      throw error;
    }
  }
}
