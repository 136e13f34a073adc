"""What went wrong in other systems stays tested here: each numbered lesson about a phone's work has tests that name it.

The numbers are those of the list of reports the project began with; a title says what the lesson is. Also: every test in
JavaScript that a document names exists.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TITLES = [
    (path, title)
    for path in [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("tests/js/*.test.js")]
    for title in re.findall(r'^def (test_\w+)\(|^test\(\s*"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("lesson", range(1, 15))
def test_every_lesson_has_a_test_that_names_it(lesson: int) -> None:
    named = re.compile(rf"lesson[ _]{lesson}(?!\d)")
    assert [title for _path, titles in TITLES for title in titles if named.search(title)]


def test_every_javascript_test_that_a_document_names_exists() -> None:
    titles = {(path.relative_to(ROOT).as_posix(), title) for path, pair in TITLES for title in pair}
    named = {
        pair
        for document in (ROOT / "docs").rglob("*.md")
        for pair in re.findall(r"`(tests/js/[\w.]+)`: \*([^*]+)\*", document.read_text(encoding="utf-8"))
    }
    assert named
    assert named - titles == set()
