"""The words for what the audit book and the pages about people's data speak of, in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence

from fieldsvc.office.words import _


def kinds() -> Sequence[tuple[str, str]]:
    """The kinds of entries, in the order in which one looks for them."""
    return (
        ("saw", _("Looked at")),
        ("listed", _("Looked through")),
        ("sought", _("Searched")),
        ("exported", _("Took away as a file")),
        ("shown", _("Had a number shown")),
        ("changed", _("Changed")),
        ("entered", _("Logged in")),
        ("left", _("Logged out")),
        ("refused", _("Was turned away")),
        ("public", _("Looked by QR code")),
        ("erased", _("Erased")),
    )


def kind(of: str) -> str:
    """A kind in words."""
    return dict(kinds()).get(of, of)


def things() -> Sequence[tuple[str, str]]:
    """What entries are about."""
    return (
        ("visit", _("Visit")),
        ("visits", _("Visits")),
        ("customer", _("Customer")),
        ("photo", _("Photo")),
        ("paper", _("Paper")),
        ("papers", _("Papers")),
        ("serving", _("Proof of delivery")),
        ("lookup", _("Public page")),
        ("hazard", _("Hazard")),
        ("hazards", _("Hazards")),
        ("hazard_calls", _("Calls about hazards")),
        ("reading", _("Meter reading")),
        ("readings", _("Readings")),
        ("billing", _("Billing files")),
        ("call", _("Return call")),
        ("calls", _("Return calls")),
        ("complaint", _("Complaint")),
        ("complaints", _("Complaints")),
        ("correction", _("Correction")),
        ("corrections", _("Corrections")),
        ("signature", _("Signature")),
        ("doubt", _("Sign of a visit done for show")),
        ("entry", _("Entry that waits")),
        ("quarantine", _("Entries that wait")),
        ("attention", _("Needs a person")),
        ("dashboard", _("Today")),
        ("plan", _("Plan")),
        ("due", _("Inspections due")),
        ("campaign", _("Campaign")),
        ("campaigns", _("Campaigns")),
        ("reports", _("Reports")),
        ("printing", _("Print run")),
        ("printings", _("Print runs")),
        ("import", _("Import")),
        ("imports", _("Imports")),
        ("lifeboat", _("Lifeboat file")),
        ("lifeboats", _("Lifeboat")),
        ("person", _("Member of staff")),
        ("people", _("People and devices")),
        ("device", _("Phone of the staff")),
        ("settings", _("Settings")),
        ("session", _("Session")),
        ("audit", _("Audit book")),
        ("personal_data", _("Personal data")),
        ("telephone", _("Telephone number")),
    )


def thing(of: str) -> str:
    """What an entry is about, in words."""
    return dict(things()).get(of, of)


def ripe(kind: str) -> str:
    """A kind of data that goes when its time is over, in words."""
    return {
        "places": _("Places where visits were begun"),
        "photos": _("Photos that show no hazard"),
        "visits": _("Names, telephone numbers, remarks and signatures of visits"),
        "calls": _("What was said in return calls and complaints"),
        "audit": _("Entries of the audit book"),
    }[kind]


def why_it_stays(reason: str) -> str:
    """Why something of a person stays, in words."""
    return {
        "not_over": _("The visit is not over."),
        "hazard": _("A hazard's record is made of it."),
        "unsettled": _("Somebody has still to decide about it."),
        "young": _("Names and signatures stay until claims are time-barred."),
        "customer": _("Still a customer."),
    }[reason]
