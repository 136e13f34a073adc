"""Doubts in words: what each kind is called, what it means, and what speaks for it at this visit.

Decides words only, and no blame: every sentence says what was measured and by which threshold it was noticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fieldsvc.doubts.service import Doubtful
from fieldsvc.office import words
from fieldsvc.office.words import _, ngettext

Json = Mapping[str, Any]

MOST_PLACES = 6


@dataclass(frozen=True)
class Piece:
    """One piece of evidence: a sentence, a photo of this visit, the other visit with its photo, and where it was."""

    text: str
    photo: str = ""
    visit: str = ""
    other_photo: str = ""
    signer: str = ""
    other_signer: str = ""
    places: str = ""


def name(kind: str) -> str:
    """What a kind of doubt is called."""
    match kind:
        case "fast":
            return _("Items judged too fast")
        case "short":
            return _("Too short a stay")
        case "photo":
            return _("The same photo twice")
        case "strokes":
            return _("The strokes of another signature")
        case "far":
            return _("Far from the address")
        case "readings":
            return _("Odd figures on the meter")
        case "clock":
            return _("Clock moved")
        case "old_photo":
            return _("Photos older than the visit")
        case "rule":
            return _("A rule of the job was not kept")
    return kind


def means(kind: str) -> str:
    """What it may mean, and what an honest reason could be."""
    match kind:
        case "fast":
            return _("Looking at seven items takes time. Judged in seconds, they may have been ticked without looking.")
        case "short":
            return _("The visit was begun and closed so soon that an inspection hardly fits in between.")
        case "photo":
            return _("A photo should show this home. A picture taken at another home, or used before, does not.")
        case "strokes":
            return _("Nobody signs twice in exactly the same way. Equal strokes may be a copied signature.")
        case "far":
            return _(
                "The visit was begun far from where earlier visits to this building were begun. The phone may be wrong, too."
            )
        case "readings":
            return _("Figures that repeat may have been made up. It does happen that a figure is odd and true.")
        case "clock":
            return _("The phone's clock was set back or ahead, so the times of this visit say little.")
        case "old_photo":
            return _("The photos were taken before the visit began: perhaps at another time, perhaps by a wrong clock.")
        case "rule":
            return _(
                "Each kind of visit has its rules. Here something is missing, or still waits for somebody who sees to it."
            )
    return ""


def verdict(word: str | None) -> str:
    """What somebody decided."""
    return {"fine": _("All in order"), "redo": _("Look again"), "talk": _("Talk to the technician")}.get(
        word or "", word or ""
    )


def short(doubt: Doubtful) -> str:
    """The weightiest piece of evidence in one line."""
    say, weighty = _SAY.get(doubt.kind), doubt.facts.get("pieces", ())[:1]
    return say(weighty[0]).text if say and weighty else ""


def pieces(doubt: Doubtful) -> list[Piece]:
    """What speaks for a doubt, weightiest first."""
    if doubt.kind == "rule":
        return _broken(doubt.facts.get("pieces", ()))
    say = _SAY.get(doubt.kind)
    return [say(facts) for facts in doubt.facts.get("pieces", ())] if say else []


def _broken(pieces: Sequence[Json]) -> list[Piece]:
    """Each rule once, with all the places at which it was broken."""
    places: dict[str, list[str]] = {}
    for facts in pieces:
        places.setdefault(facts["rule"], []).append(words.told(facts["at"]))
    first = {facts["rule"]: facts for facts in reversed(pieces)}
    told = {rule: _some(list(dict.fromkeys(at for at in all_ if at))) for rule, all_ in places.items()}
    return [
        Piece(" · ".join(part for part in (words.told(first[rule][one]) for one in ("name", "say")) if part), places=at)
        for rule, at in told.items()
    ]


def _some(places: Sequence[str]) -> str:
    """The first places by name, and how many there are besides."""
    more = len(places) - MOST_PLACES
    first = _(", ").join(places[:MOST_PLACES])
    return first if more <= 0 else f"{first} {ngettext('and %(num)s more', 'and %(num)s more', more)}"


def _duration(seconds: int) -> str:
    if seconds < 120:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    return _minutes(seconds // 60)


def _minutes(minutes: int) -> str:
    if minutes < 120:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def _fast(facts: Json) -> Piece:
    took, least = _duration(facts["seconds"]), _duration(facts["least"])
    return Piece(
        _(
            "%(items)s items judged in %(took)s; at least %(least)s is usual",
            items=facts["items"],
            took=took,
            least=least,
        )
    )


def _short(facts: Json) -> Piece:
    took, least = _duration(facts["seconds"]), _duration(facts["least"])
    return Piece(_("Closed %(took)s after it was begun; at least %(least)s is usual", took=took, least=least))


def _photo(facts: Json) -> Piece:
    same = facts["photo"] == facts["other"]
    text = (
        _("The very same file stands at another visit")
        if same
        else _("Nearly the same as a photo of another visit (%(bits)s of 256 spots differ)", bits=facts["distance"])
    )
    return Piece(text, photo=facts["photo"], visit=facts["visit"], other_photo=facts["other"])


def _strokes(facts: Json) -> Piece:
    text = (
        _("Drawn exactly like a signature of another visit")
        if facts["distance"] == 0
        else _("Drawn nearly like a signature of another visit (%(parts)s thousandths apart)", parts=facts["distance"])
    )
    return Piece(text, visit=facts["visit"], signer=facts["role"], other_signer=facts["other_role"])


def _far(facts: Json) -> Piece:
    return Piece(
        _(
            "Begun %(metres)s m from where %(known)s earlier visits there were begun (accuracy ±%(accuracy)s m)",
            metres=facts["metres"],
            known=facts["known"],
            accuracy=facts["accuracy"],
        )
    )


def _readings(facts: Json) -> Piece:
    value, serial = facts["value"], facts["serial"]
    said = {
        "same": _("%(value)s on meter %(serial)s, and the same figure at another home", value=value, serial=serial),
        "pattern": _("%(value)s on meter %(serial)s: its digits repeat or count", value=value, serial=serial),
        "last": _(
            "%(value)s on meter %(serial)s: to the last digit the reading before, on a running meter",
            value=value,
            serial=serial,
        ),
    }
    return Piece(said.get(facts["how"]) or str(value), visit=facts.get("visit", ""))


def _clock(facts: Json) -> Piece:
    by, before, after = _minutes(facts["minutes"]), words.moment(facts["from"]), words.moment(facts["to"])
    if facts["how"] == "back":
        return Piece(
            _("Back by %(by)s between two entries: %(before)s, then %(after)s", by=by, before=before, after=after)
        )
    return Piece(_("Ahead by %(by)s: made at %(before)s, received at %(after)s", by=by, before=before, after=after))


def _old_photo(facts: Json) -> Piece:
    return Piece(
        _(
            "Taken %(by)s before the visit began, at %(when)s",
            by=_minutes(facts["minutes"]),
            when=words.moment(facts["taken"]),
        ),
        photo=facts["photo"],
    )


def _rule(facts: Json) -> Piece:
    name, say, at = (words.told(facts[part]) for part in ("name", "say", "at"))
    return Piece(" · ".join(part for part in (name, at, say) if part))


_SAY = {
    "fast": _fast,
    "short": _short,
    "photo": _photo,
    "strokes": _strokes,
    "far": _far,
    "readings": _readings,
    "clock": _clock,
    "old_photo": _old_photo,
    "rule": _rule,
}
