"""The main story in a second engine: a whole visit without a network in WebKit, and all of it on the server afterwards.

WebKitGTK has the JavaScript, IndexedDB, service worker, canvas and pointer events of Safari's engine, and shows what is
written for one engine alone. What it cannot show of real iOS: that Safari forgets a site's storage after seven days
without a visit, and an installed app's storage apart from the browser's; `navigator.storage` (WebKitGTK has none here,
so the app runs without asking for persistence); the real camera, HEIC and its orientation; a page that the system throws
away while the camera is open; the screen keyboard, the notch, a finger (this pointer is a mouse); Apple's fonts.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from tests.browser.conftest import Installation, free_port, serving
from tests.browser.disk import DISK, RAW
from tests.browser.technician import photograph
from tests.browser.test_new_shell import copy_of_the_code
from tests.browser.test_refusals import STORAGE_REFUSED, STORAGE_SHUT
from tests.browser.webkit_phone import Gate, Hands, webkit

HOSE_POINT = "HOSE-C1"
REMARK = "crack behind the stove"


@pytest.fixture
def gate(installation: Installation) -> Iterator[Gate]:
    """The network between the phone and the server."""
    door = Gate(urlsplit(installation.url).port or 0)
    door.open()
    yield door
    door.shut()


@pytest.fixture
def hands(gate: Gate, tmp_path: Path) -> Iterator[Hands]:
    with webkit(tmp_path) as browser:
        yield Hands(browser, f"http://127.0.0.1:{gate.port}")


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    """What the camera gives."""
    files = {}
    for words, colour in {"hose": (150, 118, 84), "dial": (70, 90, 110)}.items():
        files[words] = tmp_path / f"{words}.jpg"
        files[words].write_bytes(photograph(words, colour)["buffer"])
    return files


def test_a_day_without_a_network_loses_nothing_in_webkit(
    hands: Hands, gate: Gate, pictures: dict[str, Path], installation: Installation
) -> None:
    hands.log_in()
    hands.sync_says("全部已发送", 60)
    planned = hands.count("a.visit-row")

    gate.shut()
    hands.reload()
    hands.until("for the day from the phone's own storage", lambda: hands.count("a.visit-row") == planned)
    hands.sync_says("离线")
    hands.tap_at("a.visit-row", 1, done=lambda: hands.count("nav [aria-current=step]"))
    visit = hands.browser.current_url.split("/visit/")[1].split("/")[0]

    hands.tick_everything()
    hands.go_to("用户")
    hands.tap("全部正确", done=lambda: hands.count("#item-hose"))
    fail_the_hose(hands, pictures["hose"])
    hands.pass_all()
    hands.go_to("抄表")
    reading = read_the_meter(hands, pictures["dial"])
    hands.go_to("讲解")
    hands.tick_everything()
    hands.go_to("签字")
    sign_and_close(hands)
    hands.sync_says("待发送")
    nothing_can_be_read_without_the_key(hands)
    written = [row["op"] for row in disk_of(hands)["log"] if row["op"]["visit"] == visit]

    gate.open()
    # No `online` event comes, for the gate is not the phone's: a person who is back in reach taps *Send now*.
    hands.tap_at("a.sync", done=lambda: hands.called("现在发送"))
    hands.tap("现在发送")
    hands.sync_says("全部已发送", 120)
    the_server_holds_everything(installation, visit, written, reading)


IT_WAITS = """const give = arguments[0];
  navigator.serviceWorker.getRegistration()
    .then((each) => (each.waiting ? each : each.update().then(() => each)))
    .then((each) => give(each.waiting?.state === "installed"), () => give(false))"""
EDITION = "return document.documentElement.dataset.edition ?? null"


def test_a_session_that_ended_a_newer_shell_and_storage_that_is_refused_are_borne_in_webkit(
    hands: Hands, gate: Gate, installation: Installation, tmp_path: Path
) -> None:
    second = copy_of_the_code(tmp_path / "second")
    main, early = second / "static/app/main.js", second / "static/app/early.js"
    mark = 'document.documentElement.dataset.edition = "second";'
    main.write_text(f"{main.read_text()}\n{mark}\n")
    # A module of its own, the first that runs: the databases are opened before anything else.
    early.with_name("refusing.js").write_text(f"{STORAGE_REFUSED};\n")
    early.write_text(f'import "./refusing.js";\n{early.read_text()}')
    beside = Installation(url=f"http://127.0.0.1:{free_port()}", data=installation.data)
    hands.log_in()
    hands.sync_says("全部已发送", 60)
    hands.tap("先不管，继续", done=lambda: not hands.called("先不管，继续"))  # this engine promises to keep nothing
    hands.tap_at("a.visit-row", 1, done=lambda: hands.count("nav [aria-current=step]"))

    hands.browser.delete_all_cookies()  # thirty days are over
    hands.tick(0)
    hands.sync_says("需要处理", 60)
    with serving(beside, tree=second):
        gate.shut()
        gate.server = urlsplit(beside.url).port or 0
        gate.open()
        hands.until("for the newer shell to wait", lambda: hands.browser.execute_async_script(IT_WAITS), 60)
        hands.reload()  # in the visit, without a session: the old shell, and what was ticked
        hands.until("for the tick after the reload", lambda: hands.count("[role=checkbox][aria-checked=true]") == 1)
        hands.tick(1)
        assert hands.asks(EDITION) is None

        hands.tap_at("a.sync", done=lambda: hands.called("重新登录"))
        hands.tap("重新登录", done=lambda: hands.called("用户名"))
        hands.type_into("用户名", "inspector")
        hands.type_into("密码", "demo")
        hands.tap("登录", done=lambda: hands.count("a.visit-row"))
        hands.sync_says("全部已发送", 60)  # the old shell to the newer server
        hands.sees("等已开始的到访结束后再更新")
        assert all(row["acked"] for row in disk_of(hands)["log"])

        hands.tap_at("a.visit-row", 1, done=lambda: hands.count("nav [aria-current=step]"))
        hands.go_to("入户")
        hands.tap("家中无人", done=lambda: hands.count("dialog[open]"))
        hands.tap("无人应答")
        hands.tap("不拍照，直接结束", done=lambda: not hands.count("dialog[open]"))
        hands.tap("返回", done=lambda: hands.called("更新"))
        hands.tap("更新", done=lambda: hands.asks(EDITION) == "second")

        hands.asks("sessionStorage.refuses = 'InvalidStateError'")
        hands.reload()
        for heading in STORAGE_SHUT:
            hands.sees(heading)
        hands.asks("delete sessionStorage.refuses")
        hands.tap("再试一次 · Try again", done=lambda: hands.count("a.visit-row"))
        hands.sync_says("全部已发送", 60)


def fail_the_hose(hands: Hands, picture: Path) -> None:
    hands.measure("ENV-C5", "0")
    hands.tap_at("#item-hose .head", done=lambda: hands.count(f"#point-{HOSE_POINT}"))
    hands.tap_at(f"#point-{HOSE_POINT} [data-result=fail]", done=lambda: hands.count("dialog[open]"))
    hands.take_photo("隐患照片", picture)
    hands.type_into("通知单上的说明", REMARK)
    # No hand is so fast, but a driver is: what is typed goes to the disk at once, and that takes a moment.
    hands.until("for the words to be on the disk", lambda: REMARK in str(disk_of(hands)["drafts"]))
    hands.reload()  # the sheet, its picture and the half-made form come back
    hands.until("for the sheet", lambda: hands.count("dialog[open] .photo img") == 1)
    field = hands.called("通知单上的说明")
    assert field and field.get_property("value") == REMARK
    hands.tap("记录这条隐患", done=lambda: not hands.count("dialog[open]"))
    hands.sees("1 张照片")
    hands.tap_at("#item-hose .head", done=lambda: not hands.count(f"#point-{HOSE_POINT}"))


def read_the_meter(hands: Hands, picture: Path) -> str:
    last = str(hands.asks("return document.querySelector('main .wheels.is-last + .unseen').textContent"))
    reading = str(int(last.split(".")[0]) + 18).zfill(5)
    hands.type_into("本次读数", reading)
    hands.tap("走字", done=lambda: hands.count("[role=radio][aria-checked=true]"))
    hands.take_photo("表盘照片", picture)
    hands.reload()
    hands.until("for the reading after the reload", lambda: reading in str(field_value(hands, "本次读数")))
    return reading


def field_value(hands: Hands, label: str) -> object:
    field = hands.called(label)
    return field.get_property("value") if field else ""


def sign_and_close(hands: Hands) -> None:
    hands.until("that nothing is missing", lambda: not hands.count("#missing"))
    hands.sign("用户签名")
    hands.reload()  # half a signature survives
    hands.until("for the strokes after the reload", lambda: hands.count(".pad button") == 1)
    hands.tap("5 星（满分五星）")
    hands.tap("签字确认", done=lambda: hands.count(".signed") == 1)
    hands.sign("检查人员签名")
    hands.tap("检查人员签字", done=lambda: hands.count(".signed") == 2)
    hands.tap("结束这次到访", done=lambda: hands.count("svg.code") == 1)


def disk_of(hands: Hands) -> dict[str, Any]:
    """What is on the phone's disk."""
    script = f"const give = arguments[0]; ({DISK})().then(give, (error) => give({{error: String(error)}}))"
    found: dict[str, Any] = hands.browser.execute_async_script(script)
    assert "error" not in found, found
    return found


def nothing_can_be_read_without_the_key(hands: Hands) -> None:
    homes = [visit["customer"] for visit in disk_of(hands)["all"]]
    words = [REMARK, *{home[what] for home in homes for what in ("name", "phone", "address")}]
    script = f"const [words, give] = arguments; ({RAW})(words).then(give, (error) => give({{error: String(error)}}))"
    raw = hands.browser.execute_async_script(script, words)
    assert len(words) > 10
    assert (raw.get("found"), raw.get("keys")) == ([], 1), raw


def the_server_holds_everything(
    installation: Installation, visit: str, written: list[dict[str, Any]], reading: str
) -> None:
    with httpx.Client(base_url=installation.url, headers={"X-Fieldsvc": "1"}, timeout=120) as office:
        assert office.post("/api/v1/login", json={"username": "office", "password": "demo"}).is_success
        document = office.get(f"/api/v1/visits/{visit}").json()
        history = office.get(f"/api/v1/visits/{visit}/ops").json()["ops"]
        assert len(written) > 40
        applied = {row["op"]["id"] for row in history if row["status"] == "applied"}
        assert {op["id"] for op in written} <= applied

        assert document["outcome"]["outcome"] == "completed"
        assert document["missing_blobs"] == []
        [hazard] = document["hazards"].values()
        assert (hazard["item"], hazard["note"]) == ("hose", REMARK)
        [metered] = document["readings"].values()
        assert (metered["value"].split(".")[0], metered["running"]) == (reading, True)
        assert {photo["purpose"] for photo in document["photos"].values() if photo["arrived"]} >= {"hazard", "meter"}
        for role in ("customer", "technician"):
            signature = document["signatures"][role]
            assert len(signature["strokes"]) == 3 and not signature["stale"]
            the_picture_is_whole(office, signature["image"])
        for digest in document["photos"]:
            the_picture_is_whole(office, digest)


def the_picture_is_whole(office: httpx.Client, digest: str) -> None:
    stored = office.get(f"/api/v1/blobs/{digest}").content
    assert hashlib.sha256(stored).hexdigest() == digest
    with Image.open(io.BytesIO(stored)) as picture:
        shades = picture.convert("L").getextrema()
        assert max(picture.size) <= 1600 and shades[0] != shades[1], "an empty picture"
