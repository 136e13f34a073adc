"""Requests that schemathesis makes from the application's own description, fit and unfit, and what is wrong with the answers.

Decides which operations are asked how often; what an answer must be is the description's. Not asked: logging out, which would
end the run. A body of many parts takes long to make, and a log-in long to answer: those have a smaller share. Invariant: the same
seed makes the same requests.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from random import Random
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode

from tests.fieldsvc.access_world import World

ROLES = ("office", "admin", "technician", "revoked", "anonymous")
SLOW = {"POST /api/v1/login": 0.05, "POST /api/v1/visits": 0.1, "POST /api/v1/logout": 0.0}
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

PLAIN = {"Accept-Encoding": "identity"}

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


@cache
def _operations(app: Flask, description: str) -> dict[str, Any]:
    """The operations of a description, with what was learned to make requests of them: once for all runs."""
    schema = schemathesis.openapi.from_dict(json.loads(description))
    schema.app = app
    return {one.ok().label: one.ok() for one in schema.get_all_operations()}


class ByDescription:
    """One run: `seen` counts answers by status, `broken` names what fell over or was not as described."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []
        told = world.browsers["office"].get("/api/v1/openapi.json")
        self.operations = dict(_operations(world.app, told.text))
        self._tokens = {role: world.browsers[role].get_cookie("fieldsvc") for role in ROLES}

    def requests(self, count: int) -> None:
        """Send about so many requests, each operation its share, half of them fit."""
        weights = {label: SLOW.get(label, 1.0) for label in self.operations}
        for place, (label, operation) in enumerate(sorted(self.operations.items())):
            share = round(count * weights[label] / sum(weights.values()) / 2)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if share:
                    self._send(
                        operation, mode, share, seed=1000 * self.seed + 2 * place + (mode is GenerationMode.NEGATIVE)
                    )

    def _send(self, operation: Any, mode: GenerationMode, count: int, *, seed: int) -> None:
        random = Random(seed)
        made = st.one_of(
            operation.as_strategy(mode),
            *(operation.as_strategy(mode, path_parameters=one) for one in self._there(operation)),
        )

        @seeded(seed)
        @settings(
            max_examples=count, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(made)
        def run(case: Any) -> None:
            self._ask(case, random.choice(ROLES), f"{operation.label}, {mode.value}, seed {self.seed}")

        run()

    def _there(self, operation: Any) -> list[dict[str, str]]:
        """What the names in an operation's address can be filled with, of what there is."""
        names = {one.name for one in operation.path_parameters}
        about = {"visit_id": "visit", "device_id": "device", "op_id": "held", "notice_id": "notice", "sha256": "photo"}
        kinds = [about[name] for name in names]
        return [dict(one) for kind in kinds for one in self.world.objects[kind].values()]

    def _ask(self, case: Any, role: str, what: str) -> None:
        token = self._tokens[role]
        try:
            answer = case.call(headers=PLAIN, cookies={"fieldsvc": token.value} if token else {})
            self.seen[str(answer.status_code)] += 1
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            told = "; ".join(f"{one.title}: {one.message}" for one in getattr(failure, "exceptions", [failure]))
            self.broken.append(f"{what}, {role}: {' '.join(told.split())}"[:500])
        except Exception as error:
            self.broken.append(f"{what}, {role}: {type(error).__name__}: {error}"[:400])
