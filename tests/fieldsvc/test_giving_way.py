"""Jobs give way to requests, but not for ever."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from fieldsvc.jobs import giving_way

PATIENCE = 30


class Server:
    """An application whose only request lasts until it is let go."""

    def __init__(self) -> None:
        self.app = Flask(__name__)
        giving_way.init_app(self.app)
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.app.add_url_rule("/", view_func=self._answer)
        self._asking = threading.Thread(target=lambda: self.app.test_client().get("/"))

    def _answer(self) -> str:
        self.begun.set()
        assert self.let_go.wait(PATIENCE)
        return "answered"

    def ask(self) -> None:
        self._asking.start()
        assert self.begun.wait(PATIENCE)

    def end(self) -> None:
        self.let_go.set()
        self._asking.join(PATIENCE)


@pytest.fixture
def server():
    made = Server()
    yield made
    made.let_go.set()


def working(most_seconds: float) -> threading.Event:
    """A job that goes on once it may; the event says that it did."""
    went_on = threading.Event()

    def work() -> None:
        giving_way.give_way(most_seconds=most_seconds)
        went_on.set()

    threading.Thread(target=work, daemon=True).start()
    return went_on


def test_a_job_goes_on_only_when_the_request_under_way_is_answered(server):
    server.ask()
    went_on = working(PATIENCE)
    assert not went_on.wait(0.3)
    server.end()
    assert went_on.wait(PATIENCE)


def test_a_server_that_is_never_quiet_still_does_its_jobs(server):
    server.ask()
    assert working(0.05).wait(PATIENCE)
    server.end()


def test_a_context_without_a_request_counts_neither_up_nor_down(server):
    with server.app.test_request_context("/"):
        pass
    server.ask()
    went_on = working(PATIENCE)
    assert not went_on.wait(0.3)
    server.end()
    assert went_on.wait(PATIENCE)
