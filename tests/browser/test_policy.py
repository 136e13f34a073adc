"""The policy of the pages in a real browser: a day's work breaks none of it, and what is injected does nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.technician import Technician, photograph

LISTEN = """
  globalThis.refused = [];
  addEventListener("securitypolicyviolation", (one) => refused.push(`${one.violatedDirective} ${one.blockedURI} ${one.sample}`));
"""
INJECT = """() => {
  const told = [];
  const tries = {
    markup: () => { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='globalThis.ran = 1'>"); },
    policy: () => { trustedTypes.createPolicy("mine", { createHTML: (text) => text }); },
    worker: () => { new Worker("https://elsewhere.example/x.js"); },
    script: () => { document.body.append(Object.assign(document.createElement("script"), { text: "globalThis.ran = 1" })); },
  };
  for (const [name, attempt] of Object.entries(tries)) {
    try { attempt(); } catch { told.push(name); }
  }
  return { told, ran: globalThis.ran ?? 0 };
}"""

# Text made into a program, in every way there is. Not within the call of the tool that asks, to which a browser allows more.
PROBE = """async () => {
  const soon = () => new Promise((resolve) => setTimeout(resolve));
  await soon();
  globalThis.ran = [];
  const put = (made, then) => { document.body.append(made); try { then?.(made); } finally { made.remove(); } };
  const link = () => Object.assign(document.createElement("a"), { href: "javascript:void ran.push('address')" });
  const script = () => Object.assign(document.createElement("script"), { textContent: "ran.push('script')" });
  const handled = () => {
    const button = document.createElement("button");
    button.setAttribute("onclick", "ran.push('handler')");
    return button;
  };
  const tries = {
    eval: () => (0, eval)("ran.push('eval')"),
    maker: () => new Function("ran.push('maker')")(),
    timeout: () => setTimeout("ran.push('timeout')"),
    interval: () => {
      const beats = setInterval("ran.includes('interval') || ran.push('interval')");
      setTimeout(() => clearInterval(beats), 50);
    },
    handler: () => put(handled(), (made) => made.click()),
    address: () => put(link(), (made) => made.click()),
    script: () => put(script()),
  };
  for (const attempt of Object.values(tries)) {
    try { await attempt(); } catch { /* refused */ }
  }
  await new Promise((resolve) => setTimeout(resolve, 60)); // behind every timer that was asked for
  return [Object.keys(tries).sort(), [...new Set(globalThis.ran)].sort()];
}"""


def holds(page: Page) -> None:
    """Nothing of ours was refused so far, and whatever is injected is."""
    assert page.evaluate("refused") == []
    tried = page.evaluate(INJECT)
    assert tried["ran"] == 0
    assert {"markup", "policy", "worker", "script"} == set(tried["told"]), tried


def test_a_visit_is_done_under_the_policy_and_nothing_else_can_be(phone: Page) -> None:
    phone.add_init_script(LISTEN)
    technician = Technician(phone)
    technician.log_in()
    technician.open_visit(0)
    technician.go_to("抄表")
    technician.take_photo("表盘照片", photograph("under the policy"))
    expect(technician.sync()).to_contain_text("全部已发送")
    assert phone.evaluate("navigator.serviceWorker.getRegistration().then((one) => Boolean(one))"), "it is registered"
    holds(phone)


def test_the_office_works_under_the_policy(phone: Page) -> None:
    phone.add_init_script(LISTEN)
    phone.goto("/login")
    phone.fill("input[name=username]", "office")
    phone.fill("input[name=password]", "demo")
    phone.press("input[name=password]", "Enter")
    for address in ("/office", "/office/visits", "/office/plan", "/office/hazards", "/office/reports"):
        phone.goto(address)
        assert phone.evaluate("refused") == [], address
    holds(phone)


def changed_policy(page: Page, change: str | None) -> None:
    """Give the log-in page another policy: without the directives that `change` finds, or none at all."""

    def answer(route: Route) -> None:
        fetched = route.fetch()
        headers = dict(fetched.headers)
        policy = headers.pop("content-security-policy")
        if change is not None:
            left = [part for part in policy.split(";") if not re.search(change, part)]
            assert len(left) < len(policy.split(";")), policy
            headers["content-security-policy"] = ";".join(left)
        route.fulfill(response=fetched, headers=headers)

    page.route("**/login", answer)


@pytest.mark.parametrize("address", ["/login", "/app", "/n/aaaaaaaaaaaaaaaaaaaaaa"])
def test_no_text_becomes_a_program(phone: Page, address: str) -> None:
    phone.goto(address)
    tried, ran = phone.evaluate(PROBE)
    assert (len(tried), ran) == (7, [])


@pytest.mark.parametrize("without", ["require-trusted-types-for|trusted-types", "script-src|default-src"])
def test_each_half_of_the_policy_alone_stops_text_from_becoming_a_program(phone: Page, without: str) -> None:
    changed_policy(phone, without)
    phone.goto("/login")
    _tried, ran = phone.evaluate(PROBE)
    assert ran == []


def test_without_the_policy_each_of_them_would_run(phone: Page) -> None:
    changed_policy(phone, None)
    phone.goto("/login")
    tried, ran = phone.evaluate(PROBE)
    assert ran == tried
