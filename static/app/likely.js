/**
 * Who used this phone last and in which language, where it can be read without asking the disk.
 *
 * A guess, so that the databases are opened and the words fetched while the program itself is still being read: two openings
 * one after the other take a slow phone a tenth of a second. Decides nothing: who is here, and what they chose, stands in the
 * databases alone. Invariant: nothing is shown, and nothing is written, because of what stands here.
 */

const KEY = "fieldsvc-likely";

/** @typedef {{user?: string, locale?: string}} Likely */

/** @returns {Likely} */
export function likely() {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {Likely} change  without a user: nobody is here any more */
export function noteLikely(change) {
  try {
    const said = JSON.stringify({ ...likely(), ...change });
    if (said !== globalThis.localStorage?.getItem(KEY)) globalThis.localStorage?.setItem(KEY, said);
  } catch {
    // A browser that keeps nothing: it opens one after the other.
  }
}
