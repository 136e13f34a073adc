/**
 * What a code says, and which visits on this phone it means.
 *
 * Pure. A code is a notice's address, a meter's sticker, or a number: of a visit, a notice, an account. Nothing of it
 * is opened or sent. Invariant: an address that is not ours is never followed as a notice; the meter's number is still
 * looked for in it, since makers print their own addresses on their meters.
 */

/**
 * @typedef {{kind: "notice", lookup: string}
 *   | {kind: "page"}
 *   | {kind: "foreign", host: string, text: string}
 *   | {kind: "number", text: string}} Meaning
 */

const SCHEME = /^https?:\/\//i;
const BARE_ADDRESS = /^(localhost|[\w-]+(\.[\w-]+)+)(:\d+)?\/\S*$/i;
const NOTICE_PATH = /^\/n\/([\w-]{8,80})(\.pdf)?\/?$/;
const SHORTEST_PART = 6;
const SHORTEST_ENDING = 4;

/**
 * Read a code.
 *
 * @param {string} code  as it was scanned or typed
 * @param {string[]} bases  our own addresses: what notices print, and where the app came from
 * @returns {Meaning}
 */
export function meaningOf(code, bases) {
  const text = code.normalize("NFKC").trim();
  const address = urlIn(text);
  if (!address) return { kind: "number", text };
  const ours = bases.map(urlIn).filter((base) => base?.host === address.host);
  if (!ours.length) return { kind: "foreign", host: address.host, text };
  for (const base of ours) {
    const prefix = base?.pathname.replace(/\/$/, "") ?? "";
    const found = address.pathname.startsWith(prefix) && NOTICE_PATH.exec(address.pathname.slice(prefix.length));
    if (found) return { kind: "notice", lookup: found[1] };
  }
  return { kind: "page" };
}

/** @param {string} text @returns {URL | null} */
function urlIn(text) {
  const whole = SCHEME.test(text) ? text : BARE_ADDRESS.test(text) ? `https://${text}` : "";
  try {
    return whole ? new URL(whole) : null;
  } catch {
    return null;
  }
}

/**
 * The visits that a code means, those still to do first. A number is first taken whole or as one part of a sticker's
 * text; where that finds nothing, what a person typed may be the end of a number.
 *
 * @param {any[]} visits
 * @param {Meaning} meaning
 * @param {{typed?: boolean}} [how]
 * @returns {any[]}
 */
export function visitsOf(visits, meaning, { typed = false } = {}) {
  const known = visits.filter((visit) => visit.state !== "cancelled");
  return matches(known, meaning, typed).toSorted(
    (a, b) => Number(Boolean(a.outcome)) - Number(Boolean(b.outcome)) || dayOf(a).localeCompare(dayOf(b)),
  );
}

/** @param {any[]} visits @param {Meaning} meaning @param {boolean} typed @returns {any[]} */
function matches(visits, meaning, typed) {
  if (meaning.kind === "page") return [];
  if (meaning.kind === "notice") return visits.filter((visit) => visit.lookup === meaning.lookup);
  const wanted = partsOf(meaning.text);
  if (meaning.kind === "foreign") {
    return visits.filter((visit) => serialsOf(visit).some((serial) => wanted.has(plain(serial))));
  }
  const exact = visits.filter(
    (visit) =>
      visit.lookup === meaning.text ||
      numbersOf(visit).some((number) => wanted.has(plain(number))) ||
      isLineOfNotice(visit, meaning.text),
  );
  const ending = plain(meaning.text);
  if (exact.length || !typed || ending.length < SHORTEST_ENDING) return exact;
  return visits.filter((visit) => numbersOf(visit).some((number) => plain(number).endsWith(ending)));
}

/** Whether one of the codes that were scanned names this meter. @param {string[]} texts @param {string} serial */
export function namesMeter(texts, serial) {
  return Boolean(serial) && texts.some((text) => partsOf(text).has(plain(serial)));
}

/** The whole text and each longer part of it: stickers print the maker, the type and the date beside the number. @param {string} text */
function partsOf(text) {
  const parts = text.split(/[^\p{L}\p{N}-]+/u).map(plain);
  return new Set([plain(text), ...parts.filter((part) => part.length >= SHORTEST_PART)].filter(Boolean));
}

/** A number without what people leave out or put in: spaces, dashes, capitals. @param {string} text */
function plain(text) {
  return text
    .normalize("NFKC")
    .replace(/[\s\p{P}]/gu, "")
    .toUpperCase();
}

/** A notice numbers its hazards behind its own number. @param {any} visit @param {string} text */
function isLineOfNotice(visit, text) {
  const written = text.toUpperCase();
  return (visit.notices ?? []).some((/** @type {any} */ notice) =>
    written.startsWith(`${String(notice.number).toUpperCase()}-`),
  );
}

/** @param {any} visit @returns {string[]} */
function serialsOf(visit) {
  return (visit.meters ?? []).map((/** @type {any} */ meter) => meter.serial).filter(Boolean);
}

/** @param {any} visit @returns {string[]} */
function numbersOf(visit) {
  const notices = (visit.notices ?? []).map((/** @type {any} */ notice) => notice.number);
  return [visit.number, visit.customer?.account, ...notices, ...serialsOf(visit)].filter(Boolean);
}

/** @param {any} visit @returns {string} */
function dayOf(visit) {
  return visit.planned?.date ?? visit.start?.at ?? "";
}
