"""Time and new ids, in one place so that every instant is aware and every id sorts by when it was made.

Decides how an instant is written (RFC 3339, UTC, milliseconds) and how an id is made (UUIDv7, RFC 9562). Does not know the
company's zone: dates that people live by come from `fieldsvc.installation.zone`.
"""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, date, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """Write an aware instant as `2026-11-21T01:12:33.123Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_of(text: str) -> date | None:
    """A day that somebody typed; None where there is none that can be read, or none that a company lives to see."""
    try:
        found = date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2999 else None


def new_id() -> str:
    """Make a UUIDv7 in lower-case text: 48 bits of milliseconds, then random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
