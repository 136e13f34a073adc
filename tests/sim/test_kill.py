"""A real server process, killed with SIGKILL under load: what it had acknowledged is there, and nothing is there twice."""

from __future__ import annotations

from pathlib import Path

from tests.postgres import Postgres
from tests.sim import deadly, siege
from tests.sim.judge import judge
from tests.sim.siege import Fort, Siege


def besiege(fort: Fort, *, kills: int, seed: int) -> None:
    with fort.open():
        run = Siege(fort, seed)
        run.run(kills)
        verdict = judge(run)
    assert verdict.clean, str(verdict)
    assert sum(run.kills.values()) == kills
    assert set(run.kills) == {*deadly.POINTS, siege.ANYWHERE}
    assert verdict.entries > kills


def test_killed_at_any_point_the_server_keeps_what_it_acknowledged(simulated: Path, tmp_path: Path) -> None:
    besiege(Fort(tmp_path, simulated), kills=20, seed=1)


def test_killed_on_postgresql_the_server_keeps_what_it_acknowledged(
    simulated_on_postgres: tuple[Path, Postgres], tmp_path: Path
) -> None:
    made, server = simulated_on_postgres
    besiege(Fort(tmp_path, made, server.create("besieged", template="simulated")), kills=10, seed=2)
