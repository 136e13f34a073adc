"""By which words visits are found: the texts of their customers, and their numbers, cut into grams that an index holds.

A word is found wherever it stands in a text, Chinese or not: what the index gives are candidates, and the text itself decides.
Texts are kept once per customer however many visits there are, never changed and, but for erasure, never taken away: a visit
of long ago is found by the name that it had, and a push writes nothing here unless a visit says something new. Invariant:
whatever part of a visit's `search` is looked for, without a space in it, is a part of one row here. Why: ADR 0015.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, cast, column, delete, func, literal_column, or_, select, table, true
from sqlalchemy.dialects.postgresql import ARRAY

from fieldsvc.db import Rows, among, db
from fieldsvc.record.gram_counts import frequent
from fieldsvc.record.models import Sought, Visit

Json = dict[str, Any]

RARE = 2000
"""A word that more customers or visits have is common: visits with it are found by going through them, newest first."""
MOST_HITS = 5000
"""So many texts that have a word's grams are looked at for the word itself."""
MOST_WORDS = 6
_HYPHENATED = re.compile("[0-9A-Za-z-]{3,}")
_HYPHEN = "\u2010"
"""What stands for the hyphen in the index: SQLite's tokenizer would part a gram at the other one."""
_GRAMS = table("sought_grams", column("id"), column("rowid"), column("grams", ARRAY(Text)))
_SOUGHT = Rows(Sought.__table__, columns=("id", "customer_id", "visit_id", "text"))


# -- what a visit says


class Said(NamedTuple):
    """The text of a visit's customer, and the numbers of the visit and its papers; in small letters."""

    place: str
    numbers: tuple[str, ...]

    @property
    def whole(self) -> str:
        """All of it, as `visits.search` holds it."""
        return " ".join((self.numbers[0], self.place, *self.numbers[1:])).strip()


def said_by(document: Mapping[str, Any]) -> Said:
    """What a visit's document says."""
    customer = document["customer"]
    words = [str(customer.get(name) or "") for name in ("account", "name", "phone", "district", "address")]
    words.append("-".join(str(customer.get(name) or "") for name in ("building", "unit", "room")))
    words += [meter["serial"] for meter in document["meters"]]
    numbers = (document["number"], *(notice["number"] for notice in document["notices"]))
    return Said(" ".join(word for word in words if word).lower(), tuple(number.lower() for number in numbers))


class Change(NamedTuple):
    """A visit about to be written: what it says now, and its `search` as it stands; empty for a new one."""

    visit_id: str
    customer_id: str
    said: Said
    former: str = ""


def forget(*, customer_id: str) -> None:
    """Take away everything by which a customer was found: the one exception to texts that stay, see ADR 0017."""
    rows = db.session.execute(select(Sought.id, Sought.text).where(Sought.customer_id == customer_id)).all()
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DELETE FROM sought_grams WHERE id = ANY (%s)", ([n for n, _ in rows],))
    elif rows:
        # An index without contents of its own must be told what it holds.
        words = "INSERT INTO sought_grams (sought_grams, rowid, grams) VALUES ('delete', ?, ?)"
        connection.exec_driver_sql(words, [(n, " ".join(grams(said))) for n, said in rows])
    db.session.execute(delete(Sought).where(Sought.customer_id == customer_id))


def keep(changes: Iterable[Change]) -> None:
    """Keep what visits say that nobody said before. In the transaction that writes them."""
    new = [one for one in changes if one.said.whole != one.former]
    if not new:
        return
    rows: list[tuple[str | None, str | None, str]] = []
    moved = {(one.customer_id, one.said.place) for one in new if f" {one.said.place} " not in f" {one.former} "}
    if moved:
        customers = sorted({customer_id for customer_id, _ in moved})
        known = db.session.execute(select(Sought.customer_id, Sought.text).where(Sought.customer_id.in_(customers)))
        moved -= {(customer_id, place) for customer_id, place in known if customer_id is not None}
        rows += [(customer_id, None, place) for customer_id, place in sorted(moved)]
    for one in new:
        former = one.former.split()
        rows += [(None, one.visit_id, number) for number in one.said.numbers if number not in former]
    _write(rows)


def keep_places(customer_id: str, places: Iterable[str]) -> None:
    """Keep what is left to find a customer by, after `forget`."""
    _write([(customer_id, None, place) for place in sorted(places)])


def _write(rows: Sequence[tuple[str | None, str | None, str]]) -> None:
    if not rows:
        return
    first = (db.session.scalar(select(func.max(Sought.id))) or 0) + 1  # writers stand in one line
    numbered = list(enumerate(rows, start=first))
    _SOUGHT.write([{"id": n, "customer_id": c, "visit_id": v, "text": said} for n, (c, v, said) in numbered])
    index([(n, said) for n, (_, _, said) in numbered])


def index(texts: Sequence[tuple[int, str]]) -> None:
    """Put texts into the index under the ids of their rows."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        words = "INSERT INTO sought_grams (id, grams) VALUES (%s, %s)"
        connection.exec_driver_sql(words, [(n, sorted(grams(said))) for n, said in texts])
    else:
        words = "INSERT INTO sought_grams (rowid, grams) VALUES (?, ?)"
        connection.exec_driver_sql(words, [(n, " ".join(grams(said))) for n, said in texts])


# -- grams


def _runs(said: str) -> Iterator[str]:
    """The stretches of letters and figures, or of other script, that a text consists of."""
    begin, kind = 0, ""
    for place, letter in enumerate(chain(said, (" ",))):
        now = "" if not letter.isalnum() else "latin" if letter.isascii() else "other"
        if now != kind:
            if kind:
                yield said[begin:place]
            begin, kind = place, now


def _across_hyphens(said: str) -> Iterator[str]:
    """The threes with a hyphen in them: a door, *5-2-101*, is told from others by these and hardly by its figures."""
    for stretch in _HYPHENATED.findall(said):
        for place in range(len(stretch) - 2):
            if "-" in (three := stretch[place : place + 3]):
                yield three.replace("-", _HYPHEN)


def grams(said: str) -> set[str]:
    """Every gram of a text: of letters and figures up to three in a row, hyphens among them, of other script characters and
    pairs."""
    return {
        run[place : place + size]
        for run in _runs(said)
        for size in range(1, 4 if run.isascii() else 3)
        for place in range(len(run) - size + 1)
    }.union(_across_hyphens(said))


def _longest_grams(word: str) -> set[str]:
    """The grams by which a word is looked for: no shorter ones where there are longer."""
    found = set()
    for run in _runs(word):
        size = min(len(run), 3 if run.isascii() else 2)
        found |= {run[place : place + size] for place in range(len(run) - size + 1)}
    across = set(_across_hyphens(word))
    return {gram for gram in found if not any(gram in three for three in across)} | across


# -- looking


class Narrowed(NamedTuple):
    """Which visits words can be found in. `picks`: one of these holds for every visit that has them, and all for few others;
    None where too many texts have them. `verified`: that the words are there. `anyway`: like `picks` whatever it takes, for
    when the newest visits have none.
    """

    verified: list[ColumnElement[bool]]
    picks: list[ColumnElement[bool]] | None = None
    anyway: ColumnElement[bool] | None = None


def narrow(words: str) -> Narrowed:
    """The conditions on visits that have all these words somewhere."""
    wanted = words.lower().split()[:MOST_WORDS]
    verified = [_has(Visit.search, word) for word in wanted]
    if not wanted or not any(_longest_grams(word) for word in wanted):
        return Narrowed(verified)
    rare = _candidates([wanted], numbers=[word for word in wanted if word.isascii()])
    for word in wanted if rare is None and len(wanted) > 1 else ():
        rare = rare or _candidates([[word]], numbers=[word] if word.isascii() else [])
    if rare is None:
        return Narrowed(verified, anyway=_anyway(wanted))
    customers, visits = rare
    picks = [among(Visit.customer_id, "customers", sorted(customers))] if customers else []
    return Narrowed(verified, [*picks, among(Visit.id, "visits", sorted(visits))] if visits else list(picks))


def of_number(word: str) -> set[str] | None:
    """The visits one of whose numbers, or of their papers' numbers, has this in it; None where they are too many."""
    if not _longest_grams(word.lower()):
        return None
    found = _candidates([], numbers=[word.lower()])
    return None if found is None else found[1]


def with_number(word: str) -> Any:
    """The query for the ids of those visits, however many they are."""
    return _looked_up("visit_id", [word.lower()])


def _has(column: Any, word: str) -> ColumnElement[bool]:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(f"%{escaped}%", escape="\\")  # type: ignore[no-any-return]


def _candidates(places: Sequence[Sequence[str]], *, numbers: Sequence[str]) -> tuple[set[str], set[str]] | None:
    """The customers whose text has all these words and the visits one of whose numbers has one of them; None where too many."""
    customers: set[str] = set()
    visits: set[str] = set()
    for wanted in [*places, *([word] for word in numbers if [word] not in places)]:
        found = _owners(wanted)
        if found is None:
            return None
        for customer_id, visit_id in found:
            if customer_id is not None and wanted in places:
                customers.add(customer_id)
            elif visit_id is not None and len(wanted) == 1 and wanted[0] in numbers:
                visits.add(visit_id)
        if len(visits) > RARE or len(customers) > RARE:
            return None
    return customers, visits


def _owners(wanted: Sequence[str]) -> Sequence[Any] | None:
    """Whose the texts with all these words are, (customer, visit); None where the index names too many to look at each."""
    cut = sorted(set().union(*(_longest_grams(word) for word in wanted)))
    if not cut or frequent(cut):
        return None
    table, key, matched = _matched(cut)
    hits = select(key.label("id")).select_from(table).where(matched).limit(MOST_HITS + 1)
    hit = hits.cte("hits").prefix_with("MATERIALIZED", dialect="*")
    many = select(func.count()).select_from(hit).scalar_subquery()
    fits = select(Sought.customer_id, Sought.visit_id).join_from(hit, Sought, Sought.id == hit.c.id)
    fit = fits.where(*(_has(Sought.text, word) for word in wanted)).subquery()
    counted = select(many.label("many")).subquery()
    rows = db.session.execute(select(counted.c.many, fit).select_from(counted.outerjoin(fit, true()))).all()
    return None if rows[0].many > MOST_HITS else [(row.customer_id, row.visit_id) for row in rows]


def _matched(cut: Sequence[str]) -> tuple[Any, Any, ColumnElement[bool]]:
    """The index, its key, and the condition that a text in it has all these grams."""
    if db.engine.dialect.name == "postgresql":
        return _GRAMS, _GRAMS.c.id, _GRAMS.c.grams.contains(cast(list(cut), ARRAY(Text)))
    matched = literal_column("sought_grams").op("MATCH")(" AND ".join(f'"{one}"' for one in cut))
    return _GRAMS, _GRAMS.c.rowid, matched


def _looked_up(column: str, wanted: Sequence[str]) -> Any:
    """The query for the rows with all these words: the index first, then their text."""
    row = getattr(Sought, column)
    query = select(row).distinct().where(row.is_not(None), *(_has(Sought.text, word) for word in wanted))
    cut = sorted(set().union(*(_longest_grams(word) for word in wanted)))
    if not cut:
        return query
    index, key, matched = _matched(cut)
    return query.join_from(Sought, index, Sought.id == key).where(matched)


def _anyway(wanted: Sequence[str]) -> ColumnElement[bool]:
    arms = [Visit.customer_id.in_(_looked_up("customer_id", wanted))]
    arms += [Visit.id.in_(_looked_up("visit_id", [word])) for word in wanted if word.isascii()]
    return or_(*arms)
