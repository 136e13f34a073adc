"""Today: how the day stands, what is open and overdue, how far the duty is, which promises were kept, who keeps silent.

Each figure comes from the capability that owns it and leads to the list behind it; nothing is decided here. The day itself is
read from the visits, what goes over many days from the tallies.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from fieldsvc import clock
from fieldsvc.found import MOST_COUNTED
from fieldsvc.identity import access
from fieldsvc.notices import service as papers
from fieldsvc.office import service, words
from fieldsvc.office.figures import promise_words, report_charts
from fieldsvc.office.frame import pages, show
from fieldsvc.office.visiting import visit_view
from fieldsvc.policy import service as policy
from fieldsvc.promises import service as clocks
from fieldsvc.record import service as record
from fieldsvc.reports import service as reports

ON_A_DAY, MOST_PRESSING = 30, 12


def _asked_day() -> date:
    return clock.day_of(request.args.get("day", "")) or words.today()


def _pressing() -> dict[str, Any]:
    """The promises that are late or about to be missed, with their visits."""
    now = clock.now()
    until = now + timedelta(hours=policy.value("promises", "ahead_hours"))
    found = clocks.due(until=until, limit=MOST_PRESSING)
    visits = record.documents(ids={one.visit_id for one in found})
    number = len(found) if len(found) < MOST_PRESSING else clocks.number_due(until=until, most=MOST_COUNTED)
    rows = [(one, visits[one.visit_id], one.due_at < now) for one in found if one.visit_id in visits]
    return {"pressing": rows, "pressing_number": number, "clock_name": promise_words.clock_name}


def _removed() -> dict[str, Any]:
    """The meters that were taken off and kept long enough, with their visits."""
    now = clock.now()
    found = clocks.removed.may_go(now=now, limit=MOST_PRESSING)
    visits = record.documents(ids={visit_id for visit_id, _clock, _since in found})
    number = len(found) if len(found) < MOST_PRESSING else clocks.removed.number_may_go(now=now, most=MOST_COUNTED)
    rows = [(visits[visit_id], name, since) for visit_id, name, since in found if visit_id in visits]
    return {"removed": rows, "removed_number": number}


@pages.get("")
@access.needs("office")
def dashboard() -> ResponseReturnValue:
    on, today, step = _asked_day(), words.today(), timedelta(days=1)
    found = record.find(planned_on=on)
    total = found.count()
    month = reports.span_of("month", today)
    duties = reports.coverage(on=today, today=today)
    phones, silent = reports.silent_phones(now=clock.now(), today=today)
    return show(
        "dashboard",
        on=on,
        before=on - step if on > date.min else on,
        after=on + step if on < date.max else on,
        day=service.day(on=on),
        visits=found.part(limit=ON_A_DAY).rows,
        total=total.number if total else 0,
        view=visit_view,
        signer=papers.signer_standing(),
        month=month,
        month_name=report_charts.title(month),
        promises=reports.kept_promises(span=month, today=today),
        promise_name=promise_words.promise_name,
        promise_value=promise_words.promise_value,
        promise_list=lambda name: promise_words.list_behind(name, first=month.first, last=month.last),
        **_pressing(),
        **_removed(),
        duties=duties,
        duty_name=report_charts.duty_name,
        coverage=[report_charts.coverage(one) for one in duties],
        phones=phones,
        silent=silent,
        lag=reports.lag(),
    )
