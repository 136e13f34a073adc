"""Whatever goes wrong between phones, office and server, nothing is lost, doubled, hidden or shown safe too early."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.postgres import Postgres
from tests.sim import mutants
from tests.sim.judge import Verdict, judge
from tests.sim.phones import Phone
from tests.sim.stand import Stand
from tests.sim.world import World

RUNS, STEPS = 30, 60
MUTANT_RUNS, MUTANT_STEPS = 40, 120


def live_through(stand: Stand, seed: int, steps: int, kind_of_phone: type[Phone] = Phone) -> Verdict:
    """One world from its seed to its judgement."""
    with stand.open():
        world = World(stand, seed, kind_of_phone=kind_of_phone)
        for _ in range(steps):
            world.step()
        return judge(world)


@pytest.mark.parametrize("seed", range(RUNS))
def test_whatever_goes_wrong_nothing_is_lost_doubled_or_hidden(make_stand: Callable[[], Stand], seed: int) -> None:
    verdict = live_through(make_stand(), seed, STEPS)
    assert verdict.clean, str(verdict)


@pytest.mark.parametrize("seed", range(1000, 1003))
def test_on_postgresql_too_nothing_is_lost_doubled_or_hidden(
    simulated_on_postgres: tuple[Path, Postgres], tmp_path: Path, seed: int
) -> None:
    verdict = live_through(Stand(tmp_path, *simulated_on_postgres), seed, STEPS)
    assert verdict.clean, str(verdict)


def test_in_whatever_order_things_happen_all_comes_right(simulated: Path) -> None:
    """Hypothesis chooses what happens, and when it fails, finds the shortest story that does."""

    class Days(RuleBasedStateMachine):
        @initialize(seed=st.integers(0, 2**32))
        def begin(self, seed: int) -> None:
            self.folder = tempfile.TemporaryDirectory()
            self.stand = Stand(Path(self.folder.name), simulated)
            self.opened = self.stand.open()
            self.opened.__enter__()
            self.world = World(self.stand, seed)

        def teardown(self) -> None:
            try:
                verdict = judge(self.world)
                assert verdict.clean, str(verdict)
            finally:
                self.opened.__exit__(None, None, None)
                self.folder.cleanup()

    for name in World.NAMES:
        step = rule()(lambda self, name=name: getattr(self.world, name)())
        setattr(Days, name, step)
    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def first_caught(runs: Callable[[int], Verdict]) -> dict[str, list[str]]:
    """What the simulator finds wrong with a mutant, in the first run in which it finds anything."""
    for seed in range(MUTANT_RUNS):
        verdict = runs(seed)
        if not verdict.clean:
            return {kind: found for kind, found in verdict.findings.items() if found}
    return {}


def test_a_server_that_answers_before_it_commits_is_caught(simulated: Path, tmp_path: Path) -> None:
    def run(seed: int) -> Verdict:
        with pytest.MonkeyPatch.context() as patch:
            stand = Stand(tmp_path / str(seed), simulated)
            mutants.answer_before_commit(stand.app, patch)
            return live_through(stand, seed, MUTANT_STEPS)

    assert "shown safe too early" in first_caught(run)


def test_rules_that_show_the_best_are_caught(simulated: Path, tmp_path: Path) -> None:
    def run(seed: int) -> Verdict:
        with pytest.MonkeyPatch.context() as patch:
            mutants.show_the_best(patch)
            return live_through(Stand(tmp_path / str(seed), simulated), seed, MUTANT_STEPS)

    assert "hidden" in first_caught(run)


@pytest.mark.parametrize("mutant", [mutants.TrustsResults, mutants.TrustsNumbers])
def test_a_phone_that_does_not_go_by_the_acknowledged_chain_is_caught(
    simulated: Path, tmp_path: Path, mutant: type[Phone]
) -> None:
    found = first_caught(
        lambda seed: live_through(Stand(tmp_path / str(seed), simulated), seed, MUTANT_STEPS, mutant),
    )
    assert {"lost", "stuck", "shown safe too early"} & found.keys()


def test_a_restore_that_gives_version_numbers_out_twice_is_caught(simulated: Path, tmp_path: Path) -> None:
    found = first_caught(
        lambda seed: live_through(mutants.CountsAgain(tmp_path / str(seed), simulated), seed, MUTANT_STEPS),
    )
    assert {"hidden", "broken"} & found.keys()
