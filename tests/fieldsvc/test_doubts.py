"""Marks of a visit done for show: each is noticed where it should be, and no honest visit raises one."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import update

from fieldsvc import clock, installation
from fieldsvc import db as database_module
from fieldsvc.db import db, transaction
from fieldsvc.doubts import compare, prints, work
from fieldsvc.doubts import service as doubts
from fieldsvc.doubts.models import Due
from fieldsvc.doubts.rules import is_pattern
from tests.fieldsvc.show_visits import (
    HOME,
    brighter,
    cropped,
    drawn,
    found,
    inspect,
    jpeg,
    look,
    moved,
    scene,
)

Json = dict[str, Any]


@pytest.fixture
def neighbours(plan: Callable[..., Json], phone_of: Any) -> Callable[..., Json]:
    """Plan and do one more inspection in the same building: `neighbours(pace=1)`; gives the visit."""
    phone = phone_of("inspector")
    hours = itertools.count(40, -1)

    def visit(**how: Any) -> Json:
        planned = plan(room=str(next(hours) + 300), assignee="inspector")
        inspect(phone, planned, **{"began": clock.now() - timedelta(hours=next(hours)), **how})
        assert {one["status"] for one in phone.sync()["results"]} == {"applied"}
        return planned

    return visit


def test_honest_visits_raise_no_doubt(app: Flask, neighbours: Callable[..., Json]) -> None:
    visits = [neighbours() for _ in range(4)]
    look(app)
    assert [found(app, one["id"]) for one in visits] == [{}] * 4


FAR = {**HOME, "lat": HOME["lat"] + 20_000}
DOUBTFUL = {
    "fast": {"pace": 3},
    "short": {"pace": 9.5, "began": None},
    "far": {"place": FAR},
    "readings": {"value": "12345.678"},
    "clock": {"clock_back": timedelta(minutes=35)},
    "old_photo": {"taken": clock.now() - timedelta(days=30)},
}


@pytest.mark.parametrize("kind", sorted(set(DOUBTFUL) - {"short"}))
def test_what_is_wrong_with_one_visit_is_noticed(app: Flask, neighbours: Callable[..., Json], kind: str) -> None:
    for _ in range(2):
        neighbours()
    doubtful = neighbours(**DOUBTFUL[kind])
    look(app)
    assert set(found(app, doubtful["id"])) - {"short"} == {kind}


def test_a_stay_that_is_too_short_is_noticed_by_itself(app: Flask, neighbours: Callable[..., Json]) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.doubts", value={"fast_seconds": 5})
    short, long = neighbours(pace=6), neighbours(pace=16)
    look(app)
    assert set(found(app, short["id"])) == {"short"}
    assert found(app, long["id"]) == {}


def test_a_clock_ahead_of_the_server_is_noticed(app: Flask, neighbours: Callable[..., Json]) -> None:
    doubtful = neighbours(began=clock.now() - timedelta(minutes=30), wrong_by=timedelta(hours=9))
    look(app)
    (piece,) = found(app, doubtful["id"])["clock"].facts["pieces"]
    assert piece["how"] == "ahead" and piece["minutes"] >= 500


CHANGES: dict[str, Callable[[Image.Image], bytes]] = {
    "the very file": jpeg,
    "compressed once more": lambda image: jpeg(image, 30),
    "half as large": lambda image: jpeg(image.resize((400, 300))),
    "brighter": lambda image: jpeg(brighter(image, 1.25)),
    "darker": lambda image: jpeg(brighter(image, 0.6)),
    "cut by three percent": lambda image: jpeg(cropped(image, 3), 70),
    "a little turned": lambda image: jpeg(cropped(image.rotate(0.6, resample=Image.Resampling.BICUBIC), 2)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_photo_is_found_at_another_home_however_it_was_saved(
    app: Flask, neighbours: Callable[..., Json], change: str
) -> None:
    first = neighbours(photo=jpeg(scene("meter")))
    neighbours()
    second = neighbours(photo=CHANGES[change](scene("meter")))
    look(app)
    assert found(app, first["id"]) == {}
    doubt = found(app, second["id"])["photo"]
    assert [piece["visit"] for piece in doubt.facts["pieces"]] == [first["id"]]


def test_two_photos_of_one_home_may_be_alike_but_not_one_file(app: Flask, plan: Any, phone_of: Any) -> None:
    phone, visits = phone_of("inspector"), []
    account = plan()["customer"]["account"]
    picture = scene("kitchen")
    for number, photo in enumerate((jpeg(picture), jpeg(picture, 40), jpeg(picture))):
        visits.append(plan(account=account, meters=[]))
        visits[-1]["meters"] = plan()["meters"]
        inspect(phone, visits[-1], photo=photo, began=clock.now() - timedelta(hours=30 - number))
        phone.sync()
    look(app)
    assert "photo" not in found(app, visits[1]["id"])
    assert found(app, visits[2]["id"])["photo"].facts["pieces"][0]["visit"] == visits[0]["id"]


def test_a_picture_with_nothing_in_it_is_like_no_other() -> None:
    assert prints.of_photo(jpeg(Image.new("RGB", (640, 480), "black"))) is None
    assert prints.of_photo(jpeg(scene(1))) is not None


@pytest.mark.parametrize(
    "how", [{}, {"right": 60}, {"times": 0.7}, {"times": 1.2, "right": -20}, {"shake": 1}], ids=str
)
def test_the_strokes_of_another_home_are_found_wherever_on_the_pad(
    app: Flask, neighbours: Callable[..., Json], how: Any
) -> None:
    first = neighbours(strokes=drawn("wang"))
    second = neighbours(strokes=moved(drawn("wang"), **how))
    look(app)
    assert set(found(app, second["id"])) == {"strokes"} and found(app, first["id"]) == {}


def test_one_figure_at_two_homes_is_noticed_within_some_days_only(app: Flask, neighbours: Callable[..., Json]) -> None:
    first = neighbours(value="1877.313")
    second = neighbours(value="1877.313")
    long_ago = neighbours(value="1877.313", began=clock.now() - timedelta(days=90))
    look(app)
    assert set(found(app, second["id"])) == {"readings"}
    assert found(app, first["id"]) == found(app, long_ago["id"]) == {}


def test_odd_figures_are_told_from_ordinary_ones() -> None:
    assert all(is_pattern(value) for value in ("33333", "12345.678", "98765", "1111.111"))
    assert not any(is_pattern(value) for value in ("00000", "1234", "12346.789", "00012.000", "1877.313"))


def test_a_photo_that_arrives_late_is_compared_then(app: Flask, plan: Any, phone_of: Any) -> None:
    phone, photo = phone_of("inspector"), jpeg(scene("late"))
    first, second = plan(), plan()
    inspect(phone, first, photo=photo, began=clock.now() - timedelta(hours=9))
    kept, phone.upload = phone.upload, lambda content, kind="": _digest(content)
    inspect(phone, second, photo=jpeg(scene("late"), 60), began=clock.now() - timedelta(hours=5))
    phone.upload = kept
    phone.sync()
    look(app)
    assert found(app, second["id"]) == {}
    phone.upload(jpeg(scene("late"), 60), "image/jpeg")
    look(app)
    assert set(found(app, second["id"])) == {"photo"}


def _digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def test_what_a_company_turns_off_is_not_looked_for(app: Flask, neighbours: Callable[..., Json]) -> None:
    with app.app_context(), transaction():
        installation.keep(name="policy.doubts", value={"fast": False, "short": False})
    doubtful = neighbours(pace=1)
    look(app)
    assert found(app, doubtful["id"]) == {}


def test_looking_twice_or_after_a_failure_changes_nothing(
    app: Flask, neighbours: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    neighbours(photo=jpeg(scene(1)))
    second = neighbours(photo=jpeg(scene(1), 50))
    with app.app_context():
        monkeypatch.setattr("fieldsvc.doubts.compare.together", _fails)
        assert doubts.look_at_next()
        monkeypatch.undo()
        assert db.session.query(Due).filter(Due.attempts == 1).count() == 1
    look(app)  # the other one is not held up
    with app.app_context(), transaction():
        db.session.query(Due).update({"due_at": clock.now()})
    look(app)
    before = found(app, second["id"])
    with app.app_context(), transaction():
        work.ask(visit_ids=[second["id"]], now=clock.now())
    look(app)
    assert found(app, second["id"]) == before and set(before) == {"photo"}


def _fails(*_: Any) -> Any:
    raise RuntimeError("no")


def test_the_order_of_arrival_makes_no_difference(app: Flask, plan: Any, phone_of: Any) -> None:
    seen = []
    for world, order in enumerate(itertools.permutations(range(3))):
        visits = [plan(building=f"W{world}", room=str(n), assignee="inspector") for n in range(3)]
        phones = [phone_of("inspector") for _ in visits]
        began = clock.now() - timedelta(days=20 * world + 1)
        place = [HOME, HOME, {**HOME, "lon": HOME["lon"] + 30_000}]
        for n, (phone, visit) in enumerate(zip(phones, visits, strict=True)):
            inspect(
                phone,
                visit,
                seed=f"{world}/{n}",
                began=began + timedelta(hours=n),
                photo=jpeg(scene(f"{world}"), 90 - 20 * n) if n != 1 else None,
                strokes=drawn(f"{world}") if n != 0 else drawn(f"{world}/0"),
                value=f"1{world}77.31{world}" if n != 2 else None,
                place=place[n],
                pace=1 if n == 1 else 40,
            )
        for n in order:
            phones[n].sync()
            if world % 2:
                look(app)
        look(app)
        names = {visit["id"]: f"visit {n}" for n, visit in enumerate(visits)}
        seen.append(
            {
                names[visit["id"]]: {
                    kind: [names.get(piece.get("visit")) for piece in one.facts["pieces"]]
                    for kind, one in found(app, visit["id"]).items()
                }
                for visit in visits
            }
        )
    assert seen[0] == {
        "visit 0": {},
        "visit 1": {"fast": [None], "short": [None], "readings": ["visit 0"]},
        "visit 2": {"photo": ["visit 0"], "strokes": ["visit 1"], "far": [None]},
    }
    assert all(one == seen[0] for one in seen)


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=prints.REACH))
def test_prints_within_reach_always_share_a_near_band(coarse: int, bits: set[int]) -> None:
    other = coarse
    for bit in bits:
        other ^= 1 << bit
    one, two = prints.Print(coarse, ""), prints.Print(other, "")
    assert any(b in prints.near_bands(a) for a, b in zip(one.bands, two.bands, strict=True))
    assert prints.joined(*one.bands) == coarse


def test_prints_are_searched_once_each_and_before_the_look_stands_in_line_to_write(
    app: Flask, neighbours: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[tuple[str, str, str]] = []
    real = compare._alike

    def search(sought: Any) -> Any:
        assert not database_module._first_in_line.locked()
        searched.append((sought.visit_id, sought.kind, sought.ref))
        return real(sought)

    first, second = neighbours(photo=jpeg(scene(1))), neighbours(photo=jpeg(scene(1), 50))
    monkeypatch.setattr(compare, "_alike", search)
    with app.app_context():
        for _ in range(2):
            assert doubts.look_at_next()
    assert len(searched) == len(set(searched)) == 4  # of each a photo and a signature
    look(app)
    assert {*found(app, first["id"]), *found(app, second["id"])} == {"photo"}


def test_two_that_look_at_like_visits_at_once_miss_nothing(
    app: Flask, neighbours: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = neighbours(photo=jpeg(scene(1)), place=None), neighbours(photo=jpeg(scene(1), 50), place=None)
    real = compare.search

    def search(*given: Any) -> Any:
        alike = real(*given)
        monkeypatch.setattr(compare, "search", real)
        with app.app_context(), transaction():  # another worker takes the other visit, and is done sooner
            later = clock.now() + timedelta(days=1)
            db.session.execute(update(Due).where(Due.visit_id == given[0].visit_id).values(due_at=later))
        look(app)
        with app.app_context(), transaction():
            db.session.execute(update(Due).values(due_at=clock.now()))
        return alike

    monkeypatch.setattr(compare, "search", search)
    look(app)
    assert (set(found(app, first["id"])), set(found(app, second["id"]))) == (set(), {"photo"})


def test_a_visit_that_changes_while_it_is_looked_at_is_looked_at_again(
    app: Flask, neighbours: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = neighbours()
    real, looks = compare.search, list[str]()

    def search(*given: Any) -> Any:
        looks.append(given[0].visit_id)
        if len(looks) == 1:
            with app.app_context(), transaction():
                work.ask(visit_ids=[visit["id"]], now=clock.now())
        return real(*given)

    monkeypatch.setattr(compare, "search", search)
    look(app)
    assert looks == [visit["id"]] * 2
    with app.app_context():
        assert db.session.query(Due).count() == 0
