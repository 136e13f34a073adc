"""The look's values: each stands in one place, light and dark alike, and text can be read on its ground."""

import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
SHEETS = ("app", "office", "lookup")
TOKEN = re.compile(r"^\s*(--[a-z0-9-]+):\s*([^;]+);", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GROUNDS = ("--ground", "--surface", "--raised", "--hover")
SPOKEN = ("--ok", "--level-1", "--level-2", "--level-3", "--warn")
PAIRS = [
    *product(("--ink", "--ink-2", "--accent", *SPOKEN), GROUNDS),
    *product(("--ink", "--ink-2", "--accent"), ("--sunk", "--accent-soft")),
    *((name, f"{name}-soft") for name in SPOKEN),
    *(("--level-ink", name) for name in SPOKEN),
    ("--accent-ink", "--accent"),
    ("--wheel-ink", "--wheel"),
    ("--paper-ink", "--paper"),
    ("--paper-ink-2", "--paper"),
]


def sheet(name: str) -> str:
    return COMMENT.sub("", (STATIC / f"{name}.css").read_text(encoding="utf-8"))


def blocks() -> list[dict[str, str]]:
    """The tokens of the light block, of the device's dark and of the chosen dark."""
    return [dict(TOKEN.findall(body)) for body in re.findall(r":root[^{}]*\{([^{}]*)\}", sheet("tokens"))]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_dark_is_the_same_whether_the_device_or_a_person_chose_it() -> None:
    light, by_device, by_person = blocks()
    assert by_device == by_person
    assert by_device.keys() < light.keys()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_ground_that_it_stands_on(scheme: str) -> None:
    light, dark, _ = blocks()
    tokens = light if scheme == "light" else {**light, **dark}
    poor = [
        f"{text} on {ground}: {ratio:.2f}"
        for text, ground in PAIRS
        if (ratio := contrast(tokens[text], tokens[ground])) < 4.5
    ]
    assert poor == []


@pytest.mark.parametrize("name", SHEETS)
def test_no_other_sheet_gives_a_token_a_value_of_its_own_for_the_screen(name: str) -> None:
    on_screen = sheet(name).split("@media print")[0]
    assert {token for token, _ in TOKEN.findall(on_screen)} & blocks()[0].keys() == set()
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{}]*\})", on_screen) == []


@pytest.mark.parametrize("name", SHEETS)
def test_every_token_that_a_sheet_uses_has_a_value(name: str) -> None:
    given = blocks()[0].keys() | {token for token, _ in TOKEN.findall(sheet(name))}
    assert set(re.findall(r"var\((--[a-z0-9-]+)", sheet(name))) - given == set()


def test_every_token_is_used() -> None:
    used = {token for name in SHEETS for token in re.findall(r"var\((--[a-z0-9-]+)", sheet(name))}
    assert blocks()[0].keys() - used == set()


def with_its_pieces(page: Path) -> str:
    """A template with those that it includes."""
    return re.sub(
        r'\{% include "([^"]+)" %\}',
        lambda piece: (ROOT / "templates" / piece[1]).read_text(encoding="utf-8"),
        page.read_text(encoding="utf-8"),
    )


def test_every_page_takes_the_tokens_before_its_own_sheet() -> None:
    linked = {}
    for page in (ROOT / "templates").rglob("*.html"):
        text = with_its_pieces(page)
        links = [line for line in text.splitlines() if 'rel="stylesheet"' in line]
        # a strip of paper is black on white, whatever the theme
        if "<head>" in text and links and page.parent.name != "printing":
            linked[page] = [re.findall(r"([a-z]+)\.css", line)[0] for line in links]
    assert len(linked) == 7
    assert all(sheets[0] == "tokens" and sheets[1] in SHEETS and len(sheets) == 2 for sheets in linked.values())
