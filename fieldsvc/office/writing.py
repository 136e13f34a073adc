"""How a page of the office writes: as an op of whoever is logged in, having seen what its form was made from.

Decides what a form has seen; what may be written decides whoever owns it. Commits nothing: the caller's transaction does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from fieldsvc import clock
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.office import service


def seen() -> int:
    """The version of the visit that the form was made from; 0, before everything, where it does not say one."""
    base = request.form.get("base", "")
    return int(base) if base.isascii() and base.isdigit() and len(base) < 19 else 0


def write(visit_id: str, kind: str, data: Mapping[str, Any], *, base: int | None = None) -> None:
    """Write one op of this clerk, who has seen the visit as the form does, or as it was at `base`. In the caller's transaction.

    Raises NotFound, and Invalid where it cannot be applied.
    """
    now = clock.now()
    author = identity.office_author(user=access.me(), now=now)
    service.edit(author=author, visit_id=visit_id, base=seen() if base is None else base, kind=kind, data=data, now=now)
