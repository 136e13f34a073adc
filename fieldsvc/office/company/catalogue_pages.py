"""The catalogue's pages: what is checked, which hazards there are, the editions, and laying another overlay over it.

The office reads; an administrator brings an overlay, sees what it would change, and confirms. Decides nothing: the catalogue
says what is wrong with an overlay. Invariant: nothing comes into force that was not shown to the one who confirms it.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.catalog import service as catalog
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.office.frame import pages, show
from fieldsvc.office.words import _
from fieldsvc.policy.service import changes

editions = catalog.editions

TEMPLATE = """\
# What this company lays over the catalogue. The whole file counts: what it says is in force, as it stands.
# switched_off: check points and hazards that are no longer asked; records keep their words.
switched_off:
  points: []
  hazards: []
# points and hazards of your own: texts in three languages; figures in quotes. An example, to be uncommented:
# points:
#   - checklist: gas.residential
#     item: environment
#     id: OWN-C1
#     name: {zh-Hans: 厨房门保持可关闭, zh-Hant: 廚房門保持可關閉, en: The kitchen door can be closed}
#     kind: pass_fail
#     method: {zh-Hans: 开关门一次, zh-Hant: 開關門一次, en: Open and close it once}
#     required: true
#     photo: on_fail
#     hazards: [OWN-01]
# hazards:
#   - code: OWN-01
#     item: environment
#     name: {zh-Hans: 厨房门无法关闭, zh-Hant: 廚房門無法關閉, en: The kitchen door cannot be closed}
#     level: 3
#     stop_gas: none
#     deadline_days: 30
#     responsible: user
#     reinspect: next_visit
#     fix_on_spot: false
#     national_written_notice: false
#     uk_class: NCS
#     harm: {zh-Hans: 漏气会进入居室, zh-Hant: 漏氣會進入居室, en: Escaping gas reaches the rooms}
#     solutions:
#       - {zh-Hans: 修好厨房门, zh-Hant: 修好廚房門, en: Repair the door}
#     checks: [OWN-C1]
"""


@pages.get("/settings/catalogue")
@access.needs("office")
def settings_catalogue() -> ResponseReturnValue:
    return _page()


def _page(*, text: str = "", mistakes: tuple[str, ...] = (), preview: Any = None) -> str:
    number, now = editions.in_force()[0], catalog.catalogue()
    asked = request.args.get("edition", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else number
    listed = editions.listed()
    shown = catalog.edition(chosen) if chosen and chosen != number else now
    return show(
        "settings_catalogue",
        shown=shown,
        number=number,
        editions=listed,
        behind=bool(listed) and listed[0].shipped != editions.shipped()[0],
        text=text,
        mistakes=mistakes,
        preview=preview,
    )


@pages.get("/settings/catalogue/overlay.yaml")
@access.needs("office")
def catalogue_overlay() -> ResponseReturnValue:
    number = editions.in_force()[0]
    text = (editions.get(number).overlay if number else "") or TEMPLATE
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = 'attachment; filename="overlay.yaml"'
    return answer


@pages.post("/settings/catalogue/preview")
@access.needs("admin")
def preview_catalogue() -> ResponseReturnValue:
    given = request.files.get("file")
    content = given.read(catalog.LARGEST_OVERLAY + 1) if given and given.filename else None
    try:
        text = request.form.get("text", "") if content is None else content.decode("utf-8-sig")
        proposed, changed = editions.propose(text)
    except UnicodeDecodeError:
        return _page(mistakes=(_("The file is not text in UTF-8."),)), 422
    except catalog.CatalogueError as error:
        return _page(text=text, mistakes=tuple(error.mistakes)), 422
    return _page(text=text, preview={"catalogue": catalog.of_content(proposed), "changes": changed})


@pages.post("/settings/catalogue")
@access.needs("admin")
def confirm_catalogue() -> ResponseReturnValue:
    seen, text = request.form.get("seen", ""), request.form.get("text", "").replace("\r\n", "\n")
    try:
        with transaction():
            made = editions.make(
                text=text,
                seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else -1,
                by_id=access.me().id,
                by_name=access.me().name,
                now=clock.now(),
            )
            if made:
                changes.note(
                    name=editions.FACT, old={"edition": int(seen)}, new={"edition": made.number}, by_id=access.me().id,
                    by_name=access.me().name, now=clock.now(),
                )  # fmt: skip
    except catalog.CatalogueError as error:
        return _page(text=text, mistakes=tuple(error.mistakes)), 422
    except problems.Conflict:
        return _page(
            text=text, mistakes=(_("Somebody else changed the catalogue meanwhile. Look at the preview again."),)
        ), 409
    if made:
        flash(_("Edition %(number)s is in force. Phones fetch it the next time they sync.", number=made.number), "ok")
    else:
        flash(_("Nothing was different, so nothing was changed."), "ok")
    return redirect(url_for("office.settings_catalogue"), code=303)


@pages.post("/settings/catalogue/switch")
@access.needs("admin")
def switch_catalogue() -> ResponseReturnValue:
    """Switch one point or hazard off or on: the overlay in force with that one change, shown before it counts."""
    code, kind = request.form.get("code", "")[:40], request.form.get("kind", "")
    number = editions.in_force()[0]
    text = (editions.get(number).overlay if number else "") or TEMPLATE
    if kind not in ("points", "hazards"):
        raise problems.BadRequest()
    try:
        text = catalog.switched_overlay(text, kind=kind, code=code)
        proposed, changed = editions.propose(text)
    except catalog.CatalogueError as error:
        return _page(text=text, mistakes=tuple(error.mistakes)), 422
    return _page(text=text, preview={"catalogue": catalog.of_content(proposed), "changes": changed})
