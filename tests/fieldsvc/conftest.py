"""What tests of the server stand on: a real installation, browsers that are logged in, and planned visits.

The installation is made once by the code of `fieldsvc init`; every test works on a copy of its folder and database. A module
marked `both_databases` runs on SQLite and on PostgreSQL.
"""

import html
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from fieldsvc import Settings, clock, create_app, installation, setup
from fieldsvc.billing import work as billing
from fieldsvc.db import db, transaction
from fieldsvc.identity import service as identity
from fieldsvc.imports import work as imports
from fieldsvc.planning import work as planning
from fieldsvc.record import service as record
from fieldsvc.reports import counting
from tests.fieldsvc.phone import Phone
from tests.postgres import Postgres, served

Json = dict[str, Any]

PASSWORD = "correct horse battery"
LONG_SESSIONS = {f"{role}_{limit}_hours": 720 for role in ("office", "admin") for limit in ("idle", "longest")}
"""So that a test may let days pass without another log-in; tests/fieldsvc/test_login_sessions.py has the company's own rules."""
STAFF = {
    "inspector": ("technician", "王小明"),
    "colleague": ("technician", "李梅"),
    "office": ("office", "陈静"),
    "admin": ("admin", "赵主任"),
}


def settings_for(data: Path, database_url: str = "") -> Settings:
    return Settings(
        data=data,
        secret_key="a secret of the tests, long enough",
        database_url=database_url or f"sqlite:///{data / 'fieldsvc.db'}",
        public_url="http://localhost",
    )


def install(data: Path, database_url: str = "") -> Path:
    """Make an installation with the four members of staff above, by the code of `fieldsvc init`."""
    setup.prepare_folder(data)
    app = setup.install(settings_for(data, database_url))
    with app.app_context():
        with transaction():
            installation.keep(name="policy.login", value=LONG_SESSIONS)
            for username, (role, name) in STAFF.items():
                identity.add_user(
                    username=username, password=PASSWORD, name=name, roles=[role], locale="zh-Hans", now=clock.now()
                )
        db.engine.dispose()
    return data


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server does for some seconds at a time is done to its end, on a busy machine too."""
    for work in (billing, imports, planning, counting):
        monkeypatch.setattr(work, "STEP_SECONDS", 600.0)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fresh installation on SQLite."""
    return install(tmp_path_factory.mktemp("installation"))


@pytest.fixture(scope="session")
def made_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Postgres]]:
    """The folder of a fresh installation on PostgreSQL, whose database `made` is copied by every test."""
    with served() as server:
        yield install(tmp_path_factory.mktemp("installation"), server.create("made")), server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `both_databases` once on each."""
    if metafunc.definition.get_closest_marker("both_databases") and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database a test runs on; SQLite where it says nothing."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def app(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application of this test's own."""
    data, name = tmp_path / "data", f"test_{secrets.token_hex(6)}"
    if database == "postgresql":
        made, server = request.getfixturevalue("made_on_postgres")
        url = server.create(name, template="made")
    else:
        made, server, url = request.getfixturevalue("made"), None, ""
    shutil.copytree(made, data)
    application = create_app(settings_for(data, url))
    yield application
    with application.app_context():
        db.engine.dispose()
    if server:
        server.drop(name)


class Browser(FlaskClient):
    """A test client that sends what our own pages and phones send with a request."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["headers"] = {"X-Fieldsvc": "1", **dict(kwargs.get("headers") or {})}
        kwargs.setdefault("buffered", True)  # reads an answer to its end and closes it, as a server does
        return super().open(*args, **kwargs)

    def submit(self, page: str, action: str, /, **fields: Any) -> Any:
        """Open a page, find the form that goes to `action`, and send it with these fields."""
        shown = self.get(page)
        assert shown.status_code == 200, shown.text
        forms = re.findall(r"<form\b.*?</form>", shown.text, flags=re.DOTALL)
        form = next(one for one in forms if f'action="{action}"' in one)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
        sent: dict[str, list[str]] = {}
        for name, value in hidden:
            sent.setdefault(name, []).append(html.unescape(value))
        return self.post(action, data={**sent, **fields})


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser of somebody who is not logged in."""
    app.test_client_class = Browser
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


@pytest.fixture
def client_as(app: Flask) -> Callable[[str], Browser]:
    """Log in as a member of staff, once each: `client_as("office").get("/office")`."""
    app.test_client_class = Browser
    known: dict[str, Browser] = {}

    def log_in(username: str) -> Browser:
        if username not in known:
            client = known[username] = app.test_client()  # type: ignore[assignment]
            answer = client.post("/api/v1/login", json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        return known[username]

    return log_in


@pytest.fixture
def phone_of(client_as: Callable[[str], Browser]) -> Callable[[str], Phone]:
    """Enrol a new phone of a technician and let it pull: `phone_of("inspector")`."""

    def enrol(username: str) -> Phone:
        phone = Phone(client_as(username))
        phone.sync()
        return phone

    return enrol


def wanted(**changes: Any) -> Json:
    """An ordinary inspection to plan; give only what matters: `wanted(name="王芳", assignee=None)`."""
    mark = secrets.token_hex(4)
    customer = {
        "account": f"A{mark}",
        "name": "王芳",
        "phone": "13900000001",
        "district": "南明区",
        "address": "遵义路 12 号",
        "building": "3",
        "unit": "2",
        "room": "1204",
    }
    meter = {
        "serial": f"M{mark}",
        "kind": "diaphragm",
        "digits": 5,
        "decimals": 3,
        "last": {"value": "1234.567", "at": "2026-10-20"},
    }
    return {
        "type": changes.get("type", "gas.inspection"),
        "customer": {**customer, **{key: value for key, value in changes.items() if key in customer}},
        "meters": changes.get("meters", [meter]),
        "planned": {"date": str(changes.get("day") or installation.today()), "from": "09:00", "to": "11:00"},
        "assignee": changes.get("assignee", "inspector"),
    }


@pytest.fixture
def plan(app: Flask, client_as: Callable[[str], Browser]) -> Callable[..., Json]:
    """Plan one visit as the office does and give its document: `plan(name="王芳", assignee="colleague")`."""

    def plan_one(**changes: Any) -> Json:
        with app.app_context():
            visit = wanted(**changes)
        answer = client_as("office").post("/api/v1/visits", json={"visits": [visit]})
        assert answer.status_code == 201, answer.text
        planned: Json = answer.json["visits"][0]
        return planned

    return plan_one


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """Count the statements that reach the database: `with count_queries() as said: ...; assert len(said) < 10`."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def stamping() -> Iterator[Any]:
    """A real authority that confirms the time, on this machine."""
    from tests.fieldsvc.signers import TimeAuthority

    with TimeAuthority().serve() as serving:
        yield serving


@pytest.fixture
def owed(app: Flask, plan: Callable[..., Json], phone_of: Callable[[str], Phone]) -> str:
    """A visit whose hazard notice is promised and not made."""
    from tests.fieldsvc.papers import record_visit

    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, photo=False)
    phone.sync()
    return str(visit)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let time pass: `later(minutes=11)`."""

    def pass_time(**delta: float) -> None:
        then = clock.now() + timedelta(**delta)
        monkeypatch.setattr(clock, "now", lambda: then)

    return pass_time


@pytest.fixture
def today(app: Flask) -> date:
    with app.app_context():
        return installation.today()


@pytest.fixture
def document(app: Flask) -> Any:
    def read(visit: Json) -> Json:
        with app.app_context():
            return record.document(visit_id=visit["id"])

    return read


@dataclass(frozen=True)
class InCommon:
    """An installation that the tests of a module look at together, and who is logged in to it by name."""

    app: Flask
    clients: dict[str, Any]
    folder: Path
    """For what the tests write beside it; the installation's own is `data` in it."""


@pytest.fixture(scope="module")
def in_common(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InCommon]:
    folder = tmp_path_factory.mktemp("in_common")
    shutil.copytree(made, folder / "data")
    app = create_app(settings_for(folder / "data"))
    app.test_client_class = Browser
    clients = {name: app.test_client() for name in ("office", "inspector")}
    for name, client in clients.items():
        assert client.post("/api/v1/login", json={"username": name, "password": PASSWORD}).status_code == 200
    yield InCommon(app, clients, folder)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def world(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The store in which everything has happened once; see access_world.py. Whoever writes to it puts it back."""
    from tests.fieldsvc.access_world import build

    there = build(made, tmp_path_factory.mktemp("access"))
    yield there
    with there.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def told(world: Any) -> Any:
    """The answer to every cell of the matrix of who may what; see access_cells.py."""
    from tests.fieldsvc.access_cells import ask_all

    return ask_all(world)
