/**
 * The chain that makes this phone's log tamper-evident.
 *
 * Decides the exact bytes of an op that are hashed and how one link follows from the one before. Does not sign:
 * the key is device.js's. Pure. Invariant: sync/chain.py makes the same bytes; tests/js/chain.test.js holds vectors
 * made by the Python side.
 */

const UTF8 = new TextEncoder();

/**
 * Order two strings by code point. JavaScript's own order compares UTF-16 units and puts 𠮷 before ｶ.
 *
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
export function byCodePoint(a, b) {
  const left = [...a];
  const right = [...b];
  const shared = Math.min(left.length, right.length);
  for (let n = 0; n < shared; n += 1) {
    const difference = /** @type {number} */ (left[n].codePointAt(0)) - /** @type {number} */ (right[n].codePointAt(0));
    if (difference) return difference;
  }
  return left.length - right.length;
}

/**
 * Write a value as the text that is hashed and sent: keys sorted by code point, no white space, nothing escaped.
 *
 * Members that are undefined are left out. Throws TypeError for a number that is not a whole safe one, for text that
 * has no UTF-8 form (a lone surrogate) and for anything JSON cannot say.
 *
 * @param {any} value
 * @returns {string}
 */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError(`not a whole number: ${value}`);
    return String(value);
  }
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    return `{${names
      .sort(byCodePoint)
      .map((name) => `${quoted(name)}:${canonical(value[name])}`)
      .join(",")}}`;
  }
  throw new TypeError(`not JSON: ${typeof value}`);
}

/** @param {string} text */
function quoted(text) {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError("text with half a character");
  return JSON.stringify(text);
}

/**
 * Hash bytes.
 *
 * @param {BufferSource} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>} 32 bytes
 */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * Hash bytes, in lower-case hex: how the wire names a blob.
 *
 * @param {BufferSource} bytes
 * @returns {Promise<string>}
 */
export async function sha256Hex(bytes) {
  return toHex(await sha256(bytes));
}

/**
 * The link before a device's first op.
 *
 * @param {string} deviceId
 * @returns {Promise<string>} hex
 */
export async function chainStart(deviceId) {
  return sha256Hex(UTF8.encode(`fieldsvc/1${deviceId}`));
}

/**
 * The next link.
 *
 * @param {string} previous  hex
 * @param {string} text  the op's canonical text
 * @returns {Promise<string>} hex
 */
export async function chainNext(previous, text) {
  const both = new Uint8Array(64);
  both.set(fromHex(previous), 0);
  both.set(await sha256(UTF8.encode(text)), 32);
  return sha256Hex(both);
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string} hex
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromHex(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_unused, n) => parseInt(hex.slice(2 * n, 2 * n + 2), 16));
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} without padding
 */
export function toBase64Url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>} empty when it is not base64url
 */
export function fromBase64Url(text) {
  if (!/^[\w-]*$/.test(text)) return new Uint8Array(0);
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}
