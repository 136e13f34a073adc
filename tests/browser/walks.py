"""Everybody can use it: axe-core over every screen, large text, narrow screens, no motion, no mouse.

Decides what *accessible* means here: axe-core finds nothing (its best practices and the size of targets included), on the
phone every target is of 48 px and every control can have the focus and shows it, in light and dark, with text twice as
large, and on a screen of 320 px, where nothing scrolls sideways; with reduced motion nothing moves; a visit is judged by
keyboard alone. What a person with a screen reader hears in practice it does not decide.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.browser.test_screens import LOOK

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# On the phone every target must be of 48 px (test_screens), which is asked without regard to the bars that lie over a page.
RUN = """async (phone) => {
  const rules = { "target-size": { enabled: !phone } };
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules, preload: false });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => {
    const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
    const html = node.html.replace(/<!--.*?-->/g, "").replace(/\\s+/g, " ").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID");
    return `${id}: ${html.slice(0, 200)} — ${why.slice(0, 260)}`;
  }));
}"""
TEXT_SIZE = "(size) => { document.documentElement.style.fontSize = size }"
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Until colours and sheets have come to where they go; what turns for ever is not waited for, nor a browser that has stopped
# to draw: headless, it sometimes makes no frame after the size of a page was set, and without frames nothing ever finishes.
REST = """() => Promise.race([
  new Promise((drawn) => setTimeout(drawn, 3000)),
  new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => Promise.all(
    document.getAnimations().filter((each) => each.effect.getTiming().iterations !== Infinity)
      .map((each) => each.finished.catch(() => undefined)))),
]).then(() => undefined)"""
TEXT_PX = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
# Gives the focus to each control that stands on the page, as a key would: what cannot have it, and what does not show it.
# A group of which one is chosen is one stop: the arrows lead on. Where the focus shows on what is around it, that counts.
FOCUS = """() => {
  const root = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  const around = (element) => [element.parentElement?.parentElement, element.parentElement, ...element.parentElement.children]
    .filter(Boolean).map((each) => {
      const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(each);
      return [outlineStyle === "none" ? "" : outlineStyle + outlineWidth, boxShadow, borderColor].join(" ");
    }).join();
  const wrong = [];
  const before = document.activeElement;
  for (const control of root.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button]")) {
    if (control.disabled || !control.checkVisibility({ visibilityProperty: true }) || control.closest("[inert]")) continue;
    const what = (control.ariaLabel || control.labels?.[0]?.innerText || control.innerText || control.outerHTML).trim();
    const group = control.closest("[role=radiogroup], [role=tablist]");
    if (control.tabIndex < 0 && !group?.querySelector("[tabindex='0']")) wrong.push(`no key leads to: ${what}`);
    document.activeElement?.blur();
    const resting = around(control);
    control.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== control) wrong.push(`cannot have the focus: ${what}`);
    else if (around(control) === resting) wrong.push(`does not show that it has the focus: ${what}`);
  }
  document.activeElement?.blur();
  before?.focus?.({ preventScroll: true });
  return wrong;
}"""


class Walk:
    """Goes from screen to screen and collects what is wrong on each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: dict[str, list[str]] = {}

    def judge(self, screen: str, *, phone: bool = True) -> None:
        """Look at the screen as it stands: light, dark, text twice as large, and 320 px wide."""
        page = self.page
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(REST)
            self._note(f"{screen}, {scheme}", [*self.by_hand(phone), *self.axe(phone)])
        self._note(screen, page.evaluate(FOCUS) if phone else [])
        page.evaluate(TEXT_SIZE, "200%")
        page.evaluate(REST)
        self._note(f"{screen}, text at 200 %", [*self.by_hand(phone), *self.axe(phone), *self.sideways()])
        page.evaluate(TEXT_SIZE, "")
        usual = page.viewport_size or PHONE
        page.set_viewport_size({"width": 320, "height": 640})
        page.evaluate(REST)
        self._note(f"{screen}, 320 px", [*self.by_hand(phone), *self.axe(phone), *self.sideways()])
        page.set_viewport_size(usual)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light")

    def by_hand(self, phone: bool) -> list[Any]:
        """What the phone's screens are held to beyond axe: 48 px, 4.5:1 on whatever lies beneath, a name for all."""
        found: list[Any] = self.page.evaluate(LOOK) if phone else []
        return found

    def axe(self, phone: bool) -> list[Any]:
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[Any] = self.page.evaluate(RUN, phone)
        return found

    def sideways(self) -> list[str]:
        over = self.page.evaluate(SIDEWAYS)
        return [f"{over} px wider than the screen"] if over > 0 else []

    def _note(self, where: str, found: list[Any]) -> None:
        for each in found:
            self.wrong.setdefault(str(each), []).append(where)

    def found_nothing(self) -> None:
        """Fail with each thing that is wrong, once, and where it is."""
        lines = [f"{what}\n    on: {' | '.join(dict.fromkeys(where))}" for what, where in self.wrong.items()]
        assert not lines, "\n".join(lines)
