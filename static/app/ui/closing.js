/**
 * Closing a visit: once, however often it is tapped, and behind all that was tapped before.
 *
 * Decides what a second tap does (nothing) and where a closed visit leads. Invariant: what was written at an earlier tap, or
 * waits to be saved since then, is not written twice.
 */

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */

/**
 * @param {Stage} stage
 * @param {VisitDocument} visit
 * @param {Record<string, unknown>} data  of `visit.close`
 * @param {string} [remark]  noted before it is closed
 * @returns {Promise<boolean>} whether it is closed and the screen has moved on
 */
export async function closeVisit(stage, visit, data, remark = "") {
  const state = stage.keep(`closing:${visit.id}`, () => ({ busy: false }));
  if (state.busy) return false;
  state.busy = true;
  try {
    if (!(await isClosed(stage, visit, data, remark.trim()))) return false;
  } finally {
    state.busy = false;
  }
  stage.go(`/app/visit/${visit.id}/done`, { replace: true });
  return true;
}

/** @param {Stage} stage @param {VisitDocument} visit @param {Record<string, unknown>} data @param {string} remark */
async function isClosed(stage, visit, data, remark) {
  await stage.allSaved(visit.id);
  const waits = (/** @type {string} */ kind) =>
    stage.notSaved.some((entry) => entry.visit === visit.id && entry.kind === kind);
  const now = await stage.app.visit(visit.id).catch(() => undefined);
  if (now?.outcome) return true;
  const isNoted = now?.notes?.some((/** @type {{text: string}} */ { text }) => text === remark);
  if (remark && !isNoted && !waits("note.add")) await stage.write(visit, "note.add", { text: remark });
  return !waits("visit.close") && stage.write(visit, "visit.close", data);
}
