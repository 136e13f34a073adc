"""The styles of a paper's elements: worked out once, and kept from one paper to the next.

All papers are made by one style sheet and one family of templates, so the same few hundred combinations of rules come again in
every paper; working out what they come to was a fifth of the time of a page. The layout library shares a style between the
elements of one page; here it lasts. Decides nothing about looks: what is not known yet is worked out by the library. Invariant:
two elements share a style only where the parent's style, the rules that fit and the attributes that style an element are the
same; a paper that brings a sheet of its own is left to the library.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint import css as library

MOST = 6_000
"""So many styles are kept, some 6 KB each; all papers in all languages need far fewer. Beyond it all are worked out anew."""
STYLING = ("lang", "id", "style", "name", "width", "height")
"""The attributes that the library turns into rules for the one element that bears them."""


class _Known:
    """One style, those of its pseudo-elements, and the known styles of elements below it."""

    __slots__ = ("below", "pseudo", "style")

    def __init__(self) -> None:
        self.below: dict[Any, _Known] = {}
        self.style: Any = None
        self.pseudo: dict[str, Any] = {}


class _Kept:
    """All known styles of papers that these sheets and this font configuration make."""

    def __init__(self, sheets: Sequence[Any], fonts: Any):
        self.sheets, self.fonts = [sheet for sheet, _, _ in sheets], fonts
        self.above = _Known()
        self.count = 0
        self.page_sizes: dict[str, Any] = {"box": None, "area": None}

    def serves(self, sheets: Sequence[Any], fonts: Any) -> bool:
        """Whether a paper with these sheets may use them."""
        same = len(sheets) == len(self.sheets) and all(a is b for (a, _, _), b in zip(sheets, self.sheets, strict=True))
        return same and fonts is self.fonts and self.count < MOST


_kept: list[_Kept] = []


class Styles(library.StyleFor):  # type: ignore[misc]
    """The library's table of styles, filled from what is known."""

    def __init__(self, html: Any, sheets: Any, presentational_hints: Any, font_config: Any, target_collector: Any):
        if presentational_hints or html.base_url or any(origin == "author" for _, origin, _ in sheets):
            super().__init__(html, sheets, presentational_hints, font_config, target_collector)
            return
        if not _kept or not _kept[0].serves(sheets, font_config):
            _kept[:] = [_Kept(sheets, font_config)]
        self._cascaded_styles: dict[Any, Any] = {}
        self._computed_styles: dict[Any, Any] = {}
        self._sheets, self.font_config = sheets, font_config
        self.initial_page_sizes = _kept[0].page_sizes
        places: dict[Element, _Known] = {}
        for element in html.wrapper_element.iter_subtree():
            here, parent = element.etree_element, element.parent
            above = places[parent.etree_element] if parent else _kept[0].above
            places[here] = known = self._find(element, above, html.etree_element)
            self._tell(here, known, target_collector)

    def _find(self, element: Any, above: _Known, root: Element) -> _Known:
        here = element.etree_element
        own = tuple((name, here.attrib[name]) for name in STYLING if name in here.attrib)
        fitting = [sheet.matcher.match(element) for sheet, _, _ in self._sheets]
        key = (own, *(tuple(place for _, place, _, _ in rules) for rules in fitting))
        known = above.below.get(key)
        if known is None:
            known = above.below[key] = self._work_out(element, fitting, root)
            _kept[0].count += 1
        return known

    def _work_out(self, element: Any, fitting: Sequence[Any], root: Element) -> _Known:
        here, known = element.etree_element, _Known()
        cascaded = self._cascaded_styles
        bare = Element(here.tag, {name: here.attrib[name] for name in STYLING if name in here.attrib})
        for specificity, _, declarations, base in library.find_style_attributes(bare):
            rules = library.preprocess_declarations(base, declarations)
            _add(cascaded.setdefault((here, None), {}), rules, "author", (inf, specificity))
        for (sheet, origin, always), rules in zip(self._sheets, fitting, strict=True):
            for specificity, _, pseudo, (declarations, layer) in rules:
                order = inf if layer is None else sheet.layers.index(layer)
                _add(cascaded.setdefault((here, pseudo), {}), declarations, origin, (order, always or specificity))
        parent = element.parent.etree_element if element.parent else None
        self.set_computed_styles(here, parent=parent, root=root)
        known.style = self._computed_styles[here, None]
        for _, pseudo in [one for one in cascaded if one[1]]:
            self.set_computed_styles(here, parent=here, root=root, pseudo_type=pseudo)
            known.pseudo[pseudo] = self._computed_styles[here, pseudo]
        cascaded.clear()
        return known

    def _tell(self, here: Element, known: _Known, targets: Any) -> None:
        self._computed_styles[here, None] = known.style
        for pseudo, style in known.pseudo.items():
            self._computed_styles[here, pseudo] = style
        for style in (known.style, *known.pseudo.values()):
            if targets and style["anchor"]:
                targets.collect_anchor(style["anchor"])


def _add(cascaded: dict[str, Any], rules: Any, origin: str, rank: tuple[Any, ...]) -> None:
    """What a rule says, where nothing of more weight has said it."""
    for name, values, importance in rules:
        weight = (library.declaration_precedence(origin, importance), *rank)
        if name not in cascaded or cascaded[name][1] <= weight:
            cascaded[name] = values, weight


def use() -> None:
    """Have the library find styles in our way from now on; safe to repeat."""
    library.StyleFor = Styles
