/**
 * Passkeys on the pages of the log-in and of the account: asks the browser for one and sends its answer with the form.
 *
 * A form with `data-passkey` (`make` or `prove`) fetches what to ask from `data-ask`, and is sent with the field `answer`.
 * Decides nothing: the server checks. Where the browser knows no passkeys the forms stay hidden.
 */
(() => {
  /** @param {string} text */
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

  /** @param {ArrayBuffer | null | undefined} buffer */
  const text = (buffer) =>
    buffer &&
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");

  /** @param {{id: string}[]} [list] */
  const described = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

  /** @param {any} asked */
  async function make(asked) {
    const publicKey = {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: described(asked.excludeCredentials),
    };
    return navigator.credentials.create({ publicKey });
  }

  /** @param {any} asked */
  async function prove(asked) {
    const publicKey = {
      ...asked,
      challenge: bytes(asked.challenge),
      allowCredentials: described(asked.allowCredentials),
    };
    return navigator.credentials.get({ publicKey });
  }

  /** @param {any} credential */
  function answerOf(credential) {
    const { response } = credential;
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: {},
      response: {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: text(response.userHandle),
        transports: response.getTransports?.(),
      },
    });
  }

  /** @param {HTMLFormElement} form */
  async function send(form) {
    const { ask = "", passkey } = form.dataset;
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;
    const asked = await fetch(ask, { method: "POST", headers: { "X-CSRFToken": token } });
    if (!asked.ok) throw new Error(String(asked.status));
    const credential = await (passkey === "make" ? make : prove)(await asked.json());
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "answer", value: answerOf(credential) });
    form.append(field);
    form.submit();
  }

  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
    if (!globalThis.PublicKeyCredential) {
      form.hidden = true;
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
      said.hidden = true;
      try {
        await send(form);
      } catch {
        said.textContent = form.dataset.refused ?? "";
        said.hidden = false;
      }
    });
  }
})();
