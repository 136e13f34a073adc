"""A notice's state and its signed PDF, for those who may read its visit."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from fieldsvc import contract, problems
from fieldsvc.identity import access
from fieldsvc.notices import service
from fieldsvc.notices.models import Notice
from fieldsvc.notices.schemas import NoticeAnswer
from fieldsvc.record import service as record

api = Blueprint("notices", __name__, url_prefix="/api/v1/notices")


def _readable(notice_id: str) -> Notice:
    paper = service.get(notice_id=notice_id)
    if not record.may_read(user_id=access.me().id, office=access.is_office(), visit_id=paper.visit_id):
        raise problems.NotFound("there is no such notice")
    return paper


@api.get("/<notice_id>")
@access.needs()
@contract.refuses(problems.NotFound)
@contract.gives(200, NoticeAnswer)
def read(notice_id: str) -> ResponseReturnValue:
    """How a paper stands."""
    return jsonify(service.describe(_readable(notice_id)))


@api.get("/<notice_id>.pdf")
@access.needs()
@contract.refuses(problems.NotFound, problems.Conflict)
@contract.gives(200, media=("application/pdf",))
def pdf(notice_id: str) -> ResponseReturnValue:
    """A paper as it was signed."""
    paper = _readable(notice_id)
    return Response(service.pdf(paper), headers=service.pdf_headers(paper))
