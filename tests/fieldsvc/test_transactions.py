"""Writers stand in one line: none locks another out, whatever order they write in, and none waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from fieldsvc import db as database_module
from fieldsvc import numbers
from fieldsvc.db import transaction
from tests.fieldsvc.conftest import Browser, wanted

pytestmark = pytest.mark.both_databases


class Open:
    """A door that everybody passes: as if each writer were a process of its own."""

    def acquire(self, timeout: float) -> bool:
        return True

    def release(self) -> None: ...


def in_thread(app: Flask, work: Callable[[], None], failures: list[BaseException]) -> threading.Thread:
    def run() -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("processes", ["one", "several"])
def test_writers_that_cross_wait_for_each_other(app: Flask, processes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if processes == "several":
        monkeypatch.setattr(database_module, "_first_in_line", Open())
    failures: list[BaseException] = []
    first_has_one = threading.Event()

    def first() -> None:
        with transaction():
            numbers.take("left")
            first_has_one.set()
            # Time for the other to take the right one, which it must not get before we are done.
            second_has_one.wait(0.5)
            numbers.take("right")

    def second() -> None:
        first_has_one.wait(10)
        with transaction():
            numbers.take("right")
            second_has_one.set()
            numbers.take("left")

    second_has_one = threading.Event()
    threads = [in_thread(app, first, failures), in_thread(app, second, failures)]
    for thread in threads:
        thread.join()
    assert failures == []
    with app.app_context():
        assert (numbers.latest("left"), numbers.latest("right")) == (2, 2)


def test_who_waits_too_long_is_told_so_and_nothing_is_written(
    app: Flask, client_as: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        plan = {"visits": [wanted()]}
    office = client_as("office")
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.1)
    inside, done = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def hold() -> None:
        with transaction():
            inside.set()
            done.wait(10)

    holder = in_thread(app, hold, failures)
    assert inside.wait(10)
    answer = office.post("/api/v1/visits", json=plan)
    done.set()
    holder.join()
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert office.post("/api/v1/visits", json=plan).status_code == 201
    assert failures == []


def take_and_fail() -> None:
    with transaction():
        numbers.take("never")
        raise ZeroDivisionError


def test_a_transaction_that_fails_lets_the_next_one_in(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            take_and_fail()
        with transaction():
            numbers.take("then")
        assert (numbers.latest("never"), numbers.latest("then")) == (0, 1)


def test_waiting_in_line_ends_with_the_databases_own_error(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    with app.app_context():
        database_module._first_in_line.acquire()
        try:
            with pytest.raises(OperationalError), transaction():
                pass
        finally:
            database_module._first_in_line.release()
