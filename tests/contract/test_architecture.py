"""Rules of docs/architecture.md that are about what code does, not about what it imports (those: `lint-imports`)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted(path for folder in ("fieldsvc", "sync") for path in (ROOT / folder).rglob("*.py"))
PHONE = sorted((ROOT / "static" / "app").rglob("*.js"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def attributes(path: Path) -> set[str]:
    """The last two parts of every dotted name in a module: `os.environ`, `session.commit`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    pairs = ((node.value, node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {f"{getattr(owner, 'attr', getattr(owner, 'id', '?'))}.{attribute}" for owner, attribute in pairs}


def code_of(path: Path) -> str:
    """A JavaScript module without its comments."""
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_only_the_entrances_hand_the_environment_to_the_settings():
    readers = {named(path) for path in PYTHON if attributes(path) & {"os.environ", "os.getenv"}}
    # The press and its like are handed what their libraries need of it, and none of the settings.
    assert readers <= {
        "fieldsvc/settings.py",
        "fieldsvc/cli.py",
        "fieldsvc/cli_options.py",
        "fieldsvc/wsgi.py",
        "fieldsvc/measures.py",  # the library that counts is told its folder in this way only
        "fieldsvc/notices/making/confine.py",
    }


def test_only_the_transaction_commits():
    committers = {named(path) for path in PYTHON if "session.commit" in attributes(path)}
    assert committers <= {"fieldsvc/db.py"}


def test_every_module_says_what_it_decides():
    silent = [named(path) for path in PYTHON if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [name for name in silent if "/migrations/versions/" not in name] == []


def test_a_module_has_one_subject_and_is_not_long():
    long = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*PYTHON, *PHONE]}
    assert {name: lines for name, lines in long.items() if lines > 350 and "/migrations/" not in name} == {}


def test_only_the_store_touches_the_phones_database():
    users = {named(path) for path in PHONE if re.search(r"\bindexedDB\b", code_of(path))}
    assert users <= {"static/app/database.js"}
    askers = {named(path) for path in PHONE if re.search(r'from "[./]+/database\.js"', code_of(path))}
    assert askers <= {"static/app/store.js"}


def test_only_the_api_module_calls_the_network():
    callers = {
        named(path) for path in PHONE if re.search(r"(?<![.\w])fetch\(|XMLHttpRequest|sendBeacon", code_of(path))
    }
    assert callers <= {"static/app/api.js"}
