"""The shape of the description itself."""

from __future__ import annotations

from fieldsvc.shapes import PASSED_ON, Told, anything, text


class DescriptionAnswer(Told):
    """An OpenAPI document; its specification says what stands in it."""

    openapi = text(pattern=r"^3\.1\.")
    info, paths, components = (anything(type="object", **PASSED_ON) for _ in range(3))
