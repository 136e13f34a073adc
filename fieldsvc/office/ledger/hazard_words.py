"""The words of the hazard ledger: stages, events, what closing needs, what may not be written and why, in the page's language.

Decides words only; what holds is decided by `fieldsvc.hazards`. A name that is not known is shown as it is.
"""

from __future__ import annotations

from fieldsvc.office import words
from fieldsvc.office.words import _


def stage(name: str) -> str:
    """A stage in the life of a hazard. Only its own words are looked up: a list asks for fifty."""
    match name:
        case "found":
            return _("Found, customer not told yet")
        case "told":
            return _("Told, notice not delivered yet")
        case "notified":
            return _("Notice delivered")
        case "in_work":
            return _("Being put right")
        case "reported_done":
            return _("Reported as done")
        case "checked":
            return _("Found put right, not closed yet")
        case "closed":
            return _("Closed as fixed")
        case "withdrawn":
            return _("Withdrawn")
    return name


def step(name: str) -> str:
    """A stage as a step on the way, in a word or two."""
    return {
        "found": _("Hazard found"),
        "told": _("Told"),
        "notified": _("Notified"),
        "in_work": _("In work"),
        "reported_done": _("Reported done"),
        "checked": _("Re-inspection"),
        "closed": _("Closed as fixed"),
    }.get(name, name)


def tone(name: str) -> str:
    """The colour of a stage's chip."""
    return {
        "found": "level-1",
        "told": "warn",
        "notified": "quiet",
        "in_work": "started",
        "reported_done": "started",
        "checked": "warn",
        "closed": "completed",
        "withdrawn": "quiet",
    }.get(name, "quiet")


def gas(name: str) -> str:
    """How the gas of the home stands by this hazard."""
    return {
        "off": _("Shut off when it was found"),
        "suspended": _("Gas suspended"),
        "restored": _("Gas flows again"),
        "unsafe": _("Gas flows although this is not put right"),
    }.get(name, "")


def event(name: str) -> str:
    """Something that happened to a hazard."""
    return {
        "found": _("Hazard found"),
        "changed": _("Changed"),
        "withdrawn": _("Withdrawn"),
        "fixed": _("Re-inspected: put right"),
        "not_fixed": _("Re-inspected: not put right"),
        "written": _("Written notice issued"),
        "gas_restored": _("Gas restored, record issued"),
        "closed": _("Closed as fixed"),
        "opened": _("On the list again"),
        "taken_up": _("Taken up by the office"),
        "told": _("Customer told"),
        "notified": _("Notice delivered"),
        "in_work": _("Being put right"),
        "reported_done": _("Reported as done"),
        "reminded": _("Customer reminded"),
        "extended": _("Date put off"),
        "suspended": _("Gas suspended"),
        "restored": _("Gas restored"),
        "reviewed": _("Reviewed by somebody else"),
        "noted": _("Note"),
    }.get(name, name)


def act(name: str) -> str:
    """An event of the desk as what somebody may do now."""
    return {
        "taken_up": _("Take it up"),
        "told": _("The customer was told"),
        "notified": _("The notice was delivered"),
        "in_work": _("Work on it has begun"),
        "reported_done": _("The customer reports it done"),
        "reminded": _("The customer was reminded"),
        "extended": _("Put the date off"),
        "suspended": _("Gas was suspended"),
        "restored": _("Gas was restored"),
        "reviewed": _("Review and agree to the closing"),
        "noted": _("Note something"),
    }.get(name, name)


def explained(name: str) -> str:
    """What should be known before it is written down."""
    return {
        "taken_up": _("It then no longer stands on top of every page; you are the one who sees to it."),
        "notified": _("Handed over or left at the door later, because nobody signed for it at the visit."),
        "reported_done": _("This closes nothing: the company looks at it again."),
        "extended": _("The signed notice keeps its own date; ledger, door and reminders go by the new one."),
        "suspended": _("Only after a separate notice on paper. Say in the note which one, and who was there."),
        "restored": _("Only after a passed re-inspection, with a tightness test, somebody being at home."),
        "reviewed": _("You have looked at the pictures before and after and at the record of the re-inspection."),
    }.get(name, "")


def asks_note(name: str) -> str:
    """What the note of an event is for."""
    return {
        "in_work": _("Who does the work"),
        "reported_done": _("Who reported it, and how"),
        "reminded": _("What was said"),
        "extended": _("Reason"),
        "suspended": _("Number of the paper notice, persons present"),
        "restored": _("Who restored it, tightness test"),
        "noted": _("Note"),
    }.get(name, _("Remark"))


def refused(reason: str) -> str:
    """Why something may not be written down of a hazard now."""
    return {
        "not_issued": _("The notice is not issued yet."),
        "never_put_off": _("The date of a hazard of this level is not put off."),
        "put_off_already": _("The date has been put off already, as often as it may be."),
        "not_overdue": _("Gas may be suspended for this only when its date has passed."),
        "not_fixed": _("No re-inspection has found it put right."),
        "others_open": _("Other hazards of this home keep the gas off."),
        **words.second_person(),
        "same_level": _("It has this level already."),
        "called_already": _("Somebody has called this home already."),
        "finder": _("Somebody else must review it than who found it or looked at it again."),
        "not_now": _("This does not fit how the hazard stands now."),
        "changed": _("The hazard has changed meanwhile. Look at it again."),
        "planned_already": _("A re-inspection of this home is planned already."),
    }.get(reason, "")


def waits(name: str) -> str:
    """What is still missing before a hazard can be closed."""
    return {
        "reinspection": _("A re-inspection by the company that finds it put right"),
        "notice": _("The written notice, which the law wants for this hazard"),
        "heard": _("Proof that the notice reached the customer: signed, refused or left at the door"),
        "review": _("The review by somebody other than the finder"),
    }.get(name, name)


def changed(note: str) -> tuple[str, str, str]:
    """What a change of a hazard says: the part, its value, and why."""
    part, _sign, rest = note.partition("=")
    value, _line, why = rest.partition("\n") if part == "level" else (rest, "", "")
    return part, value, why
