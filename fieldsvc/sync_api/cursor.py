"""The opaque cursor: where a reader stands, tied to one epoch and one user.

Anything that cannot be read, or is of another epoch or user, raises Gone: the client then pulls from null and loses nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date

from fieldsvc import problems
from fieldsvc.record.service import Position


def write(*, position: Position, epoch: str, user_id: str) -> str:
    """A position as text."""
    day = position.day.isoformat() if position.day else None
    packed = json.dumps([epoch, user_id, position.version, day, position.entering], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).rstrip(b"=").decode()


def read(*, text: str | None, epoch: str, user_id: str) -> Position:
    """A position from text; the beginning from None. Raises Gone `cursor_expired`."""
    if text is None:
        return Position()
    try:
        its_epoch, its_user, version, day, entering = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=="))
        position = Position(int(version), date.fromisoformat(day) if day else None, int(entering))
    except (ValueError, TypeError, binascii.Error, UnicodeError) as error:
        raise problems.Gone("this cursor cannot be read; pull from null") from error
    if (its_epoch, its_user) != (epoch, user_id):
        raise problems.Gone("this cursor belongs to another history; pull from null")
    return position
