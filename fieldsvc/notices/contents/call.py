"""The no-access card: what hangs at a door where nobody opened, for anybody to read.

Nothing of who lives there or what they have, nor why nobody opened, is on it or in its file; that a home is empty, or a child
alone, is no stranger's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fieldsvc.notices.contents import snapshot
from fieldsvc.notices.contents.source import Source
from fieldsvc.notices.contents.wording import Text, appointment, day, fill, moment, same, wording

Json = dict[str, Any]


def owed(document: Mapping[str, Any]) -> bool:
    """A visit at which nobody opened owes a card that says so and how to agree on another day."""
    return bool(document["outcome"]["outcome"] == "no_access")


def facts(source: Source) -> Json:
    """When we called, who it was, and when we come again."""
    shared = snapshot.bare(source)
    return {
        **shared,
        "visit": {**shared["visit"], "reason": ""},
        "customer": {**shared["customer"], "name": "", "phone": ""},
        "call": {
            "calls": [moment(at, source.zone) for at in source.archive.calls_in_vain()],
            "by": source.came(),
            "next_at": source.document["outcome"].get("next_at"),
        },
    }


def view(frozen: Mapping[str, Any], zone: ZoneInfo) -> Json:
    """What the card says: when we came, when we come again or how to agree on it, and that it is not the first time."""
    words, hotline, call = wording()["no_access"], frozen["company"]["hotline"], frozen["facts"]["call"]
    agreed = call["next_at"]
    when = _when(agreed, zone) if agreed else None
    body = fill(
        words["body"],
        time=moment(frozen["facts"]["visit"]["closed_at"], zone),
        purpose=frozen["facts"]["visit"]["type"],
    )
    said = {
        **call,
        "body": body,
        "next": fill(words["next"], when=when, hotline=hotline) if when else fill(words["agree"], hotline=hotline),
        "again": fill(words["again"], n=len(call["calls"])) if len(call["calls"]) > 1 else None,
    }
    return {"call": said}


def _when(agreed: str, zone: ZoneInfo) -> Text:
    on, hour = appointment(agreed, zone)
    return same(f"{on} {hour}") if hour else day(on)
