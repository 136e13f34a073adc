"""Searching visits: any part of what is known of one finds it, on both databases, and nothing else does."""

import random

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from fieldsvc import found
from fieldsvc.db import db
from fieldsvc.record import gram_counts, sought
from fieldsvc.record import service as record
from fieldsvc.record.models import Visit
from tests.fieldsvc.papers import record_visit

pytestmark = pytest.mark.both_databases

PEOPLE = [
    {"name": "王秀兰", "address": "瑞金北路128号", "phone": "13984012345", "account": "8510010001", "room": "1204"},
    {"name": "王芳", "address": "遵义路 12 号", "phone": "13985000001", "account": "8510010002", "room": "301"},
    {"name": "田𠮷平", "address": "观山湖区长岭北路", "phone": "", "account": "8510010003", "room": "2"},
    {
        "name": "Müller & Søn GmbH",
        "address": "Straße 5/7_b%",
        "phone": "+86 851 5555",
        "account": "A-77.x",
        "room": "B1",
    },
    {"name": "王芳", "address": "瑞金南路", "phone": "13985000002", "account": "8510010005", "room": "301"},
]


def said_of(app):
    with app.app_context():
        return {row.id: row.search for row in db.session.execute(select(Visit.id, Visit.search))}


def found_by(app, words):
    with app.app_context():
        rows = [row["id"] for part in record.find(words=words).each(at_once=3) for row in part]
        page = [row["id"] for row in record.find(words=words).part(limit=200).rows]
    assert page == rows
    return rows


def fitting(texts, words):
    return {one for one, said in texts.items() if all(word in said for word in words.lower().split())}


def test_whatever_part_is_looked_for_finds_all_that_have_it_and_nothing_else(app, plan, database):
    for person in PEOPLE:
        plan(**person)
    texts, chance = said_of(app), random.Random(6)
    for _ in range(120):
        said = chance.choice(sorted(texts.values()))
        begin = chance.randrange(len(said))
        words = said[begin : begin + chance.randrange(1, 14)]
        assert set(found_by(app, words)) == fitting(texts, words), words
    for words in (
        "王芳 3-2-301",
        "aj- 瑞金",
        "芳 1398500",
        "兰 王",
        "%",
        "_",
        "\\",
        "王_芳",
        "zz",
        "龘",
        "-",
        "王芳 遵义 aj 12 号 13985 8510010002",
    ):
        assert set(found_by(app, words)) == fitting(texts, " ".join(words.split()[: sought.MOST_WORDS])), words


def test_a_door_is_looked_for_across_its_hyphens_and_found_with_no_unit_too(app, plan, database):
    doors = {
        plan(building=one, unit=two, room="101")["id"]: f"{one}-{two}-101" for one in ("5", "2") for two in ("2", "")
    }
    for door in doors.values():
        assert found_by(app, door) == [visit for visit, its in doors.items() if its == door]
    assert sought._longest_grams("5-2-101") == {"5\u20102", "\u20102\u2010", "2\u20101", "\u201010", "101"}
    assert sought._longest_grams("5-") == {"5"} and sought._longest_grams("aj-1") == {"aj\u2010", "j\u20101"}


def test_what_many_visits_have_is_found_the_same(app, plan, database, monkeypatch):
    for n in range(12):
        plan(**{**PEOPLE[n % 5], "account": f"85100{n}"})
    monkeypatch.setattr(sought, "RARE", 1)
    texts = said_of(app)
    for windows in ((2_000, 10_000), (2, 3)):
        monkeypatch.setattr(found, "WINDOWS", windows)
        monkeypatch.setattr(found, "SWEEP", windows[0])
        for words in ("王", "aj-", "瑞金", "王芳 301", "1398", "北路", "nobody", "没有"):
            assert set(found_by(app, words)) == fitting(texts, words), (words, windows)
        with app.app_context():
            first = record.find(words="王").part(limit=3)
            rest = record.find(words="王").part(limit=50, after=first.last)
            assert first.more and [one["id"] for one in first.rows + rest.rows] == found_by(app, "王")


def test_a_visit_is_found_by_its_paper_and_by_a_corrected_name(app, plan, phone_of, database):
    visit, phone = plan(name="王秀兰"), phone_of("inspector")
    other = plan(name="李四")
    phone.op(visit["id"], "customer.correct", field="name", value="王秀岚")
    record_visit(phone, visit["id"], photo=False)
    phone.sync()
    with app.app_context():
        paper = record.document(visit_id=visit["id"])["notices"][0]["number"]
    for part in (paper, paper[-6:], paper.lower()[3:12]):
        assert visit["id"] in found_by(app, part), part
    assert found_by(app, paper) == [visit["id"]]
    assert found_by(app, "李四") == [other["id"]]
    assert found_by(app, "秀岚") == [visit["id"]]


def test_nothing_is_written_again_for_what_was_said_before(app, plan, phone_of, count_queries, database):
    visit, phone = plan(name="王秀兰"), phone_of("inspector")
    phone.op(visit["id"], "note.add", text="一切正常")
    with count_queries() as said:
        phone.sync()
    assert [one for one in said if "sought" in one] == []
    plan(account=visit["customer"]["account"], name="王秀兰", meters=[])
    with app.app_context():
        texts = db.session.scalars(text("SELECT text FROM sought WHERE customer_id IS NOT NULL")).all()
    assert sum("王秀兰" in one for one in texts) == len(set(texts))


def test_an_older_store_is_found_through_once_it_is_brought_up_to_date(app, plan, phone_of, database, count_queries):
    for person in PEOPLE:
        plan(**person)
    visit, phone = plan(name="陈㐂凤"), phone_of("inspector")
    record_visit(phone, visit["id"], photo=False)
    phone.sync()
    texts, rows = said_of(app), "SELECT customer_id, visit_id, text FROM sought"
    with app.app_context():
        before = {tuple(row) for row in db.session.execute(text(rows))}
        db.session.remove()
        downgrade(revision="0013")
        with count_queries() as said:
            upgrade()
        filled = [n for n, one in enumerate(said) if one.startswith("INSERT INTO sought_grams")]
        indexed = [n for n, one in enumerate(said) if one.startswith("CREATE INDEX ix_sought_grams")]
        assert filled and all(max(filled) < n for n in indexed), (
            "an index that every row is put into takes long to fill"
        )
        assert bool(indexed) == (db.engine.dialect.name == "postgresql")
        assert {tuple(row) for row in db.session.execute(text(rows))} == before
        db.session.remove()
    for words in ("陈㐂", "yh-", "aj-", "1204", "瑞金", texts[visit["id"]].split()[-1]):
        assert set(found_by(app, words)) == fitting(texts, words), words


def test_grams_that_nearly_every_text_has_are_not_asked_for_and_the_visits_are_found(
    app, plan, monkeypatch, count_queries, database
):
    for n in range(8):
        plan(**{**PEOPLE[n % 5], "account": f"85100{n}"})
    monkeypatch.setattr(gram_counts, "MOST", 4)
    texts = said_of(app)
    with app.app_context():
        assert not gram_counts.frequent(["aj"]), "nothing is known before the database has looked"
        if database == "postgresql":
            db.session.execute(text("ANALYZE sought_grams"))
            db.session.commit()
            gram_counts.forget()
        assert gram_counts.frequent(["aj"]) == (database == "postgresql")
        assert not gram_counts.frequent(["aj", "龘"])
    with count_queries() as said:
        assert set(found_by(app, "aj-")) == fitting(texts, "aj-") != set()
    assert any("hits" in one for one in said) == (database == "sqlite")
    assert set(found_by(app, "aj- 瑞金南")) == fitting(texts, "aj- 瑞金南") != set()


def test_more_picked_visits_than_are_read_at_once_come_page_by_page_in_the_same_order(app, plan, monkeypatch, database):
    for n in range(9):
        plan(**{**PEOPLE[n % 5], "account": f"85100{n}"})
    texts = said_of(app)
    with app.app_context():
        whole = [one["id"] for one in record.find(words="王芳").part(limit=50).rows]
        assert record.find(words="王芳").count() == (len(whole), True)
    assert set(whole) == fitting(texts, "王芳")
    monkeypatch.setattr(found, "FEW", 1)
    for windows in ((1, 2), (2, 50)):
        monkeypatch.setattr(found, "WINDOWS", windows)
        with app.app_context():
            listed, seen, mark = record.find(words="王芳"), [], None
            while mark is not None or not seen:
                part = listed.part(limit=2, after=mark)
                seen += [one["id"] for one in part.rows]
                mark = part.last if part.more else None
            assert seen == whole
            assert listed.count() is None, "they are not all read, so nobody says how many there are"
            back = listed.part(limit=2, before=listed.part(limit=3).last)
            assert [one["id"] for one in back.rows] == whole[0:2]
