/**
 * Custody receipts: the server's signed word that it holds this phone's log up to a number, and these files.
 *
 * Decides whether a receipt is genuine. Whether it speaks of this phone's own log, and what then counts as held, is
 * custody.js's. Invariant: "safe on the server" is said from a receipt that was checked here, and from nothing else.
 */

import { canonical, fromBase64Url } from "./chain.js";

/**
 * @typedef {object} Receipt
 * @property {string} device
 * @property {string} epoch
 * @property {number} acked_seq
 * @property {string} chain  hex, after the last op the server holds
 * @property {string[]} files  digests, of those asked about
 * @property {string} at
 * @property {string} key  which key signed
 * @property {string} sig
 *
 * @typedef {JsonWebKey & {kid: string}} ReceiptKey
 */

const MEMBERS = /** @type {const} */ (["device", "epoch", "acked_seq", "chain", "files", "at", "key"]);
const HOW = { name: "ECDSA", hash: "SHA-256" };

/**
 * Say whether something has the shape of a receipt; no more than that.
 *
 * @param {any} value
 * @returns {boolean}
 */
export function isReceipt(value) {
  const texts = [value?.device, value?.epoch, value?.chain, value?.key, value?.sig];
  return (
    texts.every((text) => typeof text === "string") &&
    Number.isSafeInteger(value.acked_seq) &&
    Array.isArray(value.files)
  );
}

/**
 * Say whether a receipt is signed with the key this phone was given when it enrolled.
 *
 * @param {Receipt} receipt
 * @param {ReceiptKey} key
 * @returns {Promise<boolean>}
 */
export async function isGenuine(receipt, key) {
  if (receipt.key !== key.kid) return false;
  const { kty, crv, x, y } = key;
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const publicKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, curve, false, ["verify"]);
  const signed = Object.fromEntries(MEMBERS.map((member) => [member, receipt[member]]));
  const sig = fromBase64Url(String(receipt.sig));
  return crypto.subtle.verify(HOW, publicKey, sig, new TextEncoder().encode(canonical(signed)));
}
