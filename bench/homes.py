"""A store as the office has it after years: homes that were visited again and again, without the logs that no page reads.

One day is made by the server's own code (see stock.py); the rows that it left of one visit become a pattern, and copies of them
get homes, days, technicians and fates of their own. What a page never reads is left out: the op log, the facts and fields behind
a document, the frozen text of a paper. Invariant: a copied visit's document, columns, ledger rows and searchable words agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from sqlalchemy.schema import CreateIndex, DropIndex

from bench.kept import TABLES as KEPT
from bench.kept import TAGS, Kept, kind_of
from bench.ours import Installation
from bench.stock import UUID, Pattern, Row, Stock, Table, Writer
from fieldsvc import create_app
from fieldsvc.db import Base, db
from fieldsvc.record.sought import grams
from fieldsvc.sqlite import driver as sqlite

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静秀英丽强磊洋艳勇军杰娟涛明超霞平刚桂兰国建华志文玉梅红飞鹏辉琴雪荣爱春海云福生龙"
DISTRICTS = ("南明区", "云岩区", "观山湖区", "花溪区", "乌当区", "白云区")
ROADS = (
    *("遵义", "瑞金北", "中华南", "延安东", "宝山北", "富水中", "都司", "兴关", "合群", "黄河", "长江", "珠江"),
    *("香狮", "解放", "人民", "新华", "文昌北", "盐务", "金阳南", "林城西", "石林", "花果园", "浣纱", "青云"),
    *("市南", "沙冲", "玉厂", "见龙洞", "观水", "神奇"),
)
WAYS = ("路", "街", "巷", "大道")
UNREAD = {("visits", "facts"): "{}", ("visits", "fields"): "{}", ("notices", "snapshot"): None}
BY_VISIT = ("visits", "hazards", "hazard_events", "notices", "readings")
DAYS_A_YEAR = 250
FATES = {0: "no_access", 1: "no_access", 2: "no_access", 3: "refused", 4: "stopped"}
"""What became of so many in forty visits; the others were completed."""
AT_ONCE = 2000


@dataclass(frozen=True)
class Home:
    """A customer with one meter."""

    id: str
    account: str
    name: str
    phone: str
    district: str
    address: str
    building: str
    unit: str
    room: str
    meter: str
    serial: str


def home(n: int, chance: Random) -> Home:
    """The n-th home; the same one whenever it is made with the same chance."""
    name = chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))
    return Home(
        id=_id(chance),
        account=f"85100{n:06d}",
        name=name,
        phone=f"139{chance.randrange(10**8):08d}",
        district=chance.choice(DISTRICTS),
        address=f"{chance.choice(ROADS)}{chance.choice(WAYS)}{chance.randrange(1, 300)}号",
        building=str(chance.randrange(1, 40)),
        unit=str(chance.randrange(1, 5)),
        room=f"{chance.randrange(1, 30)}0{chance.randrange(1, 5)}",
        meter=_id(chance),
        serial=f"18{chance.randrange(10**7):07d}{n:06d}",
    )


def _id(chance: Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-8{text[17:20]}-{text[20:]}"


class Visits:
    """The rows of one visit as a pattern, table by table."""

    def __init__(self, stock: Stock, rows: Mapping[str, Sequence[Row]], visit: Row):
        self._tables = {one.name: one for one in stock.tables if one.name in BY_VISIT}
        cells = dict(zip(self._tables["visits"].columns, visit, strict=True))
        customer, meter = (
            dict(zip(stock.columns(name), next(row for row in rows[name] if cells["customer_id"] in row), strict=True))
            for name in ("customers", "meters")
        )
        hazards = {row[0] for row in rows["hazards"] if cells["id"] in row}
        mine = {
            name: [row for row in rows[name] if cells["id"] in row or hazards & set(map(str, row))]
            for name in self._tables
        }
        papers = self._tables["notices"].columns.index("number")
        of_home = [customer["id"], customer["account"], customer["name"], customer["phone"], customer["address"]]
        of_home += [f'"{name}":"{customer[name]}"' for name in ("district", "building", "room")]
        self.known = [cells["id"], cells["number"], cells["lookup"], *of_home, meter["id"], meter["serial"]]
        self.known += [stock.today.isoformat(), stock.user, "王小明"]
        self.papers = len(numbers := sorted({row[papers] for row in mine["notices"]}))
        self.known += numbers
        said = [cell for of in mine.values() for row in of for cell in row if isinstance(cell, str)]
        ids = {word for cell in said for word in re.findall(UUID, cell)}
        self.fresh = sorted(ids - set(self.known))
        words = {word: n for n, word in enumerate([*self.known, *self.fresh])}
        cut = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
        self.rows = {name: [self._cut(name, row, cut, words) for row in of] for name, of in mine.items()}

    def _cut(self, table: str, row: Row, cut: re.Pattern[str], words: Mapping[str, int]) -> tuple[Any, ...]:
        names = self._tables[table].columns
        return tuple(_cell(UNREAD.get((table, name), cell), cut, words) for name, cell in zip(names, row, strict=True))


def _cell(cell: Any, cut: re.Pattern[str], words: Mapping[str, int]) -> Any:
    if not isinstance(cell, str):
        return cell
    made = cell.replace('"status":"pending"', '"status":"ready"')  # papers of days gone by were made long ago
    pattern = Pattern(made, cut, words)
    return made if pattern.constant else pattern


class Town:
    """Fills an installation: homes, then their visits, oldest first; the last days are still to come."""

    def __init__(self, made: Installation, stock: Stock, *, homes: int, visits: int, say: Callable[[str], None]):
        self.made, self.stock, self.say, self.chance = made, stock, say, Random(6)
        self.homes, self.visits = homes, visits
        self.tables: dict[str, Table] = {one.name: one for one in stock.tables}
        self.a_day = max(1, visits // (5 * DAYS_A_YEAR))
        self._sought = 0
        app = create_app(made.settings())
        with app.app_context():
            self.kept = Kept.of_store(today=stock.today, chance=Random(7))
            db.session.remove()
            db.engine.dispose()

    def fill(self, writers: Sequence[Writer], patterns: tuple[Sequence[Visits], Sequence[Visits]]) -> None:
        """Put everything in; indexes are made again afterwards, because that is faster than keeping them."""
        self._indexes(DropIndex)
        with self._opened() as add:
            known = [home(n, self.chance) for n in range(self.homes)]
            for first in range(0, self.homes, AT_ONCE):
                self._add_homes(add, first, known[first : first + AT_ONCE])
        for first in range(0, self.visits, AT_ONCE):
            with self._opened() as add:
                self._add_visits(add, known, writers, patterns, first, min(first + AT_ONCE, self.visits))
            if first // AT_ONCE % 25 == 24:
                self.say(f"{first + AT_ONCE:,} of {self.visits:,} visits")
        with self._opened() as add:
            for table, columns, rows in self.kept.at_the_end(known, writers, self.visits):
                add(table, columns, rows)
        self.say("all rows are in; the indexes follow")
        self._indexes(CreateIndex)

    def _indexes(self, what: Any) -> None:
        app = create_app(self.made.settings())
        names = (*BY_VISIT, *KEPT, "customers", "meters", "sought")
        with app.app_context():
            with db.engine.connect().execution_options(fieldsvc_writes=True) as connection:
                for table in Base.metadata.sorted_tables:
                    for index in sorted(table.indexes, key=lambda one: str(one.name)) if table.name in names else ():
                        connection.execute(what(index))
                connection.commit()
                if connection.dialect.name == "postgresql":
                    word = "CREATE INDEX ix_sought_grams ON sought_grams USING gin (grams)"
                    connection.exec_driver_sql("DROP INDEX ix_sought_grams" if what is DropIndex else word)
                    connection.commit()
            db.session.remove()
            db.engine.dispose()
        if what is CreateIndex and not self.made.database_url.startswith("sqlite:///"):
            with psycopg.connect(self.made.database_url.replace("+psycopg", ""), autocommit=True) as server:
                server.execute("VACUUM ANALYZE")

    @contextmanager
    def _opened(self) -> Iterator[Callable[[str, Sequence[str], Sequence[Row]], None]]:
        if self.made.database_url.startswith("sqlite:///"):
            connection = sqlite.connect(self.made.database_url.removeprefix("sqlite:///"), isolation_level=None)
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -400000")
            connection.execute("BEGIN IMMEDIATE")

            def insert(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
                marks = ", ".join("?" for _ in columns)
                connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

            try:
                yield insert
                connection.execute("COMMIT")
            finally:
                connection.close()
            return
        with psycopg.connect(self.made.database_url.replace("+psycopg", "")) as server, server.cursor() as cursor:

            def copy(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
                names = ", ".join("id" if name == "rowid" else name for name in columns)
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
                    for row in rows:
                        stream.write_row(row)

            yield copy

    def _add_homes(self, add: Callable[..., None], at: int, those: Sequence[Home]) -> None:
        moment = "2026-01-01 00:00:00"
        customers, meters = self.tables["customers"].columns, self.tables["meters"].columns
        of_customer = [{"tags": TAGS[kind_of(at + n)], "changed_at": moment} for n in range(len(those))]
        of_meter = {"kind": "diaphragm", "digits": 5, "decimals": 3}
        given = [vars(one) | more for one, more in zip(those, of_customer, strict=True)]
        add("customers", customers, [tuple(one.get(name) for name in customers) for one in given])
        rows = [{"id": one.meter, "customer_id": one.id, "serial": one.serial} | of_meter for one in those]
        add("meters", meters, [tuple(row.get(name) for name in meters) for row in rows])

    def _add_visits(
        self, add: Callable[..., None], known: Sequence[Home], writers: Sequence[Writer],
        patterns: tuple[Sequence[Visits], Sequence[Visits]], first: int, last: int,
    ) -> None:  # fmt: skip
        rows: dict[str, list[Row]] = {name: [] for name in BY_VISIT}
        sought: list[tuple[str | None, str | None, str]] = []
        for n in range(first, last):
            back = (self.visits - 1 - n) // self.a_day - 2
            self._add_visit(rows, sought, n, known, writers[n % len(writers)], patterns[back < 1], back)
        for name, of_table in rows.items():
            add(name, self.tables[name].columns, of_table)
        for name, columns, of_kept in self.kept.gathered():
            add(name, columns, of_kept)
        numbered = [(self._sought + n, *row) for n, row in enumerate(sought, start=1)]
        self._sought += len(sought)
        add("sought", ("id", "customer_id", "visit_id", "text"), numbered)
        joined = self.made.database_url.startswith("sqlite:///")
        cut = [(row[0], sorted(grams(row[3]))) for row in numbered]
        add("sought_grams", ("rowid", "grams"), [(n, " ".join(some) if joined else some) for n, some in cut])

    def _add_visit(
        self, rows: dict[str, list[Row]], sought: list[tuple[str | None, str | None, str]], n: int, known: Sequence[Home],
        writer: Writer, patterns: Sequence[Visits], back: int,
    ) -> None:  # fmt: skip
        pattern, day, chance = (
            patterns[n % len(patterns)],
            self.stock.today - timedelta(days=back * 7 // 5),
            self.chance,
        )
        at = n * 7919 % self.homes
        of, made_here = known[at], {name: len(of_table) for name, of_table in rows.items()}
        number, visit = f"AJ-{day:%Y%m%d}-{n % self.a_day + 1:04d}", _id(chance)
        fate = FATES.get(n % 40, "completed")
        papers = [f"YH-GY01-{day:%Y%m%d}-{n % self.a_day * 3 + k:05d}" for k in range(pattern.papers)]
        of_home = [of.id, of.account, of.name, of.phone, of.address]
        of_home += [f'"{name}":"{getattr(of, name)}"' for name in ("district", "building", "room")]
        words = [visit, number, _id(chance)[:22], *of_home, of.meter, of.serial]
        words += [day.isoformat(), writer.user_id, writer.username, *papers, *(_id(chance) for _ in pattern.fresh)]
        place = " ".join(
            (of.account, of.name, of.phone, of.district, of.address, f"{of.building}-2-{of.room}", of.serial)
        ).lower()
        search = " ".join((number, place, *papers)).lower()
        for name, of_table in pattern.rows.items():
            for row in of_table:
                made = [cell.copy(words, n, 0) if type(cell) is Pattern else cell for cell in row]
                self._settle(name, made, of, search, n, fate, back, day)
                rows[name].append(tuple(made))
        cells = {
            name: [dict(zip(self.tables[name].columns, row, strict=True)) for row in of_table[made_here[name] :]]
            for name, of_table in rows.items()
        }
        which = n % len(patterns) if back >= 1 else -1 - n % len(patterns)
        self.kept.visit(n, at, of, writer, (which, fate), day, back, cells)
        if n < self.homes:  # each home is visited once before any is visited again
            sought.append((of.id, None, place))
        sought += [(None, visit, one.lower()) for one in (number, *papers)]

    def _settle(
        self, table: str, row: list[Any], of: Home, search: str, n: int, fate: str, back: int, day: date
    ) -> None:
        at = {name: place for place, name in enumerate(self.tables[table].columns)}
        if table == "visits":
            row[at["version"]] = n + 1
            if row[at["outcome"]]:
                row[at["outcome"]] = fate
                row[at["document"]] = row[at["document"]].replace('"outcome":"completed"', f'"outcome":"{fate}"')
            row[at["search"]] = search
        if table == "hazards":
            row[at["district"]] = of.district
            row[at["due_on"]] = row[at["paper_due_on"]] = (day + timedelta(days=15)).isoformat()
            row[at["found_at"]] = row[at["arrived_at"]] = f"{day} 02:00:00"
            if back > 45 and n % 25:
                row[at["state"]], row[at["stage"]], row[at["remind_on"]] = "closed", "closed", None
                row[at["closed_at"]] = row[at["fixed_at"]] = f"{day + timedelta(days=12)} 02:00:00"
            elif row[at["remind_on"]]:
                row[at["remind_on"]] = (day + timedelta(days=10)).isoformat()
        if table == "notices":
            failed = n % 9973 == 5
            row[at["status"]], row[at["held"]] = ("failed" if failed else "ready"), False
            row[at["promised_at"]] = row[at["ready_at"]] = f"{day} 03:00:00"
        if table == "readings":
            row[at["read_at"]] = f"{day} 02:30:00"


def patterns_of(stock: Stock, folder: Path) -> tuple[list[Visits], list[Visits]]:
    """The visits of the day as patterns: done ones, and the same as they were planned."""
    done, planned = [], []
    for database, into in ((stock.made.data / "fieldsvc.db", done), (folder / "planned.db", planned)):
        with sqlite.connect(database) as connection:
            rows = {
                one.name: connection.execute(f"SELECT {', '.join(one.columns)} FROM {one.name}").fetchall()
                for one in stock.tables
                if one.name in (*BY_VISIT, "customers", "meters")
            }
        connection.close()
        into += [Visits(stock, rows, visit) for visit in rows["visits"]]
    return done, planned
