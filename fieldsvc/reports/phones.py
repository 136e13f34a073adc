"""Phones that were not heard from, and what may still be on them, as far as the server can know.

Decides after how long a phone is asked after (policy `promises`). A phone's unsent entries are known to nobody but the phone;
what is known is when it was last heard, how far its log is stored, and which of its holder's visits are still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fieldsvc.identity import service as identity
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record


@dataclass(frozen=True)
class Phone:
    """A phone that keeps silent. `acked`: entries of it that are stored; `open_visits`: of its holder, due by today."""

    id: str
    code: str
    name: str
    holder_id: str
    holder: str
    heard_at: datetime
    acked: int
    open_visits: int


def silent_phones(*, now: datetime, today: date, limit: int = 20) -> tuple[list[Phone], int]:
    """Phones in service that were not heard from for long, the longest silent first; and how many there are in all."""
    longest = timedelta(hours=policy.value("promises", "silent_hours"))
    devices = [
        one
        for one in identity.devices()
        if one.public_key is not None and one.revoked_at is None and now - one.last_seen_at > longest
    ]
    devices.sort(key=lambda one: (one.last_seen_at, one.id))
    shown = devices[:limit]
    names: Mapping[str, str] = identity.people()
    acked = record.acked_of(device_ids=[one.id for one in shown])
    still_open = record.count_open(assignee_ids={one.user_id for one in shown}, until=today)
    phones = [
        Phone(
            id=one.id,
            code=one.code,
            name=one.name,
            holder_id=one.user_id,
            holder=names.get(one.user_id, ""),
            heard_at=one.last_seen_at,
            acked=acked.get(one.id, 0),
            open_visits=still_open.get(one.user_id, 0),
        )
        for one in shown
    ]
    return phones, len(devices)
