"""A small share of what bench/fuzz.py sends, the same every time: nothing falls over, and answers are as described."""

from __future__ import annotations

import pytest

from tests.fieldsvc.access_world import World
from tests.fieldsvc.by_description import ByDescription
from tests.fieldsvc.fuzzing import Fuzz, mutate_images
from tests.fieldsvc.sync_bodies import SyncBodies

REQUESTS, SYNCS, DESCRIBED, IMAGES = 150, 40, 60, 250


def test_whatever_is_sent_is_answered_and_nothing_falls_over(world: World) -> None:
    run = Fuzz(world, seed=7)
    run.requests(REQUESTS)
    world.restore()
    assert run.broken == []
    assert run.seen["200"] > 10 and run.seen.total() == REQUESTS


def test_a_sync_of_whatever_entries_is_taken_or_refused(world: World) -> None:
    run = SyncBodies(world, seed=7)
    run.requests(SYNCS)
    world.restore()
    assert run.broken == []
    assert run.seen["200"] > 10 and run.seen.total() >= SYNCS


def test_what_the_description_allows_and_forbids_is_answered_as_it_says(world: World) -> None:
    run = ByDescription(world, seed=7)
    run.requests(DESCRIBED)
    world.restore()
    assert run.broken == []
    assert run.seen["200"] > 10 and run.seen["404"] > 0 and run.seen["422"] > 0
    assert len(run.operations) >= 21


def test_an_answer_that_is_not_described_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(world.app.view_functions, "identity.me", lambda: ({"user": {"id": 7}}, 200))
    run = ByDescription(world, seed=7)
    run.operations = {label: one for label, one in run.operations.items() if label == "GET /api/v1/me"}
    run.requests(4)
    world.restore()
    assert run.broken and "GET /api/v1/me" in run.broken[0]


def test_a_spoilt_image_is_taken_or_refused() -> None:
    seen, broken = mutate_images(seed=7, count=IMAGES)
    assert broken == []
    assert seen["refused"] > 50 and seen["taken"] > 10
