"""What a program is told of a paper."""

from __future__ import annotations

from fieldsvc.shapes import INSTANT, UUID, Told, text, whole, word


class NoticeAnswer(Told):
    """A paper; `waits_until`: so long for photos that are on their way. Digest and size are there once it is ready."""

    id, visit = text(UUID), text(UUID)
    kind, number = text(), text()
    revision = whole()
    status = word("pending", "ready", "failed", "void")
    replaces, replaced_by = text(UUID, none=True), text(UUID, none=True)
    promised_at, waits_until = text(INSTANT), text(INSTANT)
    ready_at = text(INSTANT, none=True)
    record_sha256, sha256, error = text(none=True), text(none=True), text(none=True)
    size = whole(none=True)
    printed_count = whole()
