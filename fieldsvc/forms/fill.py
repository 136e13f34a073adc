"""Putting back into a page what was typed into one of its forms, and saying at the field why it was refused.

Decides which form of a page was sent (where it goes, and what its hidden fields say) and how each kind of control takes its
value; every other byte of the page stays as it is. Hidden fields keep what the page says now: which version of a thing
somebody sees is the page's to say. Passwords and files are not put back. Pure: text in, text out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

Attributes = list[tuple[str, str | None]]

OF_THE_PAGE = frozenset(
    {"csrf_token", "once", "stood", "back", "base", "seen", "settled", "evidence", "level", "version", "previewed"}
)
"""Hidden fields that say how things stood when the page was made, not which form it is."""

NOT_TYPED = frozenset({"hidden", "submit", "button", "image", "reset", "password", "file"})
_ID = re.compile(r"[0-9a-f-]{36}|[\x00-\x20-]*")


@dataclass(frozen=True)
class Sent:
    """A form that was sent: where it went, and what it said, in order. `at` names the field that is wrong, `why` says why."""

    address: str
    fields: Mapping[str, Sequence[str]]
    why: str
    at: str = ""


@dataclass
class _Form:
    """A form of a page: which it is, in the order of the page, and inside which folded parts it stands."""

    number: int
    id: str
    to: set[str]
    folded: tuple[int, ...]
    hidden: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def typed(fields: Mapping[str, Sequence[str]]) -> list[str]:
    """The texts that somebody typed, as far as that can be told without the form: no ids, marks or single letters."""
    texts = [text.strip() for name, given in fields.items() if name not in OF_THE_PAGE for text in given]
    return [text for text in texts if not _ID.fullmatch(text) and (len(text) > 12 or not text.isascii())]


def filled(page: str, sent: Sent, *, hidden: Mapping[str, str]) -> str | None:
    """The page with the form as it was sent, the reason at the field, and `hidden` in the form; None without such a form.

    A form of buttons alone has nothing to give back and counts as none.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    form = _which(reader.forms, sent)
    if form is None or not form.names:
        return None
    writer = _Writer(form, sent, hidden)
    writer.feed(page)
    writer.close()
    return "".join(writer.out)


def _which(forms: Iterable[_Form], sent: Sent) -> _Form | None:
    where = urlsplit(sent.address).path
    for form in forms:
        told = [(name, value) for name, value in form.hidden if name not in OF_THE_PAGE]
        if where in form.to and all(value in sent.fields.get(name, ()) for name, value in told):
            return form
    return None


class _Reader(HTMLParser):
    """Finds the forms of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self._folds: list[int] = []
        self._details = 0
        self._inside: _Form | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        if tag == "details":
            self._folds.append(self._details)
            self._details += 1
        elif tag == "form":
            to = {urlsplit(given.get("action") or "").path} if (given.get("method") or "").lower() == "post" else set()
            self._inside = _Form(len(self.forms), given.get("id") or "", to, tuple(self._folds))
            self.forms.append(self._inside)
        elif tag in ("input", "select", "textarea", "button"):
            self._control(tag, given)

    def _control(self, tag: str, given: Mapping[str, str | None]) -> None:
        owner = given.get("form")
        form = next((one for one in self.forms if one.id == owner), None) if owner else self._inside
        if form is None:
            return
        if given.get("formaction"):
            form.to.add(urlsplit(given["formaction"] or "").path)
        elif tag == "input" and given.get("type") == "hidden":
            form.hidden.append((given.get("name") or "", given.get("value") or ""))
        elif tag != "button" and (tag != "input" or (given.get("type") or "text") not in NOT_TYPED):
            form.names.add(given.get("name") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "details" and self._folds:
            self._folds.pop()
        elif tag == "form":
            self._inside = None


class _Writer(HTMLParser):
    """Copies a page, and changes one form of it on the way."""

    def __init__(self, form: _Form, sent: Sent, hidden: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._form, self._sent, self._hidden = form, sent, hidden
        self._left = {name: list(values) for name, values in sent.fields.items()}
        self._at = sent.at if sent.at in form.names else ""
        self._number = self._details = -1
        self._inside = self._points = False
        self._select, self._wrong, self._text = "", False, None  # type: str, bool, str | None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        raw = self.get_starttag_text() or ""
        if tag == "details":
            self._details += 1
            if self._details in self._form.folded and not any(name == "open" for name, _value in attrs):
                raw = raw[:-1] + " open>"
        if tag == "form":
            self._number += 1
            self._inside = self._number == self._form.number
            self.out.append(raw + (self._head() if self._inside else ""))
            return
        given = dict(attrs)
        if self._owns(given) and tag in ("input", "select", "textarea", "option", "button"):
            self._control(tag, attrs, raw)
        elif tag == "option" and self._select:
            self.out.append(_tag(tag, self._chosen(attrs, "selected", self._sent.fields.get(self._select, ()))))
        else:
            self.out.append(raw)

    def _owns(self, given: Mapping[str, str | None]) -> bool:
        owner = given.get("form")
        return owner == self._form.id if owner else self._inside

    def _head(self) -> str:
        kept = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in self._hidden.items()
        )
        return kept + ("" if self._at else f'<p class="said bad" role="alert">{html.escape(self._sent.why)}</p>')

    def _control(self, tag: str, attrs: Attributes, raw: str) -> None:
        given = dict(attrs)
        name, kind = given.get("name") or "", (given.get("type") or "text").lower()
        if tag == "option":
            self.out.append(_tag(tag, self._chosen(attrs, "selected", self._sent.fields.get(self._select, ()))))
            return
        if tag == "button" or (tag == "input" and kind in NOT_TYPED):
            self.out.append(raw if kind == "hidden" else _tag(tag, self._pointed(attrs)))
            return
        attrs = self._marked(name, attrs) if name == self._at else self._pointed(attrs)
        if tag == "input" and kind in ("checkbox", "radio"):
            attrs = self._chosen(attrs, "checked", self._sent.fields.get(name, ()), usual="on")
        elif tag == "input" and self._left.get(name):
            attrs = [*(one for one in attrs if one[0] != "value"), ("value", self._left[name].pop(0))]
        self.out.append(_tag(tag, attrs))
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._text = self._left[name].pop(0) if self._left.get(name) else None
            self.out.append("\n" + html.escape(self._text) if self._text is not None else "")
        elif name == self._at:
            self._say()
        self._wrong = tag in ("select", "textarea") and name == self._at

    def _chosen(self, attrs: Attributes, mark: str, said: Sequence[str], usual: str = "") -> Attributes:
        value = next((value for name, value in attrs if name == "value"), usual) or ""
        rest = [one for one in attrs if one[0] != mark]
        return [*rest, (mark, None)] if value in said else rest

    def _marked(self, name: str, attrs: Attributes) -> Attributes:
        self._points = True
        kept = [one for one in attrs if one[0] not in ("aria-invalid", "aria-describedby", "autofocus")]
        return [*kept, ("aria-invalid", "true"), ("aria-describedby", "refused"), ("autofocus", None)]

    def _pointed(self, attrs: Attributes) -> Attributes:
        """The first control of a form without a wrong field is where the page opens."""
        if self._at or self._points:
            return [one for one in attrs if one[0] != "autofocus"]
        self._points = True
        return [*(one for one in attrs if one[0] != "autofocus"), ("autofocus", None)]

    def _say(self) -> None:
        """Say it once: a name may stand at several controls."""
        self.out.append(f'<span class="wrong" id="refused" role="alert">{html.escape(self._sent.why)}</span>')
        self._at = "\0"

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>")
        if tag == "textarea":
            self._text = None
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._inside = False
        if tag in ("textarea", "select") and self._wrong:
            self._wrong = False
            self._say()

    def _copy(self, text: str) -> None:
        if self._text is None:  # else it is what the page had where now stands what was typed
            self.out.append(text)

    def handle_data(self, data: str) -> None:
        self._copy(data)

    def handle_entityref(self, name: str) -> None:
        self._copy(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._copy(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.out.append(f"<!{decl}>")


def _tag(tag: str, attrs: Attributes) -> str:
    said = (name if value is None else f'{name}="{html.escape(value)}"' for name, value in attrs)
    return f"<{' '.join((tag, *said))}>"
