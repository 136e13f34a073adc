/**
 * The lifeboat: everything that is only on this phone, in one file that only the office's server can open.
 *
 * Decides what goes into the file and how it is sealed; how it leaves the phone is the screen's. Sends nothing and
 * changes nothing: the phone goes on as if there were no file, and the server knows each entry again. The form is in
 * docs/sync-protocol.md ("The lifeboat"). Invariant: no entry without the link before it and the signature behind it.
 */

import { filesToCarry, readFile } from "./blobs.js";
import { canonical, chainStart, toBase64Url } from "./chain.js";
import { unsentLogs } from "./custody.js";
import { enrolAgain, prove } from "./device.js";
import { localInstant } from "./log.js";
import { ApiProblem } from "./problems.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").LogRow} LogRow */
/** @typedef {import("./store.js").FileRow} FileRow */

/**
 * @typedef {object} Lifeboat
 * @property {File} file
 * @property {number} entries
 * @property {number} photos
 * @property {number} lost  photos whose bytes this phone no longer has whole
 * @property {number} left  photos for which there was no room in the file
 */

const FIRST_LINE = "fieldsvc-lifeboat/1";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const UTF8 = new TextEncoder();
/** As many entries as one sync request may hold. */
const STRETCH = 1_000;
/** The server takes 256 MiB; the rest is for the entries. */
const MOST_PHOTO_BYTES = 220 * 1024 * 1024;

/**
 * See that this phone has the key that seals lifeboats; asks for it where it never came. Needs the network only then.
 *
 * @param {Store} store
 * @param {import("./api.js").Api} api
 * @returns {Promise<void>} throws `no_lifeboat_key`
 */
export async function fetchKey(store, api) {
  if (await store.fact("lifeboat_key")) return;
  const device = await store.fact("device");
  try {
    if (device) await enrolAgain(store, api, device.id);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
  }
  if (!(await store.fact("lifeboat_key"))) throw new ApiProblem(0, "no_lifeboat_key");
}

/**
 * Put everything that the server is not known to hold into one sealed file.
 *
 * @param {Store} store
 * @returns {Promise<Lifeboat>}
 */
export async function makeLifeboat(store) {
  const { kid, ...key } = (await store.fact("lifeboat_key")) ?? {};
  if (!kid) throw new ApiProblem(0, "no_lifeboat_key");
  const logs = await unsentLogs(store);
  const { carried, left } = withRoom(await filesToCarry(store));
  const made_at = localInstant(new Date());
  const seal = await sealFor(kid, key);
  /** @type {BlobPart[]} */
  const parts = [seal.head];
  await add(parts, seal, UTF8.encode(await listOf(store, { made_at, logs, files: carried })), carried.length === 0);
  let lost = 0;
  for (const [n, { sha256 }] of carried.entries()) {
    const bytes = await readFile(store, sha256);
    if (typeof bytes === "string") lost += 1;
    await add(parts, seal, typeof bytes === "string" ? new ArrayBuffer(0) : bytes, n === carried.length - 1);
  }
  const code = (await store.fact("device"))?.code || "phone";
  const name = `${code}-${made_at.slice(0, 16).replace(/\D/g, "")}.lifeboat`;
  const file = new File(parts, name, { type: "application/octet-stream" });
  const entries = logs.reduce((sum, { rows }) => sum + rows.length, 0);
  return { file, entries, photos: carried.length - lost, lost, left };
}

/** The oldest first, as many as there is room for. @param {FileRow[]} files */
function withRoom(files) {
  let room = MOST_PHOTO_BYTES;
  const carried = files.filter(({ size }) => (room -= size) >= 0);
  return { carried, left: files.length - carried.length };
}

/**
 * The first frame. The entries stand in it as the very text that was hashed.
 *
 * @param {Store} store
 * @param {{made_at: string, logs: Awaited<ReturnType<typeof unsentLogs>>, files: FileRow[]}} what
 * @returns {Promise<string>}
 */
async function listOf(store, { made_at, logs, files }) {
  const told = [];
  for (const { device, after, before, rows } of logs) {
    const first = before ?? (after === 0 ? await chainStart(device) : null);
    const parts = first
      ? await stretches(store, after, first, rows)
      : // What came before is forgotten, so it was held for a month: the first entry's own link is the place to go on from.
        rows.length > 0 && (await stretches(store, rows[0].seq, rows[0].chain, rows.slice(1)));
    if (parts) told.push(`{"device":${canonical(device)},"stretches":[${parts.join(",")}]}`);
  }
  const listed = files.map(({ sha256, size, type, op }) => canonical({ sha256, size, type, op }));
  return `{"files":[${listed.join(",")}],"logs":[${told.join(",")}],"made_at":${canonical(made_at)}}`;
}

/**
 * @param {Store} store @param {number} after @param {string} before @param {LogRow[]} rows
 * @returns {Promise<string[]>}
 */
async function stretches(store, after, before, rows) {
  const told = [];
  let [seq, link] = [after, before];
  for (let n = 0; n === 0 || n < rows.length; n += STRETCH) {
    const part = rows.slice(n, n + STRETCH);
    const end = part.at(-1)?.chain ?? link;
    const proof = canonical(await prove(store, end));
    const ops = part.map((row) => row.text).join(",");
    told.push(`{"after":${seq},"before":${canonical(link)},"ops":[${ops}],"proof":${proof}}`);
    [seq, link] = [part.at(-1)?.seq ?? seq, end];
  }
  return told;
}

/**
 * Agree on a key that only the server can find again: half of a pair made for this file, and the server's half.
 *
 * @param {string} kid
 * @param {JsonWebKey} theirs
 */
async function sealFor(kid, { kty, crv, x, y }) {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const server = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, pair.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: point, info: UTF8.encode(FIRST_LINE) };
  const key = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const head = UTF8.encode(`${FIRST_LINE}\n${canonical({ ephemeral: toBase64Url(point), key: kid })}\n`);
  return { key, head, frames: 0 };
}

/**
 * Seal one frame. Its number and whether it is the last one are in the nonce, so that none can be left out or moved.
 *
 * @param {BlobPart[]} parts
 * @param {{key: CryptoKey, head: Uint8Array<ArrayBuffer>, frames: number}} seal
 * @param {ArrayBuffer | Uint8Array<ArrayBuffer>} content
 * @param {boolean} isLast
 */
async function add(parts, seal, content, isLast) {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setUint32(4, seal.frames);
  iv[11] = isLast ? 1 : 0;
  seal.frames += 1;
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: seal.head }, seal.key, content);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, sealed.byteLength);
  // A Blob of each frame lets the browser put a large file together outside of this page's memory.
  parts.push(length, new Blob([sealed]));
}
