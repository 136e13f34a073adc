"""Keeps what an installation of this release holds, for the upgrades of all later releases to be tested with.

Makes a small installation by the code as it stands, lets a phone record a visit with a hazard and the office write on it, and
writes every row to `tests/fieldsvc/past/release-<version>.json`: text, for either kind of database, with no keys and no files.
tests/fieldsvc/test_upgrade.py puts each of them into the tables of its time and brings it up to date. Invariant: the file of a
release is never made anew once the release is out.

    python -m tools.past            for the version of pyproject.toml; refuses to replace a file
    python -m tools.past --again    before that version is out: make its file anew
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import MetaData, select

ROOT = Path(__file__).resolve().parent.parent
PAST = ROOT / "tests" / "fieldsvc" / "past"
DERIVED = ("sought_grams", "alembic_version", "sqlite_")
"""Not kept: the index of words is made from its texts, the tables are made by the migrations."""


def main() -> int:
    """Make the file of the present version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    target = PAST / f"release-{project['version']}.json"
    if target.exists() and "--again" not in sys.argv[1:]:
        print(f"{target.name} is there; what a release held is not made anew (before it is out: --again)")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        app = _installation(Path(folder) / "data")
        told = {"version": project["version"], "migration": _migration(app), "tables": _tables(app)}
    target.write_text(_lines(told), encoding="utf-8")
    print(f"{target.name}: {sum(len(rows) for rows in told['tables'].values())} rows, tables {told['migration']}")
    return 0


def _lines(told: dict[str, Any]) -> str:
    """The file's text: a line per row."""
    head = {name: value for name, value in told.items() if name != "tables"}
    tables = ",\n".join(f"{json.dumps(name)}: [\n{_rows(rows)}\n]" for name, rows in told["tables"].items())
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "tables": {{\n{tables}\n}}}}\n'


def _rows(rows: list[dict[str, Any]]) -> str:
    return ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)


def _installation(data: Path) -> Flask:
    """A company's small day: a visit with a hazard closed, one begun, one planned, and what the office wrote."""
    from fieldsvc import create_app
    from tests.fieldsvc import conftest
    from tests.fieldsvc.papers import record_visit
    from tests.fieldsvc.phone import Phone

    conftest.install(data)
    app = create_app(conftest.settings_for(data))
    app.test_client_class = conftest.Browser

    def client(username: str) -> Any:
        made = app.test_client()
        answer = made.post("/api/v1/login", json={"username": username, "password": conftest.PASSWORD})
        assert answer.status_code == 200, answer.text
        return made

    with app.app_context():
        wanted = [conftest.wanted(name=name) for name in ("王芳", "欧阳娜娜", "𠮷田 <b>")]
    office = client("office")
    visits = office.post("/api/v1/visits", json={"visits": wanted}).json["visits"]
    phone = Phone(client("inspector"), "升级测试手机")
    phone.sync()
    record_visit(phone, visits[0]["id"])
    phone.op(visits[1]["id"], "visit.start")
    phone.op(visits[1]["id"], "note.add", text="门卫说下午在家")
    phone.op(visits[1]["id"], "unheard.of")
    phone.sync()
    note = {"base": 0, "kind": "note.add", "data": {"text": "已电话联系"}}
    assert office.post(f"/api/v1/visits/{visits[2]['id']}/ops", json=note).status_code == 200
    return app


def _migration(app: Flask) -> str:
    from fieldsvc.db import db

    with app.app_context(), db.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def _tables(app: Flask) -> dict[str, list[dict[str, Any]]]:
    from fieldsvc.db import db

    with app.app_context():
        metadata = MetaData()
        metadata.reflect(db.engine, only=lambda name, _: not name.startswith(DERIVED))
        with db.engine.connect() as connection:
            return {
                table.name: rows
                for table in metadata.sorted_tables
                if (rows := [_as_text(row._mapping) for row in connection.execute(select(table))])
            }


def _as_text(row: Any) -> dict[str, Any]:
    return {str(name): _value(value) for name, value in row.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value


if __name__ == "__main__":
    sys.exit(main())
