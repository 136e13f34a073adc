"""A form counts once: a double click, a reload or the way back sends the same thing again, and it is not done again.

Every showing of a form has an id of its own (`new_id`); what is sent from it is known by that id and its contents, so that
going back and typing something else is another form. Knows no HTTP. Invariant: the mark is written where the work is written,
in one transaction; writers stand in one line, so two cannot both find it missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete

from fieldsvc import problems
from fieldsvc.clock import new_id
from fieldsvc.db import db
from fieldsvc.forms.fill import Sent, filled, typed
from fieldsvc.forms.models import SentForm
from fieldsvc.jsontext import dumps

__all__ = ["KEPT", "Repeated", "Sent", "digest", "filled", "mark", "new_id", "typed"]

KEPT = timedelta(days=2)
"""A page that has been open for longer is refused or shown anew for other reasons."""


class Repeated(problems.Problem):
    """The same form was sent and done before. Not a Conflict: nothing contradicts anything."""

    status, code, title = 409, "sent_already", "This was sent and done already"


def digest(*, form_id: str, address: str, fields: Iterable[tuple[str, str]]) -> str:
    """What a form is known by: which showing of it, where it goes and what it says."""
    return hashlib.sha256(dumps([form_id, address, sorted(fields)]).encode()).hexdigest()


def mark(*, digest: str, now: datetime) -> None:
    """Mark a form as done, in the transaction that does it. Raises Repeated for one that was done before."""
    if db.session.get(SentForm, digest) is not None:
        raise Repeated()
    db.session.execute(delete(SentForm).where(SentForm.sent_at < now - KEPT))
    db.session.add(SentForm(digest=digest, sent_at=now))
    db.session.flush()
