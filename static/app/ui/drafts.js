/**
 * Half-typed text and half-filled sheets, kept on the phone's disk.
 *
 * Decides nothing about their meaning. A draft is read once and then held in memory; every change goes to the disk
 * at once, so a camera that restarts the app costs nothing (lesson 16). Invariant: `get` answers without waiting;
 * `ready` says whether the disk has been asked.
 */

export class Drafts {
  /**
   * @param {{draft: (key: string) => Promise<any>, setDraft: (key: string, value: any) => Promise<any>}} app
   * @param {() => void} onChange
   */
  constructor(app, onChange) {
    this.app = app;
    this.onChange = onChange;
    /** @type {Map<string, any>} */
    this.held = new Map();
    /** @type {Set<string>} */
    this.asked = new Set();
    /** @type {Promise<unknown>} */
    this.writing = Promise.resolve();
  }

  /** Whether the draft has been read from the disk. @param {string} key */
  ready(key) {
    if (this.held.has(key)) return true;
    if (!this.asked.has(key)) {
      this.asked.add(key);
      void this.read(key);
    }
    return false;
  }

  /** @param {string} key */
  async read(key) {
    await this.lookUp(key);
    this.onChange();
  }

  /** The same for one that nothing is drawn from yet. @param {string} key */
  async lookUp(key) {
    const { held } = this;
    this.asked.add(key);
    const value = await this.app.draft(key).catch(() => undefined);
    if (!held.has(key)) held.set(key, value ?? null);
  }

  /**
   * The draft as it is known now.
   *
   * @template T
   * @param {string} key
   * @param {T} fallback
   * @returns {T}
   */
  get(key, fallback) {
    this.ready(key);
    return this.held.get(key) ?? fallback;
  }

  /** @param {string} key @param {any} value */
  set(key, value) {
    this.note(key, value);
    this.onChange();
  }

  /** The same for one that nothing is drawn from. @param {string} key @param {any} value */
  note(key, value) {
    this.held.set(key, value);
    // A draft that cannot be kept on the disk still lives in memory; what is recorded goes through the log.
    this.writing = Promise.allSettled([this.writing, this.app.setDraft(key, value)]);
  }

  /** Resolved when what was set so far is on the disk, or could not be kept there. */
  async onDisk() {
    await this.writing;
  }

  /** Somebody else's are read from now on; on the disk nothing changes. */
  forget() {
    this.held = new Map(); // a reading under way ends in the former's
    this.asked = new Set();
  }

  /** @param {string} key */
  drop(key) {
    this.set(key, null);
  }
}
