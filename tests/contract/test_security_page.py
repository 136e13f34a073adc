"""What the pages on security say is so: the tests they name exist, each item of ASVS 5.0 is judged once, the limits are those."""

import importlib
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "docs" / name for name in ("security.md", "security-asvs.md", "security-inventory.md")]


def test_every_test_that_the_page_names_exists():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    known = set(re.findall(r"def (test_\w+)\(", tests))
    said = [text for path in DOCS for text in re.findall(r"`([^`]+)`", path.read_text(encoding="utf-8"))]
    assert sorted({one for one in said if re.fullmatch(r"test_\w+", one)} - known) == []
    paths = {one for one in said if re.match(r"(tests|fieldsvc|sync)/", one)}
    assert [one for one in sorted(paths) if not (ROOT / one).exists()] == []


def test_every_item_is_judged_once():
    rows = re.findall(
        r"^\| ([0-9.]+) \| [^|]+ \| (met|not|na) \| (.+) \|$", DOCS[1].read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) == len({number for number, _, _ in rows}) == 253
    assert [number for number, _, why in rows if len(why) < 3] == []


def test_the_judgements_are_counted_as_they_stand():
    text = DOCS[1].read_text(encoding="utf-8")
    rows = re.findall(r"^\| [0-9.]+ \| [^|]+ \| (met|not|na) \|", text, re.MULTILINE)
    said = re.search(r"(\d+) met, (\d+) not, (\d+) na", text)
    assert said and [int(one) for one in said.groups()] == [rows.count(word) for word in ("met", "not", "na")]


def _in_force(where):
    """The constant that a name leads to, or the default of a setting."""
    if where.startswith("setting "):
        section, name = where.removeprefix("setting `").rstrip("`").split(".")
        file = ROOT / "fieldsvc" / "policy" / "sections" / f"{section}.yaml"
        fields = yaml.safe_load(file.read_text(encoding="utf-8"))["fields"]
        return next(one["default"] for one in fields if one["id"] == name)
    module, _, name = where.strip("`").rpartition(".")
    return getattr(importlib.import_module(module), name)


def test_the_limits_are_those_in_force():
    text = DOCS[2].read_text(encoding="utf-8").split("## Keys")[0]
    rows = re.findall(r"^\| [^|]+ \| ([\d,]+)( MiB| times)? \| ([^|]+) \|$", text, re.MULTILINE)
    assert len(rows) >= 19
    for figure, unit, where in rows:
        limit = int(figure.replace(",", "")) * (1024 * 1024 if unit == " MiB" else 1)
        assert _in_force(where) == limit, where
