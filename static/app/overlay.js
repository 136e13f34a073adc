/**
 * What the screens show: the document as it was last pulled, with this phone's own entries laid on top.
 *
 * Decides the effect of each kind of op on a document of the protocol's shape. Does not merge: what others wrote
 * blindly is settled by the server alone, and comes back with the next pull. Pure: no clock, no storage; the given
 * document is not changed. Invariant: laying on an op that the document already holds changes nothing.
 */

/** @typedef {import("./store.js").Op} Op */
/** @typedef {Record<string, any>} VisitDocument */
/** @typedef {{id: string, name: string}} Person */

/** Kinds that change what a signature vouches for. The own close is what one signs for, so it is not among them. */
const SIGNED_KINDS = new Set([
  "customer.correct",
  "check.set",
  "reading.set",
  "hazard.add",
  "hazard.set",
  "hazard.withdraw",
  "hazard.verify",
]);

const HAZARD_PARTS = ["code", "name", "item", "level", "position", "note", "solutions", "due", "stop_gas"];

/**
 * Lay ops on a document, in the order in which they were made.
 *
 * @param {VisitDocument | undefined} document  as pulled; undefined for a visit that only this phone knows
 * @param {Op[]} ops  this visit's own ops whose fate is not yet in the document
 * @param {Person} by  who wrote them
 * @param {VisitDocument} [home]  another visit to the customer of a visit that this phone has opened
 * @returns {VisitDocument | undefined} the document itself when there is nothing to lay on it
 */
export function overlay(document, ops, by, home) {
  if (!ops.length) return document;
  const shown = document ? structuredClone(document) : created(ops[0], by, home);
  if (!shown) return undefined;
  for (const op of ops) {
    lay(shown, op, by);
    settleConflicts(shown, op, document?.version ?? 0);
    if (op.kind !== "visit.create" && (shown.state === "planned" || shown.state === "cancelled"))
      shown.state = "started";
  }
  return shown;
}

/**
 * @param {Op | undefined} op
 * @param {Person} by
 * @param {VisitDocument} [home]
 * @returns {VisitDocument | undefined}
 */
function created(op, by, home) {
  if (op?.kind !== "visit.create") return undefined;
  const { planned_at: at } = op.data;
  const onFile = home && structuredClone({ ...home.customer, ...home.customer.corrected });
  return {
    id: op.visit,
    version: 0,
    number: "",
    type: op.data.type,
    checklist: op.data.checklist,
    state: "planned",
    planned: { date: (at ?? op.at).slice(0, 10), from: at ? at.slice(11, 16) : null },
    assignee: by,
    lookup: op.data.lookup ?? "",
    customer: {
      ...(onFile ?? { ...NOTHING_ON_FILE, id: op.data.customer, account: op.data.account ?? "" }),
      confirmed: null,
      corrected: {},
    },
    meters: home ? structuredClone(home.meters) : (op.data.meters ?? []).map(asFound),
    previous: home?.previous ?? null,
    start: null,
    steps: {},
    checks: {},
    readings: {},
    hazards: {},
    photos: {},
    signatures: {},
    notes: [],
    outcome: null,
    conflicts: [],
    notices: [],
    missing_blobs: [],
  };
}

const NOTHING_ON_FILE = { name: "", phone: "", district: "", address: "", building: "", unit: "", room: "", tags: [] };

/** A meter of which only the number is known, as the office takes it to be. @param {{id: string, serial: string}} meter */
function asFound({ id, serial }) {
  return { id, serial, kind: "diaphragm", digits: 5, decimals: 3 };
}

/**
 * @param {VisitDocument} shown  changed
 * @param {Op} op
 * @param {Person} by
 */
function lay(shown, op, by) {
  const { data } = op;
  const stamp = { by, at: op.at, op: op.id };
  if (SIGNED_KINDS.has(op.kind)) staleSignatures(shown, op);
  switch (op.kind) {
    case "visit.start":
      shown.start = { ...only(data, "location", "catalog"), ...stamp };
      break;
    case "step.tick":
      shown.steps[data.step] = stamp;
      break;
    case "customer.confirm":
      shown.customer.confirmed = stamp;
      break;
    case "customer.correct":
      correctCustomer(shown.customer, data);
      break;
    case "check.set":
      shown.checks[data.item] ??= {};
      shown.checks[data.item][data.point] = {
        ...only(data, "result", "value", "instrument", "note", "lines", "list"),
        ...stamp,
      };
      break;
    case "reading.set":
      shown.readings[data.meter] = {
        ...only(data, "value", "running", "photo", "unreadable", "exchange", "note", "serial"),
        ...stamp,
      };
      break;
    case "photo.add":
      shown.photos[data.sha256] = photo(shown, data, stamp);
      break;
    case "photo.remove":
      if (shown.photos[data.sha256]) shown.photos[data.sha256].removed = { reason: data.reason, ...stamp };
      break;
    case "sign":
      sign(shown, data.role, only(data, "name", "relation", "strokes", "image", "rating", "opinion", "covers"), stamp);
      break;
    case "sign.refuse":
      sign(shown, data.role, { refused: true, ...only(data, "reason", "witness") }, stamp);
      break;
    case "visit.close":
      shown.outcome = { ...only(data, "outcome", "reason", "next_at"), ...stamp };
      shown.state = "closed";
      break;
    case "note.add":
      addNote(shown.notes, { id: op.id, text: data.text, by, at: op.at });
      break;
    default:
      if (op.kind.startsWith("hazard.")) layHazard(shown, op, stamp);
  }
}

/**
 * @param {VisitDocument} shown  changed
 * @param {Op} op
 * @param {{by: Person, at: string, op: string}} stamp
 */
function layHazard(shown, { kind, data }, stamp) {
  const hazard = shown.hazards[data.hazard];
  if (kind === "hazard.add") {
    const parts = Object.fromEntries(HAZARD_PARTS.map((part) => [part, data[part] ?? null]));
    const { by, at } = stamp;
    const base = { id: data.hazard, ...parts, solutions: data.solutions ?? [], withdrawn: null };
    shown.hazards[data.hazard] = { ...base, verified: hazard?.verified ?? null, by, at };
  } else if (kind === "hazard.verify" && !hazard) {
    shown.verifications ??= {}; // found by an earlier visit, looked at again by this one
    shown.verifications[data.hazard] = { ...only(data, "result", "note"), ...stamp };
  } else if (hazard && kind === "hazard.set") {
    hazard[data.field] = data.value;
  } else if (hazard && kind === "hazard.withdraw") {
    hazard.withdrawn = { reason: data.reason, ...stamp };
  } else if (hazard && kind === "hazard.verify") {
    hazard.verified = { ...only(data, "result", "note"), ...stamp };
  }
}

/**
 * @param {VisitDocument} customer  changed
 * @param {Record<string, any>} data
 */
function correctCustomer(customer, { field, value }) {
  customer.corrected ??= {};
  if (!(field in customer.corrected)) customer.corrected[field] = customer[field] ?? null;
  customer[field] = value;
}

/**
 * @param {VisitDocument} shown
 * @param {Record<string, any>} data
 * @param {object} stamp
 */
function photo(shown, data, stamp) {
  const before = shown.photos[data.sha256];
  const said = only(data, "sha256", "purpose", "ref", "taken_at", "location");
  return { ...said, ...stamp, arrived: before?.arrived ?? false, ...(before?.removed && { removed: before.removed }) };
}

/**
 * A sign covers everything this phone shows, so it is fresh; what was signed in that role before stays beside it.
 *
 * @param {VisitDocument} shown  changed
 * @param {string} role
 * @param {Record<string, any>} signature
 * @param {{op: string, by: Person, at: string}} stamp
 */
function sign(shown, role, signature, stamp) {
  shown.signatures[role] = { ...signature, ...stamp, stale: false, others: [] };
}

/**
 * @param {VisitDocument} shown  changed
 * @param {Op} op  an edit of something that signatures vouch for
 */
function staleSignatures(shown, op) {
  if (alreadyHolds(shown, op)) return;
  const { item, point } = op.data;
  for (const signature of Object.values(shown.signatures)) {
    if (!signature.covers || signature.covers.includes(`${item}/${point}`)) signature.stale = true;
  }
}

/**
 * Whether the pulled document already shows this very op (it was acknowledged, the rest of the pull is under way).
 *
 * @param {VisitDocument} shown
 * @param {Op} op
 */
function alreadyHolds(shown, { id, kind, data }) {
  if (kind === "check.set") return shown.checks[data.item]?.[data.point]?.op === id;
  if (kind === "reading.set") return shown.readings[data.meter]?.op === id;
  if (kind === "hazard.add") return data.hazard in shown.hazards;
  if (kind === "hazard.set") return shown.hazards[data.hazard]?.[data.field] === data.value;
  if (kind === "hazard.withdraw") return shown.hazards[data.hazard]?.withdrawn?.op === id;
  if (kind === "hazard.verify") {
    return (shown.hazards[data.hazard]?.verified ?? shown.verifications?.[data.hazard])?.op === id;
  }
  return shown.customer[data.field] === data.value;
}

/**
 * @param {VisitDocument[]} notes  changed
 * @param {VisitDocument} note
 */
function addNote(notes, note) {
  if (!notes.some((known) => known.id === note.id)) notes.push(note);
}

/**
 * Writing a field having seen all its values ends its conflict.
 *
 * @param {VisitDocument} shown  changed
 * @param {Op} op
 * @param {number} version  of the pulled document
 */
function settleConflicts(shown, { kind, data, base }, version) {
  if (!shown.conflicts?.length || base < version) return;
  /** @type {Record<string, string>} */
  const written = {
    "check.set": `checks/${data.item}/${data.point}`,
    "reading.set": `readings/${data.meter}`,
    "customer.correct": `customer/${data.field}`,
    "hazard.set": `hazards/${data.hazard}/${data.field}`,
    "hazard.withdraw": `hazards/${data.hazard}/withdrawn`,
    "hazard.verify": `hazards/${data.hazard}/verified`,
    "visit.start": "start",
    "visit.close": "outcome",
  };
  shown.conflicts = shown.conflicts.filter((/** @type {{field: string}} */ { field }) => field !== written[kind]);
}

/**
 * @param {Record<string, any>} data
 * @param {...string} names
 * @returns {Record<string, any>} the named members that are there
 */
function only(data, ...names) {
  return Object.fromEntries(
    names.filter((name) => data[name] !== undefined && data[name] !== null).map((name) => [name, data[name]]),
  );
}
