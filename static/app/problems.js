/**
 * What can go wrong on the phone, as errors that carry words for people.
 *
 * Decides the classes and the wording; not what happens next (the sender and the screens do). A problem's `code`
 * is stable and comes from the server where the server said it; `text` is computed when it is read, so that it is
 * in the language the person uses now. Invariant: `text` never shows an address, a stack or a foreign message.
 */

import { _ } from "./text.js";

/**
 * @typedef {object} ProblemWords  What the screens show of a problem.
 * @property {string} code
 * @property {string} text
 */

/** The server said no, or gave no usable answer (`status` 0). */
export class ApiProblem extends Error {
  /**
   * @param {number} status  0 when there was no answer
   * @param {string} code
   * @param {string} [detail]
   * @param {Record<string, any>} [body]  the problem document
   */
  constructor(status, code, detail = "", body = {}) {
    super(detail || code);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.body = body;
    /** @type {number | null} seconds that the server asks us to wait */
    this.retryAfter = null;
  }

  /** No answer, a server in trouble or too many calls: the same request may be repeated later. */
  get passing() {
    return this.status === 0 || this.status >= 500 || this.status === 408 || this.status === 429;
  }

  get text() {
    return wordsFor(this.code);
  }
}

/** Something could not be written to this phone's storage: it is *not saved*. */
export class StorageProblem extends Error {
  /**
   * @param {"not_saved" | "storage_full" | "not_secure" | "too_long"} code
   * @param {unknown} [cause]
   */
  constructor(code, cause) {
    super(code, { cause });
    this.name = "StorageProblem";
    this.code = code;
  }

  get text() {
    return wordsFor(this.code);
  }
}

/** The chosen file is not a picture this phone can read. */
export class PhotoProblem extends Error {
  /** @param {unknown} [cause] */
  constructor(cause) {
    super("photo_unreadable", { cause });
    this.name = "PhotoProblem";
    this.code = "photo_unreadable";
  }

  get text() {
    return wordsFor(this.code);
  }
}

/**
 * Say a problem in the current language.
 *
 * @param {string} code
 * @returns {string}
 */
export function wordsFor(code) {
  switch (code) {
    case "no_answer":
      return _("No answer from the server. Everything is saved on this phone and will be sent later.");
    case "not_ours":
      return _(
        "Something else answered in the server's place, perhaps a Wi-Fi login page. Everything is saved on this phone.",
      );
    case "unavailable":
    case "internal":
      return _("The server cannot take it just now. Everything is saved on this phone and will be sent later.");
    case "server_full":
    case "server_read_only":
      return _(
        "The server cannot write anything just now; tell the office. Everything is saved on this phone and will be sent later.",
      );
    case "bad_credentials":
      return _("User name or password is wrong.");
    case "second_factor_required":
      return _("This account has a second factor: type its code too.");
    case "bad_second_factor":
      return _("The code is not right. A code is good for half a minute, and once.");
    case "password_owed":
      return _("Somebody gave you a first password. Choose one of your own before you begin.");
    case "second_factor_owed":
      return _("Your company asks for a second factor. Set it up before you begin.");
    case "too_many_attempts":
      return _("Too many attempts. Wait a minute, then try again.");
    case "login_required":
      return _("Log in again to send. Everything is saved on this phone.");
    case "wrong_user":
    case "not_your_device":
      return _("Somebody else is logged in here. Log in again to send what is saved on this phone.");
    case "forbidden":
      return _("This account may not do that.");
    case "device_revoked":
      return _(
        "The office has blocked this phone. What you wrote is delivered to the office, but no visits come here any more.",
      );
    case "not_saved":
      return _("Not saved: this phone's storage does not answer. Close other apps and try again.");
    case "storage_full":
      return _("Not saved: this phone's storage is full. Make room and try again.");
    case "too_long":
      return _("Not saved: this is too long. Make it shorter and try again.");
    case "phone_fault":
      return _("Something went wrong on this phone. What is saved stays saved; open the app again.");
    case "not_secure":
      return _(
        "This address is not secure (https), so this phone cannot keep a key or work without a network. Open the app at its https address.",
      );
    case "no_lifeboat_key":
      return _(
        "This phone does not have the office's key for a lifeboat yet. It comes by itself with the first contact.",
      );
    case "photo_unreadable":
      return _("This file cannot be read as a picture.");
    case "photo_refused":
      return _("The server cannot read this picture. Take it again.");
    case "photo_damaged":
      return _("This picture was damaged in this phone's storage. Take it again.");
    case "photo_lost":
      return _("This picture is no longer in this phone's storage. Take it again.");
    default:
      return _("The server refused this (%(code)s). Everything is saved on this phone; tell the office.", { code });
  }
}
