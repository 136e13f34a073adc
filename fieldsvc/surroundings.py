"""What one application has and another in the same process does not: its folders, its keys, its store of files.

Decides only that such a thing is found by the application whose context is active, as its database is. Invariant: an
application that is built later takes nothing from one that is at work.
"""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from flask import Flask, current_app

Thing = TypeVar("Thing")


class Surroundings(Generic[Thing]):
    """One thing of each application, by name."""

    def __init__(self, name: str):
        self.name = f"fieldsvc.{name}"

    def give(self, app: Flask, thing: Thing) -> None:
        """Say what this application has; called once by create_app."""
        app.extensions[self.name] = thing

    def __call__(self) -> Thing:
        """The thing of the active application. Raises KeyError where it was given none, RuntimeError outside of a context."""
        return cast(Thing, current_app.extensions[self.name])
