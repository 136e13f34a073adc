/**
 * Finds visits by what a technician types: name, address, account, meter serial, or pinyin initials.
 *
 * Pure. Initials come from the browser's own pinyin order of characters: a character sounds like the last of the
 * marker characters that stands before it. No table is carried. Where that order is missing, initials find nothing.
 */

const MARKERS = "吖八嚓咑妸发旮哈丌咔垃妈拿喔妑七然仨他挖夕丫帀";
const INITIALS = "abcdefghjklmnopqrstwxyz";
/** Made at the first search: the browser loads the whole order for it. @type {Intl.Collator | null} */
let order = null;
/** What was found before; comparing is slow, and names share their characters. @type {Map<string, string>} */
const known = new Map();

/**
 * The initials of the pinyin of a text; what is no Chinese character is left out.
 *
 * @param {string} text
 * @returns {string}
 */
export function initialsOf(text) {
  let initials = "";
  for (const character of text) {
    const initial = known.get(character) ?? initialOf(character);
    known.set(character, initial);
    initials += initial;
  }
  return initials;
}

/** @param {string} character */
function initialOf(character) {
  if (!/\p{Script=Han}/u.test(character)) return "";
  order ??= new Intl.Collator("zh-Hans-CN-u-co-pinyin");
  let at = -1;
  for (const marker of MARKERS) {
    if (order.compare(marker, character) > 0) break;
    at += 1;
  }
  return INITIALS[at] ?? "";
}

/**
 * Whether a visit is meant by what was typed: each word must be found somewhere in it.
 *
 * @param {any} visit
 * @param {string} typed
 * @returns {boolean}
 */
export function isMeant(visit, typed) {
  const { customer } = visit;
  const room = [customer.building, customer.unit, customer.room].filter(Boolean).join("-");
  const serials = (visit.meters ?? []).map((/** @type {any} */ meter) => meter.serial);
  const texts = [
    customer.name,
    customer.district,
    customer.address,
    room,
    customer.account,
    customer.phone,
    visit.number,
    ...serials,
  ];
  const where = texts.filter(Boolean).join("\n").toLowerCase();
  const initials = initialsOf(customer.name ?? "") + "\n" + initialsOf(customer.address ?? "");
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => where.includes(word) || (/^[a-z]+$/.test(word) && initials.includes(word)));
}
