"""The files of the repository: nothing that ties them to one machine or one index, and documents that are true."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def tracked() -> list[Path]:
    """The files that git has or would take."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in sorted(set(names.split("\0")) - {""}) if (path := ROOT / name).is_file()]


def lines_with(pattern: str) -> list[str]:
    found = []
    for path in tracked():
        if path.suffix in (".png", ".jpg", ".ttf", ".ttc", ".woff2") or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    return found


def test_no_file_names_a_package_index():
    assert (
        lines_with(r'"resolved": *"http|registry *= *"?http|--(extra-)?index-url|https?://[^ "]+/(simple|packages)/')
        == []
    )


def test_no_file_names_a_folder_of_the_machine_it_was_written_on():
    assert lines_with(re.escape(f"{ROOT.parent}/") + r"|/home/\w+/|/Users/\w+/") == []
    figures = (ROOT / "bench" / "RESULTS.md").read_text(encoding="utf-8")
    assert re.findall(r"^`.*[ =]/.*`", figures, re.MULTILINE) == []


def test_every_locked_package_has_its_hashes():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=[a-z0-9])", text)
        assert [block.split(" ")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_every_dependency_of_the_project_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = {re.split(r"[\[<>=;]", each)[0] for each in project["project"]["dependencies"]}
    assert wanted - {re.sub(r"\[.*", "", name) for name in locked} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_and_target_in_a_document_leads_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert (document.parent / link).exists(), link
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in set(re.findall(r"`((?:docs|fieldsvc|sync|static|templates|tests|tools)/[\w./-]+)`", text)):
        assert (ROOT / path).exists(), path


def test_every_test_that_a_document_names_exists():
    named = {
        name for path in DOCUMENTS for name in re.findall(r"`(tests/[\w/.]+::\w+)`", path.read_text(encoding="utf-8"))
    }
    assert named
    for name in named:
        path, title = name.split("::")
        assert re.search(rf"^def {title}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), name


def test_every_document_that_the_code_names_exists():
    sources = [path for path in tracked() if path.suffix in (".py", ".js", ".html") and "vendor" not in path.parts]
    texts = (path.read_text(encoding="utf-8") for path in sources if "tests" not in path.parts)
    named = {name for text in texts for name in re.findall(r"docs/[\w/.-]+\.md", text)}
    assert {name for name in named if not (ROOT / name).is_file()} == set()


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda path: path.name)
def test_a_decision_is_short_and_whole(record):
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 70
    assert re.match(rf"# {record.name[:4]}\. .+\n\nDate: \d{{4}}-\d\d-\d\d · Status: ", text)
    for part in ("## Context", "## Decision", "## Consequences"):
        assert part in text
