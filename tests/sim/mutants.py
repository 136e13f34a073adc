"""Servers and phones with one rule broken on purpose: a simulator that lets one of them pass is no proof of anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, g

from fieldsvc import installation
from fieldsvc.db import db, transaction
from fieldsvc.sync_api import routes
from sync import rules
from tests.sim.disk import Identity
from tests.sim.phones import Phone
from tests.sim.stand import Stand

Json = dict[str, Any]


@contextmanager
def _left_open() -> Iterator[None]:
    """A transaction that is committed when the request is over, after the answer has left."""
    session = db.session()
    session.commit()
    session.info["after_commit"] = []
    session.connection(execution_options={"fieldsvc_writes": True})
    yield
    session.flush()
    g.commit_late = True


def answer_before_commit(app: Flask, monkeypatch: Any) -> None:
    """A server that answers first and commits then."""
    monkeypatch.setattr(routes, "transaction", _left_open)

    @app.teardown_request
    def commit(error: BaseException | None) -> None:
        if g.pop("commit_late", False) and error is None:  # whoever was killed commits nothing
            session = db.session()
            session.commit()
            for action in session.info.pop("after_commit", ()):
                action()


class TrustsResults(Phone):
    """A phone that ticks off what `results` name, once and for ever, whatever `acked_seq` says."""

    def _take_in(self, identity: Identity, request: Json, answer: Json) -> None:
        ticked = max([identity.acked, *(result["seq"] for result in answer["results"])])
        super()._take_in(identity, request, answer)
        identity.acked = min(ticked, len(identity.ops))


class TrustsNumbers(Phone):
    """A phone that believes `acked_seq` without looking whether the chain there is its own."""

    def _take_custody(self, identity: Identity, receipt: Json) -> None:
        believed = min(receipt["acked_seq"], len(identity.ops))
        told = {**receipt, "acked_seq": believed}
        identity.epoch, identity.acked, identity.receipt = receipt["epoch"], believed, told
        self.disk.held |= set(receipt["files"])
        self.watch.acknowledged(identity.ops[:believed])
        self.watch.shown_safe(identity)


def show_the_best(monkeypatch: Any) -> None:
    """Rules that show the mildest judgement of several."""
    monkeypatch.setattr(rules, "_CHECK", lambda data: -rules.CHECK_RESULTS.index(data["result"]))


class CountsAgain(Stand):
    """A restore that gives a new epoch and lets version numbers go on from the backup's."""

    def begin_history(self) -> str:
        with self.app.app_context(), transaction():
            epoch = f"history of {self.moment.isoformat()}"
            installation.keep(name="epoch", value=epoch)
            return epoch
