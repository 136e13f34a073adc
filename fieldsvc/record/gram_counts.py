"""Which grams nearly every text has, so that an index need not be asked for all of them: as PostgreSQL itself keeps count.

Its index gives all rows of a gram before the first is looked at; SQLite's gives them one by one and needs none of this. Decides
nothing that is found: a word of frequent grams is looked for along the visits. Without statistics no gram is frequent.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text

from fieldsvc.db import db

MOST = 100_000
"""So many texts may have the rarest gram of a word that the index is asked for it."""
REMEMBERED_SECONDS = 600.0
_SHARES = text(
    "SELECT reltuples, most_common_elems::text::text[], most_common_elem_freqs FROM pg_class JOIN pg_stats"
    " ON tablename = relname AND schemaname = relnamespace::regnamespace::text"
    " WHERE relname = 'sought_grams' AND attname = 'grams' AND pg_table_is_visible(pg_class.oid)"
)
_known: WeakKeyDictionary[Engine, tuple[float, Mapping[str, float]]] = WeakKeyDictionary()


def frequent(grams: Collection[str]) -> bool:
    """Whether even the rarest of these grams stands in too many texts."""
    if db.engine.dialect.name != "postgresql":
        return False
    counts = _counts(db.engine)
    return min(counts.get(gram, 0.0) for gram in grams) > MOST


def forget() -> None:
    """Ask the database again at the next search."""
    _known.clear()


def _counts(engine: Engine) -> Mapping[str, float]:
    """How many texts have each of the most frequent grams, about."""
    at, counts = _known.get(engine, (0.0, {}))
    if not at or time.monotonic() - at > REMEMBERED_SECONDS:
        row = db.session.execute(_SHARES).first()
        counts = {}
        if row is not None and row.most_common_elems and row.reltuples > 0:
            counts = {gram: row.reltuples * share for gram, share in zip(*row[1:], strict=False)}
        _known[engine] = time.monotonic(), counts
    return counts
