"""What is said of readings in the office: marks, reasons, verdicts. Decides words only."""

from __future__ import annotations

from fieldsvc.office import words
from fieldsvc.office.words import _


def mark(name: str) -> str:
    """What is remarkable about a reading, in a word."""
    return {
        "unreadable": _("Not readable"),
        "below_last": _("Below the last"),
        "below_first": _("Below the new meter's first figure"),
        "impossible": _("More than possible"),
        "stopped": _("Meter stands still"),
        "exchanged": _("Another meter"),
        "jump": _("Jump"),
        "low": _("Drop"),
        "zero": _("Nothing used"),
        "rollover": _("Past all nines"),
        "no_photo": _("No photo"),
        "estimated": _("Estimated"),
        "first": _("First reading"),
    }.get(name, name)


def explained(name: str) -> str:
    """What a mark means and what to look at."""
    return {
        "unreadable": _(
            "There is no figure, so there is no bill. Somebody must go again, or the customer sends a photo."
        ),
        "below_last": _("Misread now or last time, exchanged, or turned back. Compare the photo with the last one."),
        "below_first": _("The new meter shows less than it began with. Compare both figures with the photo."),
        "impossible": _(
            "More than a meter of this size lets through in that time. A digit may be wrong, or the meter."
        ),
        "stopped": _("It did not move with a burner on: a dead meter. What was used is settled by the local rule."),
        "exchanged": _("Correct the file first; until then this figure may belong to somebody else."),
        "jump": _("Far more than usual. Was the season, the household or a leak the reason?"),
        "low": _("Far less than usual. A bypass, a meter that sticks, or nobody there?"),
        "zero": _("No gas since the last reading. Vacant, other energy, or a dead meter?"),
        "rollover": _("The wheels went past all nines. See that every wheel is in the photo."),
        "no_photo": _("Nobody can check the figure against the dial."),
        "estimated": _("Estimates are not billed."),
        "first": _("There is nothing to compare it with."),
    }.get(name, "")


def tone(name: str) -> str:
    """How loudly a mark is said."""
    grave = ("unreadable", "below_last", "below_first", "impossible", "stopped", "estimated")
    return "level-1" if name in grave else "quiet" if name == "first" else "warn"


def state(name: str) -> str:
    """What became of a reading that needed eyes."""
    return {
        "open": _("To look at"),
        "accepted": _("Accepted"),
        "again": _("Somebody goes again"),
        "clear": _("Settled itself"),
    }.get(name, name)


def source(name: str) -> str:
    """Where a reading comes from."""
    return {
        "visit": _("read at the door"),
        "exchange": _("another meter"),
        "import": _("imported"),
        "remote": _("remote"),
        "self_read": _("by the customer"),
        "estimated": _("estimated"),
    }.get(name, name)


def missing(reason: str, told: str) -> str:
    """Why a meter that is due was not read."""
    if reason == "unreadable":
        return _("not readable: %(reason)s", reason=words.term("unreadable_reasons", told))
    if reason == "planned":
        return _("planned for %(day)s", day=words.day(told))
    said = {
        "again": _("not believed; somebody goes again"),
        "no_access": _("nobody opened"),
        "refused": _("entry refused"),
        "completed": _("visited, and not read"),
        "stopped": _("stopped for danger"),
        "started": _("under way"),
        "not_planned": _("not planned"),
    }.get(reason, reason)
    why = (
        words.any_term(told, "no_access_reasons", "entry_refusal_reasons") if reason in ("no_access", "refused") else ""
    )
    return f"{said} · {why}" if why else said


def why_not(code: str) -> str:
    """Why a period cannot be closed."""
    return {
        "not_over": _("The period is not over yet."),
        "not_next": _("Periods are closed one after another: another one comes first."),
        "closed": _("This period is closed."),
    }.get(code, code)
