"""What every office page has: the blueprint, the side column with its counts, the language, and how figures are written.

Decides no page's contents. Invariant: a page of the office costs a fixed number of queries for its frame, whatever the store
holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from fieldsvc import problems
from fieldsvc.blobs import service as blobs
from fieldsvc.db import transaction
from fieldsvc.forms import service as forms
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.messages import LOCALES
from fieldsvc.office import given_back, service, words
from fieldsvc.office.given_back import refuse
from fieldsvc.office.ledger import hazard_lines
from fieldsvc.office.words import _

__all__ = ["PER_PAGE", "Pager", "page_number", "pages", "refusal", "refuse", "show"]

pages = Blueprint("office", __name__, url_prefix="/office")
pages.before_app_request(given_back.before)
pages.after_app_request(given_back.after)
pages.add_app_template_global(forms.new_id, "new_form")

PER_PAGE = 50
LANGUAGES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}


@dataclass(frozen=True)
class Place:
    """One line of the side column. `count` is shown when there is something to know."""

    endpoint: str
    icon: str
    name: str
    count: int = 0
    urgent: bool = False


def _places(waiting: service.Waiting) -> list[Place]:
    return [
        Place("office.dashboard", "layout-dashboard", _("Today")),
        Place("office.visits", "clipboard-list", _("Visits")),
        Place("planning.board_page", "calendar", _("Plan")),
        Place("office.hazards", "triangle-alert", _("Hazards"), waiting.overdue, urgent=True),
        Place("office.notices", "file-text", _("Notices"), waiting.failed, urgent=True),
        Place("office.readings_list", "gauge", _("Readings"), waiting.readings),
        Place("office.calls_list", "phone", _("Return calls"), waiting.calls, urgent=True),
        Place("office.complaints", "message-circle", _("Complaints"), waiting.complaints, urgent=True),
        Place("office.attention", "inbox", _("Needs a person"), waiting.needs_a_person, urgent=True),
        Place("office.verify", "shield-check", _("Verify a PDF")),
        Place("imports.imports", "upload", _("Import")),
        Place("office.report", "chart-column", _("Reports")),
        Place("office.people", "users", _("People and devices")),
        Place("lifeboat.lifeboats", "hard-drive", _("Lifeboat")),
        *([Place("privacy.audit_list_page", "file-search", _("Privacy and audit"))] if access.may("admin") else []),
        Place("office.settings", "settings", _("Settings")),
    ]


@pages.app_template_filter("told")
def told(text: Any) -> str:
    """A text of the catalogue in the page's language; a plain text as it is."""
    return words.told(text)


@pages.app_template_filter("day")
def day(value: Any) -> str:
    """A date in the words of the page's language."""
    return words.day(value)


@pages.app_template_test("erased_file")
def erased_file(sha256: str) -> bool:
    """Whether a picture was here and was erased; asked of each picture only where anything was ever erased."""
    if "any_erased" not in g:
        g.any_erased = blobs.is_any_erased()
    return bool(g.any_erased) and blobs.is_erased(sha256=sha256)


@pages.app_template_filter("moment")
def moment(value: Any) -> str:
    """An instant on the company's clock, in figures."""
    return words.moment(value)


def _frame() -> dict[str, Any]:
    """What the side column shows, and the words that templates ask for."""
    today = words.today()
    waiting = service.waiting(today=today)
    return {
        "company": words.company(),
        "places": _places(waiting),
        "me": access.me(),
        "is_admin": access.may("admin"),
        "languages": LANGUAGES,
        "language": words.language(),
        "words": words,
        "today": today,
        "waiting": waiting,
        "alerts": hazard_lines.alerts(),
        "here": request.full_path.rstrip("?"),
    }


@pages.app_context_processor
def doorstep() -> dict[str, Any]:
    """What the log-in page and the page of a problem ask for; nothing is looked up before they do."""
    return {"page_language": words.language, "page_languages": LANGUAGES, "company_of_page": words.company}


def page_number(at: str = "page") -> int:
    """The page of a list that the address asks for, counted from 1."""
    asked = request.args.get(at, "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def show(template: str, **what: Any) -> str:
    """Render a page of the office."""
    return render_template(f"office/{template}.html", **(_frame() | what))


@dataclass(frozen=True)
class Pager:
    """Which part of a list is on the page, and the addresses of its neighbours. `at`: what the address calls the page;
    `size`: how much stands on one."""

    number: int
    total: int
    shown: int
    at: str = "page"
    size: int = PER_PAGE

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + self.shown

    def address(self, step: int) -> str | None:
        """The address of the page `step` further, with every filter kept; None where there is none."""
        number = self.number + step
        if number < 1 or (number - 1) * self.size >= max(self.total, 1):
            return None
        given = {
            name: value for name, value in request.args.items() if name != self.at
        }  # what is empty may be an answer
        return "?" + urlencode(given | ({self.at: str(number)} if number > 1 else {}))


def refusal(problem: problems.Problem) -> str:
    """Why something was not done, in words for the person who asked for it."""
    return words.problem(problem.code) or problem.detail or problem.title


@pages.post("/language")
@access.needs("office")
def choose_language() -> ResponseReturnValue:
    wanted, back = request.form.get("locale", ""), request.form.get("back", "/office")
    if wanted in LOCALES:
        with transaction():
            identity.set_locale(user_id=access.me().id, locale=wanted)
    return redirect(back if back.startswith("/office") else "/office")
