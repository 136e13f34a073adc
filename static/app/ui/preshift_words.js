/**
 * What the check before setting out says of each subject: how it stands, and what to do about it.
 *
 * Decides wording only; which of the sentences holds is preshift.js's.
 */

import { _, formatDateTime, formatSize, formatTime, ngettext } from "../text.js";

/** @typedef {import("../preshift.js").Facts} Facts */
/** @typedef {import("../preshift.js").Finding} Finding */

/** @param {Finding["subject"]} subject @returns {string} */
export function nameOfSubject(subject) {
  return {
    login: _("Log-in"),
    visits: _("Visits of the day"),
    photos: _("Photos"),
    room: _("Room for photos"),
    promise: _("Keeping what is stored"),
    clock: _("Clock"),
    offline_app: _("Opening without a network"),
    version: _("Version of the app"),
  }[subject];
}

/** @param {Facts} facts */
const freeOf = ({ room }) => formatSize(Math.max(0, room.quota - room.usage));

/** @param {Finding} finding @param {Facts} facts @returns {string} */
export function fineWords({ subject }, facts) {
  return {
    login: _("You are logged in."),
    visits: _("%(visits)s, loaded at %(time)s.", { visits: visitsWords(facts), time: timeOf(facts.loadedAt) }),
    photos: _("A picture was made and kept, as a trial."),
    room: _("%(free)s free.", { free: freeOf(facts) }),
    promise: _("The phone has promised to keep this storage."),
    clock: _("Agrees with the server's."),
    offline_app: _("The app is kept on this phone."),
    version: _("This is the newest version this phone knows."),
  }[subject];
}

/** What is wrong, and what to do. @param {Finding} finding @param {Facts} facts @returns {string} */
export function causeWords({ subject, why }, facts) {
  const texts = {
    login: _("The office wants your password again. Until then nothing is sent; all you write is saved here."),
    visits:
      why === "never"
        ? _("No visits have ever come to this phone. Find a network and load them.")
        : _("Last loaded on %(when)s: nothing of today is here. Find a network before you set out.", {
            when: timeAndDay(facts.loadedAt),
          }),
    photos:
      why === "not_kept"
        ? _("A picture cannot be kept: this phone's storage refused it. Make room, close other apps and check again.")
        : _(
            "This browser could not make a picture. Close it whole, open the app again; if it stays so, use another browser.",
          ),
    room: _("Only %(free)s free: not enough for a day of photos. Delete films or apps that you do not need.", {
      free: freeOf(facts),
    }),
    promise: _(
      "The phone may clear this storage when it is full, and a private window loses it when it is closed. Add the app to the home screen, and send often.",
    ),
    clock: clockWords(why, facts),
    offline_app:
      why === "off"
        ? _(
            "The office has switched off opening without a network, for a repair. Keep the app open where there is none; what you write is saved as always.",
          )
        : _(
            "Without a network this app would not open again. Leave private browsing and open it at its https address.",
          ),
    version: _("A newer version is ready. Update now, before the first visit."),
  };
  return texts[subject];
}

/** What cannot be known, and why. @param {Finding} finding @param {Facts} facts @returns {string} */
export function openWords({ subject, why }, facts) {
  /** @type {Partial<Record<Finding["subject"], string>>} */
  const texts = {
    login: _("Cannot be asked without an answer from the server. You can work all the same."),
    visits: _("%(visits)s, loaded on %(when)s. Changes since then come with the next network.", {
      visits: visitsWords(facts),
      when: timeAndDay(facts.loadedAt),
    }),
    room: _("This browser does not say how much is free."),
    clock:
      why === "slow"
        ? _("The server's answer took too long to compare with.")
        : _("Cannot be compared without an answer from the server. Let the phone set its clock by itself."),
    offline_app: _("The app is still coming to this phone. Stay in the network for a minute."),
    version:
      why === "waits"
        ? _("A newer version is ready. It waits until the visit that was begun is closed.")
        : _("Whether there is a newer one shows with the next network."),
  };
  return texts[subject] ?? "";
}

/** @param {string | undefined} why @param {Facts} facts */
function clockWords(why, { clock }) {
  if (why === "set_back" || !clock)
    return _(
      "It was set back since the server last answered. In the phone's settings let it set date and time by itself.",
    );
  const minutes = Math.round(Math.abs(clock.ahead) / 60_000);
  const hours = Math.round(minutes / 60);
  const off =
    minutes < 90
      ? ngettext("%(num)s minute", "%(num)s minutes", minutes)
      : ngettext("%(num)s hour", "%(num)s hours", hours);
  return clock.ahead > 0
    ? _("It is %(off)s fast. In the phone's settings let it set date and time by itself.", { off })
    : _("It is %(off)s slow. In the phone's settings let it set date and time by itself.", { off });
}

/** @param {Facts} facts */
function visitsWords({ visits }) {
  return visits ? ngettext("%(num)s visit", "%(num)s visits", visits) : _("No visits planned");
}

/** @param {number | null} at  ms */
function timeOf(at) {
  return at === null ? "" : formatTime(new Date(at));
}

/** @param {number | null} at  ms */
function timeAndDay(at) {
  return at === null ? "" : formatDateTime(new Date(at));
}
