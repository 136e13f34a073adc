"""Kinds of visit: which there are, and a company's own, pasted or edited, previewed as phones will show them, then published.

The office reads; an administrator changes. What is pasted becomes a part of the company's overlay and goes the way of every
edition (catalogue_pages.py). Decides nothing: the catalogue says what is wrong, by entry.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from fieldsvc.catalog import service as catalog
from fieldsvc.identity import access
from fieldsvc.office.frame import pages, show
from fieldsvc.policy import service as policy
from fieldsvc.promises import service as clocks

editions, own_kinds = catalog.editions, catalog.own_kinds

TEMPLATE = """\
visit_types:
  - id: gas.own_alarm          # its trade, a dot, a name of your own
    code: G20                  # a letter and a number
    name: {zh-Hans: 安装报警器, zh-Hant: 安裝報警器, en: Fitting a gas alarm}
    say: {zh-Hans: 今天上门给您家安装燃气报警器。, zh-Hant: 今天上門給您家安裝燃氣報警器。, en: We have come to fit a gas alarm.}
    checklist: gas.own_alarm   # a list of its own has the id of the kind
    steps: [door, customer, items, talk, sign]
    sheet: {zh-Hans: 报警器安装单, zh-Hant: 報警器安裝單, en: Gas alarm sheet}
    rules:
      - {id: order_first}
      - {id: photo_evidence}
    clocks: [repair]
    active: true
checklists:
  - id: gas.own_alarm
    name: {zh-Hans: 安装报警器, zh-Hant: 安裝報警器, en: Fitting a gas alarm}
    inspects: false
    items:
      - id: alarm
        name: {zh-Hans: 报警器, zh-Hant: 報警器, en: Gas alarm}
        points:
          - id: OWNALARM-C1
            name: {zh-Hans: 型号与编号, zh-Hant: 型號與編號, en: Model and number}
            kind: text
            required: true
            photo: always
      - id: safety
        name: {zh-Hans: 安全检查, zh-Hant: 安全檢查, en: Safety check}
        points:
          - id: OWNALARM-C2
            name: {zh-Hans: 无漏气, zh-Hant: 無漏氣, en: No leak}
            kind: pass_fail
            required: true
            photo: never
"""


@pages.get("/settings/kinds")
@access.needs("office")
def settings_kinds() -> ResponseReturnValue:
    kind = request.args.get("kind", "")[:80]
    return _page(text=own_kinds.taken_out(_overlay(), kind) if kind else "")


def _overlay() -> str:
    number = editions.in_force()[0]
    return editions.get(number).overlay if number else ""


def _page(*, text: str = "", mistakes: tuple[str, ...] = (), preview: Any = None) -> str:
    edition = preview["catalogue"] if preview else catalog.catalogue()
    return show(
        "settings_kinds",
        edition=edition,
        kinds=sorted(edition.entries.visit_types, key=lambda kind: catalog.TRADES.index(kind.trade)),
        trades=policy.section("trades"),
        own=set(own_kinds.ids(preview["overlay"] if preview else _overlay())),
        number=editions.in_force()[0],
        text=text or TEMPLATE,
        mistakes=mistakes,
        preview=preview,
        value_of=clocks.value_of,
    )


@pages.post("/settings/kinds")
@access.needs("admin")
def preview_kinds() -> ResponseReturnValue:
    """What phones will show of the pasted kinds; nothing is in force before it is confirmed."""
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        overlay = own_kinds.written_into(_overlay(), text)
        proposed, changed = editions.propose(overlay)
    except catalog.CatalogueError as error:
        return _page(text=text, mistakes=tuple(error.mistakes)), 422
    shown = {"catalogue": catalog.of_content(proposed), "changes": changed, "overlay": overlay}
    return _page(text=text, preview=shown)
