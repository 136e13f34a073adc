/**
 * The server as the phone sees it: the only module that calls fetch.
 *
 * Decides time limits, the headers of every call and what counts as an answer: a page of a Wi-Fi gate or a proxy is
 * not one (`not_ours`). Decides nothing about repeating. Invariant: every call ends, in an answer or an ApiProblem;
 * a problem document's `code` is passed on as it is. See docs/sync-protocol.md.
 */

import { ApiProblem } from "./problems.js";
import { isReceipt } from "./receipt.js";

const SHORT = 20_000;
const LONG = 90_000;
const TUS = { "Tus-Resumable": "1.0.0" };

/** @typedef {{method?: string, headers?: Record<string, string>, body?: BodyInit, limit?: number}} Call */

export class Api {
  /** @param {string} [origin]  empty: where the app came from */
  constructor(origin = "") {
    this.origin = origin;
  }

  /**
   * @param {string} username
   * @param {string} password
   * @param {string} [code]  of the second factor
   * @returns {Promise<{user: import("./app.js").User}>}
   */
  login(username, password, code) {
    return this.#json("/api/v1/login", post({ username, password, ...(code && { code }) }));
  }

  /** @returns {Promise<unknown>} */
  logout() {
    return this.#send("/api/v1/logout", post({}));
  }

  /** @returns {Promise<{user: import("./app.js").User, server_time: string}>} */
  me() {
    return this.#json("/api/v1/me", { limit: 8_000 });
  }

  /**
   * @param {{id: string, name: string, public_key: object}} device
   * @returns {Promise<{device: any, code: string, epoch: string, acked_seq: number, receipt_key?: import("./receipt.js").ReceiptKey, lifeboat_key?: import("./receipt.js").ReceiptKey}>}
   */
  enrol(device) {
    return this.#json("/api/v1/devices", post(device));
  }

  /**
   * One exchange. The ops travel as the very text that was hashed; of `files` the receipt says which are held.
   *
   * @param {{
   *   device: string, cursor: string | null, ops: string[], proof?: {chain: string, sig: string}, files: string[],
   *   limit: number,
   * }} what
   * @returns {Promise<SyncAnswer>}
   */
  async sync({ device, cursor, ops, proof, files, limit }) {
    const head = JSON.stringify({ protocol: 1, device, cursor, files, limit, ...(proof && { proof }) });
    const answer = await this.#json("/api/v1/sync", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: `${head.slice(0, -1)},"ops":[${ops.join(",")}]}`,
      limit: LONG,
    });
    if (!isReceipt(answer.receipt) || !Array.isArray(answer.visits)) throw new ApiProblem(0, "not_ours");
    return answer;
  }

  /**
   * @param {string | null} etag  of the catalogue we have
   * @returns {Promise<{etag: string, document: Record<string, any>} | null>} null: unchanged
   */
  async catalog(etag) {
    const response = await this.#send("/api/v1/catalog", {
      headers: etag ? { "If-None-Match": etag } : {},
      limit: LONG,
    });
    if (response.status === 304) return null;
    return { etag: response.headers.get("ETag") ?? "", document: await parsed(response) };
  }

  /**
   * The words of the app in one language; from the service worker's store when there is no network.
   *
   * @param {string} locale
   * @returns {Promise<{locale: string, plural: string, messages: Record<string, string | string[]>}>}
   */
  messages(locale) {
    return this.#json(`/app/messages/${locale}.json`, { limit: 8_000 });
  }

  /**
   * Announce a blob (tus creation).
   *
   * @param {string} sha256
   * @param {string} type
   * @param {number} size
   * @returns {Promise<number>} how much of it the server has already, bytes
   */
  async createBlob(sha256, type, size) {
    const metadata = `sha256 ${btoa(sha256)},type ${btoa(type)}`;
    const headers = { ...TUS, "Upload-Length": String(size), "Upload-Metadata": metadata };
    const made = await this.#send("/api/v1/blobs", { method: "POST", headers });
    // Our server says the offset at once; tus itself asks for it.
    return made.headers.has("Upload-Offset") ? offsetOf(made) : this.blobOffset(sha256);
  }

  /**
   * How much of a blob the server has.
   *
   * @param {string} sha256
   * @returns {Promise<number>} bytes
   */
  async blobOffset(sha256) {
    return offsetOf(await this.#send(`/api/v1/blobs/${sha256}`, { method: "HEAD", headers: TUS }));
  }

  /**
   * Send one piece.
   *
   * @param {string} sha256
   * @param {number} offset
   * @param {ArrayBuffer} piece
   * @returns {Promise<number>} the new offset
   */
  async patchBlob(sha256, offset, piece) {
    const headers = { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    return offsetOf(
      await this.#send(`/api/v1/blobs/${sha256}`, { method: "PATCH", headers, body: piece, limit: LONG }),
    );
  }

  /**
   * @param {string} sha256
   * @returns {Promise<Blob>}
   */
  async blob(sha256) {
    return (await this.#send(`/api/v1/blobs/${sha256}`, { limit: LONG })).blob();
  }

  /** The signed file of a paper. @param {string} id @returns {Promise<Blob>} */
  async paper(id) {
    return (await this.#send(`/api/v1/notices/${id}.pdf`, { limit: LONG })).blob();
  }

  /**
   * @param {string} path
   * @param {Call} call
   * @returns {Promise<any>}
   */
  async #json(path, call) {
    return parsed(await this.#send(path, call));
  }

  /**
   * @param {string} path
   * @param {Call} call
   * @returns {Promise<Response>}
   */
  async #send(path, { method = "GET", headers = {}, body, limit = SHORT }) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), limit);
    try {
      const response = await fetch(this.origin + path, {
        method,
        headers: { ...(method === "GET" ? {} : { "X-Fieldsvc": "1" }), ...headers },
        body,
        credentials: "same-origin",
        cache: path.startsWith("/app/") ? "default" : "no-store",
        signal: stop.signal,
      });
      if (response.ok || response.status === 304) return await whole(response);
      throw await problem(response);
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      throw new ApiProblem(0, "no_answer", String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * @typedef {object} SyncAnswer
 * @property {string} epoch
 * @property {{id: string, seq: number, status: string, code?: string, detail?: string, fields?: string[]}[]} results
 * @property {number} acked_seq
 * @property {Record<string, any>[]} visits
 * @property {string[]} gone
 * @property {string} cursor
 * @property {boolean} more
 * @property {string} catalog
 * @property {string} server_time
 * @property {import("./receipt.js").Receipt} receipt
 */

/**
 * @param {object} content
 * @returns {Call}
 */
function post(content) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
}

/**
 * Read the body inside the time limit, so that a server that stops in mid-answer ends the call too.
 *
 * @param {Response} response
 * @returns {Promise<Response>}
 */
async function whole(response) {
  if (response.status === 204 || response.status === 304) return response;
  const { status, statusText, headers } = response;
  return new Response(await response.arrayBuffer(), { status, statusText, headers });
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function parsed(response) {
  try {
    const value = await response.json();
    if (value && typeof value === "object") return value;
  } catch (error) {
    throw new ApiProblem(0, "not_ours", String(error));
  }
  throw new ApiProblem(0, "not_ours");
}

/**
 * @param {Response} response
 * @returns {Promise<ApiProblem>}
 */
async function problem(response) {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  const body = isProblem ? await response.json() : {};
  const found = new ApiProblem(response.status, body.code ?? codeOf(response.status), body.detail, body);
  const wait = Number(response.headers.get("Retry-After"));
  if (Number.isFinite(wait) && wait > 0) found.retryAfter = wait;
  return found;
}

/** @param {number} status */
function codeOf(status) {
  if (status === 401) return "login_required";
  if (status === 413) return "too_large";
  if (status === 429) return "too_many_attempts";
  return status >= 500 ? "unavailable" : `http_${status}`;
}

/** @param {Response} response */
function offsetOf(response) {
  const offset = Number(response.headers.get("Upload-Offset") ?? NaN);
  if (!Number.isSafeInteger(offset)) throw new ApiProblem(0, "not_ours");
  return offset;
}
