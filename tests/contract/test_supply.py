"""What a release is made of: nothing unlocked, nothing with a known hole, nothing that may not be passed on, all of it listed."""

import json
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from sqlalchemy import create_engine

from fieldsvc import db, sqlite
from tools import licences, release, vendor

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {
    "weasyprint": "70",  # earlier ones fetch what a document names
    "pillow": "12.3",  # earlier ones crash on hostile pictures
    "pyhanko": "0.36.2",  # earlier ones believe some forged signatures
}


def wanted() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {one.name.lower(): one for one in map(Requirement, project["dependencies"])}


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_a_version_with_a_known_hole_is_neither_asked_for_nor_locked(name: str, floor: str) -> None:
    lowest = [Version(one.version) for one in wanted()[name].specifier if one.operator == ">="]
    assert lowest and max(lowest) >= Version(floor)
    for file in ("requirements.txt", "requirements-dev.txt"):
        assert Version(dict(licences.locked(file))[name]) >= Version(floor)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_line_of_a_lock_is_one_version_with_its_digests(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 60
    for line in lines:
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,]+\])?==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", line), line
        assert not re.search(r"https?://|file:|git\+|@ ", line), line


def test_what_runs_is_locked_alike_for_running_and_for_testing() -> None:
    tested = dict(licences.locked("requirements-dev.txt"))
    assert {name: version for name, version in licences.locked() if tested.get(name) != version} == {}


def test_the_browsers_packages_are_locked_with_their_digests() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 10
    assert [
        name for name, held in packages.items() if name and not held.get("integrity", "").startswith("sha512-")
    ] == []


def test_what_is_vendored_is_what_the_checksums_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert vendor.check() == 0
    named = {line.split("  ")[1] for line in vendor.SUMS.read_text(encoding="utf-8").splitlines()}
    assert set(vendor.FILES) <= named
    monkeypatch.setattr(vendor, "VENDOR", tmp_path)
    assert vendor.check() == 1


def test_every_licence_may_be_passed_on() -> None:
    parts = licences.parts()
    assert len(parts) > 80
    assert [part for part in parts if not part.allowed] == []
    refused = ("GPL-3.0-only", "AGPL-3.0-only", "says nothing", "MIT AND GPL-2.0-only")
    assert not any(licences.Part("x", "1", words).allowed for words in refused)
    assert all(licences.Part("x", "1", words).allowed for words in ("MIT", "GPL-2.0-only OR MIT", "MIT AND ISC"))


def test_the_bill_of_materials_is_valid_and_names_everything_that_is_locked() -> None:
    told = json.loads(release.bill())
    named = {(one["name"], one["version"]): one for one in told["components"]}
    assert set(licences.locked()) <= {(name.lower(), version) for name, version in named}
    assert all(one.get("licenses") for key, one in named.items() if key in set(licences.locked()))
    flask = named["flask", dict(licences.locked())["flask"]]
    assert flask["externalReferences"][0]["hashes"][0]["alg"] == "SHA-256"
    vendored = {file["name"] for one in told["components"] for file in one.get("components", ())}
    assert {f"static/vendor/{name}" for name in vendor.FILES if not name.startswith("licenses/")} <= vendored
    assert told["metadata"]["component"]["name"] == "fieldsvc"
    with pytest.raises(release.BadBill):
        release.validate(json.dumps({**told, "components": [{"type": "no such type", "name": "x"}]}))


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_for_a_sqlite_without_its_bug(version: tuple[int, int, int], safe: bool) -> None:
    assert sqlite.wal_is_safe(version) is safe


def test_an_unsafe_sqlite_keeps_a_rollback_journal_and_leaves_a_file_alone_that_others_use_with_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection of the program's own engine, with the library's version as an unsafe one has it."""
    monkeypatch.setattr(db, "wal_is_safe", lambda: False)
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}", module=sqlite.driver)
    db.prepare_engine(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()
    other = sqlite.driver.connect(str(tmp_path / "x.db"))
    assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    other.execute("CREATE TABLE t (x)")
    with pytest.raises(RuntimeError, match="WAL mode"):
        engine.connect()
    other.close()
    assert sqlite3.sqlite_version_info >= (3, 35)


def test_the_installed_program_uses_a_sqlite_that_may_write_ahead() -> None:
    assert sqlite.wal_is_safe() or "pysqlite3" not in dict(licences.locked())
