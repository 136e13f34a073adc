"""What watches the server sees: alive, ready, figures; and what is said when it is not ready."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from flask import Flask

from tests.fieldsvc.conftest import Browser


def test_a_server_that_is_well_says_so(browser: Browser) -> None:
    assert browser.get("/healthz").json == {"status": "ok"}
    assert browser.get("/readyz").json == {"status": "ready"}


def test_a_server_without_its_files_is_alive_but_not_ready(app: Flask, browser: Browser) -> None:
    shutil.rmtree(app.extensions["fieldsvc.settings"].data / "blobs")
    assert browser.get("/healthz").status_code == 200
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")


def test_the_figures_count_and_name_nobody(browser: Browser, plan: Callable[..., object]) -> None:
    plan(name="王芳")
    figures = browser.get("/metrics")
    assert "# TYPE fieldsvc_visits gauge" in figures.text
    assert 'fieldsvc_visits{state="planned"} 1.0' in figures.text
    assert "王芳" not in figures.text


def test_an_error_on_the_server_tells_nothing_of_its_cause(app: Flask, browser: Browser) -> None:
    @app.get("/api/v1/broken")
    def broken() -> str:
        raise RuntimeError("the secret is 42")

    answer = browser.get("/api/v1/broken")
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "42" not in answer.text


def test_what_does_not_exist_is_a_problem_for_programs_and_a_page_for_people(browser: Browser) -> None:
    assert browser.get("/api/v1/nothing").json["code"] == "not_found"
    assert browser.get("/nothing").mimetype == "text/html"
    assert browser.delete("/api/v1/login").json["code"] == "method_not_allowed"
