/**
 * The check before setting out: is this phone fit for a day without a network? Pure.
 *
 * Decides what counts as fine, as wrong and as not to be known from what the phone knows of itself; neither gathers nor
 * words it. Invariant: nothing is called fine that was not looked at: what only the server can say is `unknown` as long
 * as it has not answered.
 */

/**
 * @typedef {object} Clock  How far this phone's clock was from the server's.
 * @property {number} ahead  ms; negative: behind
 * @property {number} slack  ms by which that may be out: half of what the answer took
 * @property {number} at  ms, by this phone's clock
 *
 * @typedef {object} Facts
 * @property {number} now  ms, by this phone's clock
 * @property {string} today  the company's day
 * @property {boolean} answered  the server has answered since the check began
 * @property {boolean} missedLogin  the server wants the password
 * @property {number} visits  planned for today, on this phone
 * @property {number | null} loadedAt  ms; when the server was last asked for visits
 * @property {string} loadedDay  the company's day of that
 * @property {"made" | "not_made" | "not_kept"} photo  what came of a picture that was tried
 * @property {{usage: number, quota: number, persisted: boolean}} room  bytes; quota 0: the browser does not say
 * @property {Clock | null} clock
 * @property {"kept" | "coming" | "none" | "off"} shell  whether the app will open without a network; off: no phone's shall
 * @property {"ready" | "waits" | null} update  a newer version; waits: until what is open is finished
 *
 * @typedef {"login" | "visits" | "photos" | "room" | "promise" | "clock" | "offline_app" | "version"} Subject
 * @typedef {object} Finding
 * @property {Subject} subject
 * @property {"fine" | "wrong" | "unknown"} state
 * @property {string} [why]  where one subject can be wrong, or unknown, in two ways
 */

/** A day of sixty visits with six photos each, and then some. */
export const ROOM_FOR_A_DAY = 150 * 1024 * 1024;
const CLOCK_TOLERANCE_MS = 120_000;
/** A clock that was right this long ago may have been set since. */
const CLOCK_HOLDS_MS = 12 * 3_600_000;

/**
 * Compare this phone's clock with the server's. The answer was made somewhere between the asking and the hearing.
 *
 * @param {number} askedAt  ms
 * @param {number} heardAt  ms
 * @param {string} serverTime  the instant as the server said it
 * @returns {Clock | null} null: nothing can be said, for the clock was set meanwhile
 */
export function compareClocks(askedAt, heardAt, serverTime) {
  const theirs = Date.parse(serverTime);
  if (Number.isNaN(theirs) || heardAt < askedAt) return null;
  return { ahead: (askedAt + heardAt) / 2 - theirs, slack: (heardAt - askedAt) / 2, at: heardAt };
}

/**
 * Judge everything, in the order in which a person would put it right.
 *
 * @param {Facts} facts
 * @returns {Finding[]}
 */
export function judge(facts) {
  return [
    login(facts),
    visits(facts),
    photos(facts),
    room(facts),
    promise(facts),
    clock(facts),
    offlineApp(facts),
    version(facts),
  ];
}

/**
 * @param {Finding[]} findings
 * @returns {"fine" | "wrong" | "unknown"}
 */
export function inAll(findings) {
  if (findings.some(({ state }) => state === "wrong")) return "wrong";
  return findings.some(({ state }) => state === "unknown") ? "unknown" : "fine";
}

/** @param {Facts} facts @returns {Finding} */
function login({ missedLogin, answered }) {
  return { subject: "login", state: missedLogin ? "wrong" : answered ? "fine" : "unknown" };
}

/** @param {Facts} facts @returns {Finding} */
function visits({ loadedAt, loadedDay, today, visits: planned }) {
  if (loadedAt === null) return { subject: "visits", state: "wrong", why: "never" };
  if (loadedDay === today) return { subject: "visits", state: "fine" };
  return planned ? { subject: "visits", state: "unknown" } : { subject: "visits", state: "wrong", why: "old" };
}

/** @param {Facts} facts @returns {Finding} */
function photos({ photo }) {
  return photo === "made" ? { subject: "photos", state: "fine" } : { subject: "photos", state: "wrong", why: photo };
}

/** @param {Facts} facts @returns {Finding} */
function room({ room: { usage, quota } }) {
  if (!quota) return { subject: "room", state: "unknown" };
  return { subject: "room", state: quota - usage < ROOM_FOR_A_DAY ? "wrong" : "fine" };
}

/** @param {Facts} facts @returns {Finding} */
function promise({ room: { persisted } }) {
  return { subject: "promise", state: persisted ? "fine" : "wrong" };
}

/** @param {Facts} facts @returns {Finding} */
function clock({ clock: compared, now }) {
  if (!compared) return { subject: "clock", state: "unknown", why: "never" };
  const { ahead, slack, at } = compared;
  if (now < at - CLOCK_TOLERANCE_MS) return { subject: "clock", state: "wrong", why: "set_back" };
  const off = Math.abs(ahead);
  if (off - slack > CLOCK_TOLERANCE_MS) return { subject: "clock", state: "wrong", why: "off" };
  if (off + slack > CLOCK_TOLERANCE_MS) return { subject: "clock", state: "unknown", why: "slow" };
  if (now - at > CLOCK_HOLDS_MS) return { subject: "clock", state: "unknown", why: "old" };
  return { subject: "clock", state: "fine" };
}

/** @param {Facts} facts @returns {Finding} */
function offlineApp({ shell }) {
  if (shell === "none" || shell === "off") return { subject: "offline_app", state: "wrong", why: shell };
  return { subject: "offline_app", state: shell === "kept" ? "fine" : "unknown" };
}

/** @param {Facts} facts @returns {Finding} */
function version({ update, answered }) {
  if (update) return { subject: "version", state: update === "ready" ? "wrong" : "unknown", why: update };
  return { subject: "version", state: answered ? "fine" : "unknown" };
}
