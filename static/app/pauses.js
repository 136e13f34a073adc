/**
 * How long this phone waits before it asks the server again.
 *
 * Decides the pauses after failures: doubling, bounded, and half of each left to chance, so that a thousand phones do not
 * come back to a restarted server in the same second. Pure. Invariant: never sooner than the server asked for, never
 * longer than LONGEST_MS unless it did.
 */

export const FIRST_MS = 2_000;
export const LONGEST_MS = 300_000;

/**
 * The pause after so many failures in a row.
 *
 * @param {number} failures  1 or more
 * @param {number | null} retryAfter  seconds the server asked for
 * @param {number} chance  from 0 up to 1
 * @returns {number} ms
 */
export function pauseAfter(failures, retryAfter, chance) {
  const doubled = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(doubled / 2 + (chance * doubled) / 2, (retryAfter ?? 0) * 1000);
}
