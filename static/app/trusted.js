/**
 * The addresses of our own scripts, in the form that browsers with Trusted Types take (fieldsvc/headers.py).
 *
 * Decides which scripts there are that the app starts by their address. Invariant: no text from anywhere else becomes one.
 */

const OURS = /^\/(sw\.js|static\/(app|bundle)\/[a-z-]+worker\.js)$/;

/** @type {{createScriptURL: (url: string) => unknown} | undefined} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("fieldsvc", { createScriptURL: known });

/** @param {string} url @returns {string} */
function known(url) {
  const { origin, pathname } = new URL(url, location.href);
  if (origin !== location.origin || !OURS.test(pathname)) throw new TypeError(`${pathname} is no script of ours`);
  return url;
}

/**
 * @param {string | URL} url
 * @returns {string} what `new Worker` and `register` take
 */
export function script(url) {
  return policy ? /** @type {string} */ (policy.createScriptURL(String(url))) : String(url);
}
