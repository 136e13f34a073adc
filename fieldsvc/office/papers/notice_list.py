"""The list of notices: its columns, its filters, and what of a paper goes into a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from fieldsvc.found import Found
from fieldsvc.notices import service as papers
from fieldsvc.office import service, words
from fieldsvc.office.lists import Asked, Choice, Column, List, Search
from fieldsvc.office.visiting import visit_view
from fieldsvc.office.words import _

Json = dict[str, Any]
Row = tuple[papers.Notice, Json | None, list[papers.Serving] | None]
"""A paper, the document of its visit, and how it was brought; None where it needs no ink."""


def notices() -> List[Row]:
    """All papers, the newest first."""
    statuses = [(one, words.notice_status(one)) for one in ("ready", "pending", "failed")]
    kinds = [(one, words.notice_kind(one)) for one in papers.KINDS]
    ways = [(one, way_of_papers(one)) for one in papers.WAYS]
    return List(
        id="notices",
        title=_("Notices"),
        filters=(
            Search("q", _("Number of the notice")),
            Choice("status", _("State"), statuses, every=_("All states")),
            Choice("kind", _("Kind"), kinds, every=_("All kinds")),
            Choice("way", _("On its way"), ways, every=_("Wherever it is")),
        ),
        columns=(
            Column("number", _("Number"), lambda row: row[0].number, sort="number"),
            Column("revision", _("Revision"), lambda row: row[0].revision, file_only=True),
            Column("kind", _("Kind"), lambda row: words.notice_kind(row[0].kind)),
            Column("customer", _("Customer"), _of_customer("name")),
            Column("account", _("Account number"), _of_customer("account"), file_only=True),
            Column("district", _("District"), _of_customer("district"), file_only=True),
            Column("address", _("Address"), _of_customer("address")),
            Column(
                "door",
                _("Building, unit, room"),
                lambda row: visit_view.door(row[1]["customer"]) if row[1] else "",
                file_only=True,
            ),
            Column("state", _("State"), lambda row: words.notice_status(row[0].status)),
            Column("error", _("Error"), lambda row: row[0].error, file_only=True),
            Column("issued", _("Issued"), lambda row: row[0].ready_at or row[0].promised_at, sort="issued"),
            Column(
                "issued_on", _("Date on the paper"), lambda row: date.fromisoformat(row[0].issued_on), file_only=True
            ),
            Column("printed", _("Printed"), lambda row: row[0].printed_at, look="spare"),
            Column("printed_times", _("Times printed"), lambda row: row[0].printed_count, file_only=True),
            Column("visit", _("Visit"), lambda row: row[1]["number"] if row[1] else "", file_only=True),
            Column("way", _("On its way"), _way, file_only=True),
            Column("brought", _("Handed over on"), lambda row: _last(row, "served_on"), file_only=True),
            Column("back", _("Signed paper back"), lambda row: _last(row, "attached_at"), file_only=True),
            Column("paper", _("Paper"), lambda row: "", unseen=True, screen_only=True),
        ),
        find=_find,
    )


def _of_customer(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[1]["customer"].get(name) or "") if row[1] else ""


def way_of_papers(way: str) -> str:
    """How far papers have come, as one looks for them."""
    return {
        "to_print": _("Ready, not printed"),
        "printed": _("Has been printed"),
        "to_serve": _("Printed, to be handed over"),
        "to_scan": _("Handed over, not yet back"),
        "served": _("Signed paper is back"),
    }.get(way, way)


def _way(row: Row) -> str:
    paper, _visit, brought = row
    if brought is not None:
        return words.paper_path(papers.serving.standing(paper, brought))
    return way_of_papers("printed" if paper.printed_count else "to_print") if paper.status == "ready" else ""


def _last(row: Row, name: str) -> Any:
    return getattr(row[2][-1], name) if row[2] else None


def _find(asked: Asked) -> Found[Row]:
    found = papers.find(words=asked["q"], status=asked["status"], kind=asked["kind"], way=asked["way"])

    def read(ids: Sequence[str]) -> Mapping[str, Row]:
        listed = service.with_visits(found.read(ids).values(), key="visit_id")
        brought = papers.serving.of_papers([paper for paper, _visit in listed])
        return {paper.id: (paper, visit, brought.get(paper.id)) for paper, visit in listed}

    return replace(found, read=read)  # type: ignore[arg-type, return-value] # the rows of a list are papers with their visits
