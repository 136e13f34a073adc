"""A passkey in a real browser, with the authenticator that Chromium brings for tests: made, used, and removed.

And the phone's log-in of somebody who has a second factor. Passkeys belong to a name, so the server listens on localhost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Installation, demonstration, serving

KEY = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A served demonstration at an address with a name."""
    made = demonstration(tmp_path_factory.mktemp("passkeys"))
    made = replace(made, url=made.url.replace("127.0.0.1", "localhost"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIELDSVC_PUBLIC_URL", made.url)
        with serving(made):
            yield made


@pytest.fixture
def desk(chromium: Browser, named: Installation) -> Iterator[Page]:
    """A browser of the office with a key that knows its owner."""
    context = chromium.new_context(base_url=named.url, viewport={"width": 1280, "height": 800}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    yield page
    context.close()
    assert errors == []


def log_in(page: Page, username: str) -> None:
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录", exact=True).click()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_label("用户名")).to_be_visible()


def test_a_passkey_opens_the_office_without_a_password_until_it_is_removed(desk: Page) -> None:
    desk.goto("/login")
    log_in(desk, "office")
    desk.get_by_role("link", name="周婷").click()
    desk.get_by_role("link", name="设置第二重验证").click()
    desk.get_by_label("通行密钥名称").fill("前台电脑")
    desk.get_by_role("button", name="添加通行密钥").click()
    expect(desk.get_by_role("heading", name="恢复码")).to_be_visible()
    expect(desk.locator(".codes li")).to_have_count(10)
    recovery = desk.locator(".codes code").first.inner_text()
    log_out(desk)

    desk.get_by_role("button", name="用通行密钥登录").click()
    expect(desk.get_by_role("navigation", name="办公室")).to_be_visible()
    log_out(desk)

    log_in(desk, "office")
    desk.get_by_role("button", name="使用通行密钥").click()
    expect(desk.get_by_role("navigation", name="办公室")).to_be_visible()
    log_out(desk)

    log_in(desk, "office")
    desk.get_by_label("恢复码").fill(recovery)
    desk.get_by_role("button", name="继续").click()
    desk.get_by_role("link", name="周婷").click()
    expect(desk.get_by_text("用恢复码登录")).to_be_visible()
    desk.get_by_role("link", name="第二重验证").click()
    desk.get_by_role("button", name="移除通行密钥 前台电脑").click()
    expect(desk.get_by_text("通行密钥已移除")).to_be_visible()
    log_out(desk)

    desk.get_by_role("button", name="用通行密钥登录").click()
    expect(desk.get_by_role("alert").first).to_contain_text("通行密钥")
    log_in(desk, "office")
    expect(desk.get_by_role("navigation", name="办公室")).to_be_visible()


def test_a_technician_with_an_app_types_its_code_on_the_phone(chromium: Browser, named: Installation) -> None:
    context = chromium.new_context(base_url=named.url, viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto("/login")
    log_in(page, "inspector")
    page.wait_for_url("**/app")
    page.goto("/account/second")
    key = TOTP(key=page.locator("code.key").inner_text().replace("-", ""))
    page.get_by_label("六位验证码").fill(str(key.generate().token))
    page.get_by_role("button", name="设置").click()
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes code").last.inner_text()
    log_out(page)

    page.goto("/app/login")
    page.get_by_label("用户名").fill("inspector")
    page.get_by_label("密码").fill("demo")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("第二重验证")
    page.get_by_label(re.compile("恢复码")).fill("000000")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("不对")
    page.get_by_label(re.compile("恢复码")).fill(recovery)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("list").get_by_role("link").first).to_be_visible()
    context.close()
