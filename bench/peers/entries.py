"""The same day as plain records, for programs that know nothing of visits: 600 entries, each with its UUID.

Nothing is signed, chained, checked or merged: they only keep the records.
"""

from __future__ import annotations

from typing import Any

from bench.day import VISITS, Phone
from fieldsvc import clock

Json = dict[str, Any]


def of_a_day() -> list[Json]:
    """600 entries about 40 visits, new at every call."""
    visits = [
        {
            "id": clock.new_id(),
            "version": place + 1,
            "meters": [{"id": clock.new_id()}],
            "customer": {"name": "王芳"},
            "assignee": {"name": "王小明"},
        }
        for place in range(VISITS)
    ]
    return Phone().write(visits, now=clock.now())
