/**
 * Custody receipts: the server's signed word that it holds this phone's log up to a number, and these files.
 *
 * Decides whether a receipt is genuine and speaks of this phone's own log. Does not decide what is sent again
 * (exchange.js). Invariant: "safe on the server" is said from a receipt that was checked here, and from nothing else.
 */

import { canonical, chainStart, fromBase64Url } from "./chain.js";

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

/**
 * Say whether a receipt speaks of this very log: its last link is the one we computed.
 *
 * @param {import("./store.js").Store} store
 * @param {Receipt} receipt
 * @returns {Promise<boolean>}
 */
export async function isOfThisLog(store, { device, acked_seq, chain }) {
  const own = await store.fact("device");
  if (own?.id !== device) return false;
  if (acked_seq === 0) return chain === (await chainStart(device));
  const row = await store.read(["log"], (t) => t.log.where("[device+seq]").equals([device, acked_seq]).first());
  return row?.chain === chain;
}
