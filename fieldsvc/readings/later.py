"""Which visits reckoned with a reading that has changed: the ones that read the same meters next.

Decides how far a change reaches: to the next reading of the meter that counts, and to those before it that do not. What comes
later begins from a figure that stands. Reads only; one query, whatever changed.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from fieldsvc.db import among, db
from fieldsvc.readings.models import Reading

_changed, _later = Reading.__table__.alias(), Reading.__table__.alias()
_LATER = (
    select(_changed.c.id, _later.c.visit_id, _later.c.value, _later.c.doubted)
    .join(_later, (_later.c.meter_id == _changed.c.meter_id) & (_later.c.read_at > _changed.c.read_at))
    .where(among(_changed.c.visit_id, "visits"))
    .order_by(_changed.c.id, _later.c.read_at, _later.c.id)
)
"""Put together once: every push asks it."""


def visits_after(*, visit_ids: Collection[str]) -> set[str]:
    """The visits whose use begins at a reading of these visits, or began at it before it was doubted or changed."""
    found, over = set[str](), set[str]()
    for reading_id, visit_id, value, doubted in db.session.execute(_LATER, {"visits": sorted(visit_ids)}):
        if reading_id not in over and visit_id is not None:
            found.add(visit_id)
        if value is not None and not doubted:
            over.add(reading_id)
    return found - set(visit_ids)
