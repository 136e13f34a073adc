"""The words of return calls and complaints: why, how it stands, how it came, what happened. Decides words only."""

from __future__ import annotations

from fieldsvc.calls.service import complaints
from fieldsvc.office.words import _, told


def reason(name: str) -> str:
    """Why somebody is called back."""
    return {
        "sample": _("The week's sample"),
        "score": _("Low score"),
        "refused": _("Entry refused"),
        "stopped": _("Stopped for danger"),
    }.get(name, name)


def complaint_kind(name: str) -> str:
    """What somebody complains with; each is closed within a time of its own."""
    return {
        "complaint": _("Complaint"),
        "opinion": _("Opinion"),
        "power": _("Complaint about power"),
        "report": _("Report about power"),
    }.get(name, name)


def topic(name: str) -> str:
    """What a complaint is about; empty where that was not asked."""
    return told(complaints.topics().get(name, ""))


def state(name: str) -> str:
    """How a call, a task or a complaint stands."""
    return {
        "due": _("To call"),
        "reached": _("Reached"),
        "given_up": _("Nobody answered, given up"),
        "open": _("Not settled yet"),
        "done": _("Done"),
        "answered": _("Answered"),
        "closed": _("Closed"),
    }.get(name, name)


def tone(name: str) -> str:
    """The tone of a state's chip."""
    return {
        "reached": "completed",
        "done": "completed",
        "closed": "completed",
        "given_up": "quiet",
        "answered": "started",
    }.get(name, "warn")


def way(name: str) -> str:
    """How a complaint came."""
    return {
        "phone": _("By telephone"),
        "hall": _("At the counter"),
        "letter": _("By letter"),
        "online": _("Online"),
        "call": _("In a return call"),
    }.get(name, name)


def event(name: str) -> str:
    """What happened to a complaint."""
    return {
        "received": _("Complaint taken in"),
        "given": _("Given to"),
        "found": _("What was found"),
        "answered": _("Reply to the person who complained"),
        "closed": _("Closed"),
        "reopened": _("Opened again"),
    }.get(name, name)


def refused(code: str) -> str:
    """Why a step of a complaint cannot be taken."""
    return {
        "words_needed": _("Say it in words."),
        "owner": _("Somebody else than the person complained about must own it."),
        "own_case": _("The person complained about may not write this."),
        "reply_first": _("Before it is closed, write what was found and the reply that was given."),
        "cannot_follow": _("This is no longer possible: see how the complaint stands."),
        "changed_meanwhile": _("Somebody else wrote on this meanwhile. Look at it again first."),
    }.get(code, code)
