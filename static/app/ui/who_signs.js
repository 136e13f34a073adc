/**
 * Who may sign for the customer, and what the one who did the work is called.
 *
 * Decides from the name given and from the visit's list; draws nothing. Invariant: the signer is never the worker.
 */

/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").VisitDocument} VisitDocument */
/** @typedef {ReturnType<typeof import("./customer_language.js").customerWords>} Words */

/** The same person under another spacing is still the same person. @param {Stage} stage @param {string} name */
export function isTheWorker(stage, name) {
  const bare = (/** @type {string} */ text) => text.replace(/\s/g, "").toLowerCase();
  return bare(name) === bare(stage.app.user?.name ?? "");
}

/** Why this is no name of one who signs, in the language asked for. @param {Stage} stage @param {VisitDocument} visit @param {string} name @returns {((words: Words) => string) | null} */
export function wrongSigner(stage, visit, name) {
  if (!name) return ({ _ }) => _("Who signs? Please give the name.");
  return isTheWorker(stage, name) ? (words) => workerWords(stage.checklist(visit), words).notHere : null;
}

/**
 * What is said of the one who did the work: an inspector only where the visit was an inspection.
 *
 * @param {{inspects?: boolean}} checklist @param {Pick<Words, "_">} words
 */
export function workerWords({ inspects = true }, { _ }) {
  return inspects
    ? {
        sign: _("Sign as inspector"),
        place: _("Signature of the inspector"),
        signed: _("The inspector has signed"),
        notHere: _("The customer signs here, not the inspector."),
      }
    : {
        sign: _("Sign as technician"),
        place: _("Signature of the technician"),
        signed: _("The technician has signed"),
        notHere: _("The customer signs here, not the technician."),
      };
}
