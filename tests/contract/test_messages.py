"""The words on screen: found in the code, whole in every language, and served as the phone app expects them."""

import json

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext, ngettext

from fieldsvc import messages
from tools import javascript_messages
from tools import messages as tool

NESTED = r"""
import { _, ngettext } from "../text.js"; // don't take `this` _("for code")
/** _("nor this") */
export function _(msgid) { return total / count / 2; }
const quotes = /[`"'/]/g;
const page = html`<a href="http://example.org">it's ${open
  ? html`<b>don't ${_("Inner")} ${rows.map((row) => html`<i>${ngettext("%(num)s entry", "%(num)s entries", row.n)}</i>`)}</b>`
  : ""} \${_("not code")} \` ${_('Say "hi"', { who: {} })}</a>`;
const { _: say } = words; words._("In the customer's language"); say("The same"); _("Last");
"""


def test_calls_inside_nested_templates_are_found_and_words_outside_of_code_are_not():
    found = [(call.singular, call.plural) for call in javascript_messages.calls(NESTED)]
    assert found == [
        ("Inner", None),
        ("%(num)s entry", "%(num)s entries"),
        ('Say "hi"', None),
        ("In the customer's language", None),
        ("The same", None),
        ("Last", None),
    ]


@pytest.mark.parametrize("code", ["_(name)", '_("a" + b)', "_(`text`)", 'ngettext("one", other, 2)'])
def test_a_message_that_is_not_a_plain_string_is_an_error(code):
    with pytest.raises(javascript_messages.NotLiteral):
        list(javascript_messages.calls(code))


def test_the_tool_reads_python_templates_and_javascript(tmp_path):
    for name, text in {
        "fieldsvc/a.py": 'x = _("From Python")\ny = ngettext("One visit", "%(num)s visits", n)\n',
        "templates/office/b.html": "{% trans %}\n  From\n  a template\n{% endtrans %}{{ _('Today') }}",
        "static/app/ui/c.js": 'html`${_("From the phone")}`',
        "static/vendor/d.js": '_("not ours")',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    found = tool.extract(tmp_path)

    assert set(found) == {"From Python", "One visit", "From a template", "Today", "From the phone"}
    assert found["One visit"].plural == "%(num)s visits"
    assert found["Today"].files == {"templates/office/b.html"}


def forget() -> None:
    for kept in (messages.translations, messages.app_messages, messages._of_babel):
        kept.cache_clear()


@pytest.fixture
def catalogues(tmp_path, monkeypatch):
    """A folder of catalogues of our own, so that the real ones stay as they are."""
    monkeypatch.setattr(messages, "DIRECTORY", tmp_path)
    forget()
    yield tmp_path
    forget()


def give(monkeypatch, found, given):
    monkeypatch.setattr(tool, "extract", lambda: found)
    tool.update(given)


FOUND = {
    "All sent": tool.Found(files={"static/app/ui/chip.js"}),
    "%(num)s entry waiting": tool.Found(plural="%(num)s entries waiting", files={"static/app/ui/chip.js"}),
    "Print": tool.Found(files={"templates/office/visit.html"}),
}
GIVEN = {"All sent": "全部已发送", "%(num)s entry waiting": ["%(num)s 条待发送"], "Print": "打印", "Gone": "没有了"}


def test_given_texts_reach_the_phone_in_three_languages(catalogues, monkeypatch):
    give(monkeypatch, FOUND, GIVEN)

    assert messages.app_messages("zh-Hans") == {
        "locale": "zh-Hans",
        "plural": "0",
        "messages": {"All sent": "全部已发送", "%(num)s entry waiting": ["%(num)s 条待发送"]},
    }
    assert messages.app_messages("zh-Hant")["messages"]["All sent"] == "全部已傳送"
    english = messages.app_messages("en")
    assert english["plural"] == "n != 1"
    assert english["messages"]["%(num)s entry waiting"] == ["%(num)s entry waiting", "%(num)s entries waiting"]
    assert tool.problems() == []


def test_a_proposal_follows_its_source_until_a_person_has_set_it(catalogues, monkeypatch):
    give(monkeypatch, FOUND, GIVEN)
    path = messages.path_of("zh-Hant")
    assert path.read_text(encoding="utf-8").count("# proposed") == len(FOUND)

    give(monkeypatch, FOUND, {"Print": "打印通知"})
    assert "打印通知" in path.read_text(encoding="utf-8")

    reviewed = (
        path.read_text(encoding="utf-8").replace("# proposed\n#: templates", "#: templates").replace("打印通知", "列印")
    )
    path.write_text(reviewed, encoding="utf-8")
    give(monkeypatch, FOUND, {"Print": "打印这份通知"})
    assert messages.read_catalog("zh-Hant").get("Print").string == "列印"


def test_a_proposal_speaks_of_gas_and_not_of_computers_clocks_or_temples(catalogues, monkeypatch):
    give(monkeypatch, FOUND, {**GIVEN, "All sent": "用户名、用户拒签、旧表止码、燃气表标签", "Print": "打印"})
    traditional = messages.app_messages("zh-Hant")["messages"]
    assert traditional["All sent"] == "使用者名稱、用戶拒簽、舊表止碼、燃氣表標籤"
    assert messages.read_catalog("zh-Hant").get("Print").string == "打印"


def test_the_check_names_what_is_missing_unused_or_has_other_placeholders(catalogues, monkeypatch):
    give(monkeypatch, FOUND, {**GIVEN, "%(num)s entry waiting": ["%(count)s 条待发送"], "Print": ""})
    wrong = "\n".join(tool.problems())
    assert "zh-Hans: placeholders differ: ('%(num)s entry waiting'" in wrong
    assert "zh-Hans: not translated: 'Print'" in wrong

    monkeypatch.setattr(tool, "extract", lambda: {"All sent": FOUND["All sent"]})
    assert "zh-Hans: not what the code says; run `make messages`" in tool.problems()


def test_pages_speak_the_selected_language_and_fall_back_to_english(catalogues, monkeypatch):
    give(monkeypatch, FOUND, {**GIVEN, "All sent": ""})
    app, speaking = Flask(__name__), "zh-Hans"
    messages.init_messages(app, lambda: speaking)

    with app.test_request_context():
        assert gettext("Print") == "打印"
        assert ngettext("%(num)s entry waiting", "%(num)s entries waiting", 3) == "3 条待发送"
        assert render_template_string("{{ _('Print') }}, {% trans %}All sent{% endtrans %}") == "打印, All sent"
        assert render_template_string('<html lang="{{ get_locale() }}">') == '<html lang="zh-Hans">'
    speaking = "en"
    with app.test_request_context():
        assert ngettext("%(num)s entry waiting", "%(num)s entries waiting", 1) == "1 entry waiting"
    speaking = None
    with app.test_request_context():
        assert gettext("Print") == "打印"


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        (["zh-TW", "en"], "zh-Hant"),
        (["zh-CN"], "zh-Hans"),
        (["zh"], "zh-Hans"),
        (["en-GB"], "en"),
        (["de", "en"], "en"),
        ([], "zh-Hans"),
    ],
)
def test_a_browsers_languages_choose_the_best_of_ours(accepted, locale):
    assert messages.negotiate(accepted) == locale


def test_the_catalogues_of_this_checkout_are_whole():
    assert tool.problems() == []
    for locale in messages.LOCALES:
        json.dumps(messages.app_messages(locale))
