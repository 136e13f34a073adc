"""Installations that simulated servers are copies of, made once for each kind of database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import Postgres, served
from tests.sim.stand import Stand, install_for_simulation


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with four technicians on SQLite."""
    return install_for_simulation(tmp_path_factory.mktemp("simulated") / "data")


@pytest.fixture
def make_stand(simulated: Path, tmp_path: Path) -> Callable[..., Stand]:
    """Make a server of this test's own: `make_stand()`, or of another class."""
    return lambda kind=Stand: kind(tmp_path, simulated)


@pytest.fixture(scope="session")
def simulated_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Postgres]]:
    """The same on PostgreSQL; its database `simulated` is copied by every test."""
    with served() as server:
        yield install_for_simulation(tmp_path_factory.mktemp("simulated") / "data", server.create("simulated")), server
