/**
 * A small server that speaks the sync contract over real HTTP, with faults on order.
 *
 * It checks sequence, chain and signature as the contract says, and keeps everything in memory. Visits hold their notes
 * only: what the merge makes of other kinds is tested elsewhere. `trouble(call, fault)` breaks the next such call.
 */

import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { createServer } from "node:http";

/** @param {string | Buffer} bytes */
const sha = (bytes) => createHash("sha256").update(bytes).digest();

/** @param {any} value @returns {any} the same with sorted keys (ASCII keys only: enough here) */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/**
 * A receipt as the server signs it.
 *
 * @param {import("node:crypto").KeyObject} privateKey
 * @param {{device: string, epoch: string, acked_seq: number, chain: string, files: string[], key: string}} told
 */
export function signedReceipt(privateKey, told) {
  const whole = { ...told, at: "2026-11-21T09:00:00+08:00" };
  const sig = sign("sha256", Buffer.from(JSON.stringify(sorted(whole))), {
    key: privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return { ...whole, sig: sig.toString("base64url") };
}

export class ContractServer {
  epoch = "epoch-1";
  version = 0;
  catalogEtag = '"c1"';
  /** @type {number | undefined} */
  edition = undefined;
  loggedIn = true;
  /** Who logs in next. */
  user = { id: "u1", name: "李检", username: "inspector", roles: ["technician"], locale: "zh-Hans" };
  /** @type {Map<string, {key: any, log: string[], revoked: boolean, user: string}>} */
  devices = new Map();
  /** @type {Map<string, any>} */
  visits = new Map();
  /** @type {Map<string, string>} op id → kind, of everything ever stored */
  stored = new Map();
  /** @type {Map<string, {size: number, bytes: Buffer}>} */
  blobs = new Map();
  /** @type {{call: string, fault: any}[]} */
  troubles = [];
  /** @type {{call: string, status: number | string, body: any}[]} every call and what it got */
  calls = [];
  mostOps = 1000;
  /** Devices of which it takes nothing and says nothing. @type {Set<string>} */
  refuses = new Set();
  receiptKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  kid = "r1";
  lifeboatKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  /** A server from before there were lifeboats gives no key for them. */
  givesLifeboatKey = true;
  /** What a dishonest server changes in a receipt after signing. @type {object} */
  forged = {};
  /** @type {import("node:http").Server} */
  http = createServer((request, response) => {
    this.#handle(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });

  async listen() {
    await new Promise((resolve) => this.http.listen(0, "127.0.0.1", () => resolve(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.http.address());
    return `http://127.0.0.1:${port}`;
  }

  close() {
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(() => resolve(undefined)));
  }

  /** @param {string} id @param {object} [more] */
  plan(id, more = {}) {
    this.version += 1;
    this.visits.set(id, { id, version: this.version, notes: [], signatures: {}, missing_blobs: [], ...more });
  }

  /**
   * Break the next call: `lose_answer` (done, but the phone never hears of it), `no_answer` (not even done), a status,
   * or a problem `{status, code, …}`.
   *
   * @param {string} call  such as `POST /api/v1/sync`
   * @param {any} fault
   */
  trouble(call, fault) {
    this.troubles.push({ call, fault });
  }

  /** @param {string} call */
  count(call) {
    return this.calls.filter((one) => one.call === call).length;
  }

  /** @returns {string[]} ids of all ops that any device has stored */
  get opIds() {
    return [...this.stored.keys()];
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async #handle(request, response) {
    const call = `${request.method} ${request.url?.replace(/\/blobs\/[0-9a-f]{64}/, "/blobs/sha")}`;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const n = this.troubles.findIndex((one) => one.call === call);
    const fault = n < 0 ? null : this.troubles.splice(n, 1)[0].fault;
    const record = { call, status: /** @type {number | string} */ (0), body: safeJson(body) };
    this.calls.push(record);
    if (fault === "no_answer") return void request.socket.destroy();
    /** @type {{status: number, json?: any, headers?: Record<string, string>}} */
    const answer =
      typeof fault === "number"
        ? { status: fault, json: { code: fault >= 500 ? "internal" : `http_${fault}` } }
        : typeof fault === "object" && fault
          ? { status: fault.status, json: fault }
          : this.#answer(call, request, body);
    record.status = answer.status;
    if (fault === "lose_answer") return void request.socket.destroy();
    const type = answer.status >= 400 ? "application/problem+json" : "application/json";
    response.writeHead(answer.status, { "Content-Type": type, ...answer.headers });
    response.end(answer.json ? JSON.stringify(answer.json) : undefined);
  }

  /**
   * @param {string} call @param {import("node:http").IncomingMessage} request @param {Buffer} body
   * @returns {{status: number, json?: any, headers?: Record<string, string>}}
   */
  #answer(call, request, body) {
    if (call === "POST /api/v1/login") {
      this.loggedIn = true;
      return { status: 200, json: { user: this.user } };
    }
    if (call.startsWith("GET /app/messages/")) {
      const locale = call.slice("GET /app/messages/".length, -".json".length);
      return { status: 200, json: { locale, plural: "0", messages: { "Choose the reason": `reason in ${locale}` } } };
    }
    if (!this.loggedIn) return { status: 401, json: { code: "login_required" } };
    if (request.method !== "GET" && request.method !== "HEAD" && request.headers["x-fieldsvc"] !== "1") {
      return { status: 403, json: { code: "csrf" } };
    }
    if (call.includes("/blobs")) return this.#blob(request, body);
    switch (call) {
      case "POST /api/v1/logout":
        this.loggedIn = false;
        return { status: 204 };
      case "GET /api/v1/me":
        return { status: 200, json: { user: this.user, server_time: "2026-11-21T09:00:00+08:00" } };
      case "POST /api/v1/devices":
        return this.#enrol(JSON.parse(String(body)));
      case "GET /api/v1/catalog":
        return {
          status: 200,
          json: { checklists: [], version: this.catalogEtag, edition: this.edition },
          headers: { ETag: this.catalogEtag },
        };
      case "POST /api/v1/sync":
        return this.#sync(JSON.parse(String(body)), body);
      default:
        return { status: 404, json: { code: "not_found" } };
    }
  }

  /** @param {any} asked */
  #enrol({ id, public_key }) {
    const held = this.devices.get(id);
    if (held && (held.user !== this.user.id || JSON.stringify(held.key) !== JSON.stringify(public_key)))
      return { status: 409, json: { code: "device_exists" } };
    if (!held) this.devices.set(id, { key: public_key, log: [], revoked: false, user: this.user.id });
    const acked_seq = held?.log.length ?? 0;
    return {
      status: held ? 200 : 201,
      json: {
        device: id,
        code: `D0${this.devices.size}`,
        epoch: this.epoch,
        acked_seq,
        receipt_key: this.#receiptKey(),
        ...(this.givesLifeboatKey && { lifeboat_key: this.#lifeboatKey() }),
      },
    };
  }

  /** @param {any} asked @param {Buffer} raw */
  #sync(asked, raw) {
    const device = this.devices.get(asked.device);
    if (!device) return { status: 404, json: { code: "unknown_device" } };
    if (this.refuses.has(asked.device)) return { status: 422, json: { code: "invalid" } };
    if (device.user !== this.user.id) return { status: 403, json: { code: "not_your_device" } };
    if (asked.ops.length > this.mostOps || raw.length > 2 * 1024 * 1024)
      return { status: 413, json: { code: "too_large" } };
    const no = asked.ops.length ? this.#refusal(device, asked) : null;
    if (no) return { status: 409, json: no };
    const results = asked.ops.map((/** @type {any} */ op) => this.#store(device, op));
    const acked_seq = device.log.length;
    const receipt = this.#receipt(asked, device);
    const { epoch } = this;
    if (device.revoked) return { status: 403, json: { code: "device_revoked", acked_seq, epoch, receipt } };
    const since = this.#cursor(asked.cursor);
    if (since === null) return { status: 410, json: { code: "cursor_expired" } };
    const changed = [...this.visits.values()]
      .filter((visit) => visit.version > since)
      .sort((a, b) => a.version - b.version);
    const visits = changed.slice(0, asked.limit);
    const upTo = visits.length < changed.length ? /** @type {any} */ (visits.at(-1)).version : this.version;
    return {
      status: 200,
      json: {
        epoch,
        results,
        acked_seq,
        visits,
        gone: [],
        cursor: `${this.epoch}:${upTo}`,
        more: visits.length < changed.length,
        catalog: this.catalogEtag,
        server_time: "2026-11-21T09:00:00+08:00",
        receipt,
      },
    };
  }

  #receiptKey() {
    return { ...this.receiptKeys.publicKey.export({ format: "jwk" }), kid: this.kid };
  }

  #lifeboatKey() {
    return { ...this.lifeboatKeys.publicKey.export({ format: "jwk" }), kid: "l1" };
  }

  /** @param {any} asked @param {{log: string[]}} device */
  #receipt({ device: id, files = [] }, { log }) {
    const whole = files.filter((/** @type {string} */ digest) => {
      const blob = this.blobs.get(digest);
      return blob && blob.bytes.length === blob.size;
    });
    const chain = this.#chain(id, log).toString("hex");
    const told = { device: id, epoch: this.epoch, acked_seq: log.length, chain, files: whole, key: this.kid };
    return { ...signedReceipt(this.receiptKeys.privateKey, told), ...this.forged };
  }

  /** @param {string} id @param {string[]} texts */
  #chain(id, texts) {
    return texts.reduce((link, text) => sha(Buffer.concat([link, sha(text)])), sha(`fieldsvc/1${id}`));
  }

  /** @param {string | null} cursor @returns {number | null} */
  #cursor(cursor) {
    if (cursor === null) return 0;
    const [epoch, version] = cursor.split(":");
    return epoch === this.epoch ? Number(version) : null;
  }

  /** @param {any} device @param {any} asked */
  #refusal(device, { ops, proof, device: id }) {
    const first = ops[0].seq;
    if (first > device.log.length + 1) return { code: "sequence_gap", expected: device.log.length + 1 };
    const texts = ops.map((/** @type {any} */ op) => JSON.stringify(sorted(op)));
    const reused = texts.some(
      (/** @type {string} */ text, /** @type {number} */ n) => (device.log[first - 1 + n] ?? text) !== text,
    );
    if (reused) return { code: "sequence_reused" };
    const chain = this.#chain(id, [...device.log.slice(0, first - 1), ...texts]);
    const key = createPublicKey({ key: device.key, format: "jwk" });
    const genuine = verify("sha256", chain, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(proof.sig, "base64url"));
    return genuine && proof.chain === chain.toString("hex") ? null : { code: "bad_proof" };
  }

  /** @param {any} device @param {any} op */
  #store(device, op) {
    const known = this.stored.has(op.id);
    if (op.seq > device.log.length) device.log.push(JSON.stringify(sorted(op)));
    if (known) return { id: op.id, seq: op.seq, status: "duplicate" };
    this.stored.set(op.id, op.kind);
    const visit = this.visits.get(op.visit);
    if (!visit)
      return { id: op.id, seq: op.seq, status: "quarantined", code: "unknown_visit", detail: "no such visit" };
    this.version += 1;
    visit.version = this.version;
    if (op.kind === "note.add") visit.notes.push({ id: op.id, text: op.data.text });
    return { id: op.id, seq: op.seq, status: "applied" };
  }

  /** @param {import("node:http").IncomingMessage} request @param {Buffer} body */
  #blob(request, body) {
    const { headers } = request;
    if (request.method === "POST") {
      const digest = Buffer.from(String(headers["upload-metadata"]).split(/[ ,]/)[1], "base64").toString();
      const size = Number(headers["upload-length"]);
      if (!this.blobs.has(digest)) this.blobs.set(digest, { size, bytes: Buffer.alloc(0) });
      return { status: 201, headers: { Location: `/api/v1/blobs/${digest}`, "Tus-Resumable": "1.0.0" } };
    }
    const digest = String(request.url?.split("/").at(-1));
    const held = this.blobs.get(digest);
    if (!held) return { status: 404, json: { code: "not_found" } };
    if (request.method === "PATCH") {
      if (Number(headers["upload-offset"]) !== held.bytes.length)
        return { status: 409, json: { code: "offset_mismatch" } };
      held.bytes = Buffer.concat([held.bytes, body]);
      if (held.bytes.length === held.size && sha(held.bytes).toString("hex") !== digest) {
        this.blobs.delete(digest);
        return { status: 460, json: { code: "digest_mismatch" } };
      }
    }
    const found = { "Upload-Offset": String(held.bytes.length), "Upload-Length": String(held.size) };
    return { status: request.method === "PATCH" ? 204 : 200, headers: found };
  }
}

/** @param {Buffer} bytes */
function safeJson(bytes) {
  try {
    return JSON.parse(String(bytes));
  } catch {
    return null;
  }
}
