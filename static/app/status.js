/**
 * The one line that says how far sending has got.
 *
 * Decides which of five states the figures and the last error amount to. Pure. Invariant: *all sent* is shown only when
 * nothing is left on this phone alone.
 */

/**
 * @typedef {object} SyncStatus
 * @property {"sent" | "waiting" | "sending" | "offline" | "needs_you"} state
 * @property {number} waiting  entries and photos that are only on this phone
 * @property {number} photos  photos among them
 * @property {number} failed  photos among those that a person must take again
 * @property {number} sent  of `total`, since everything was last sent
 * @property {number} total
 * @property {string | null} errorCode
 * @property {number | null} lastSyncAt  ms
 * @property {boolean} missedLogin  sending waits for the password
 */

/** @type {Readonly<SyncStatus>} */
export const NOTHING_TO_SEND = Object.freeze({
  state: "sent",
  waiting: 0,
  photos: 0,
  failed: 0,
  sent: 0,
  total: 0,
  errorCode: null,
  lastSyncAt: null,
  missedLogin: false,
});

/** Errors that pass by themselves: the server is in trouble, or asks to wait. */
const PASSING = ["unavailable", "internal", "too_many_attempts"];
/** There was no network, or something else answered: calm and grey, not an alarm. */
const NO_NETWORK = ["no_answer", "not_ours"];

/**
 * Give the state that the chip shows.
 *
 * @param {SyncStatus} status
 * @param {{running: boolean, online: boolean}} now
 * @returns {SyncStatus["state"]}
 */
export function stateOf({ waiting, failed, errorCode, missedLogin }, { running, online }) {
  if (!online) return "offline";
  if (running && waiting > failed && !missedLogin) return "sending";
  if (missedLogin || failed) return "needs_you";
  if (errorCode && NO_NETWORK.includes(errorCode)) return "offline";
  if (errorCode && !PASSING.includes(errorCode)) return "needs_you";
  return waiting ? "waiting" : "sent";
}
