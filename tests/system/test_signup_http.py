# SPDX-License-Identifier: Apache-2.0
"""The sign-up service over HTTP alone: no Kafka anywhere, the database read beside it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import pathlib
import re
import resource
import signal
import socket
import sqlite3
import struct
import time
import urllib.parse
from typing import Any, Callable, Iterator, Mapping, Optional

import jsonschema
import pytest

from notify_testing.processes import Service, free_port, signup_service
from notify_testing.sign_up import Answer, confirm, post_sign_up, problem, request
from notify_testing.waiting import wait_until

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

Start = Callable[..., "Signup"]


class Signup:
    """A running signup and its database."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.port = int(str(service.settings["HTTP_LISTEN"]).rpartition(":")[2])
        self.database = str(service.settings["DATABASE_URL"]).partition(":")[2]

    def get(self, path: str, headers: Optional[Mapping[str, str]] = None) -> Answer:
        return request(self.port, "GET", path, None, headers)

    def post(self, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        return request(self.port, "POST", path, body, headers)

    def sign_up(self, address: str, name: str = "Ada") -> str:
        answer = post_sign_up(self.port, address, name)
        assert answer.status == 202, answer
        return str(answer.json()["id"])

    def state(self, signup_id: str) -> str:
        answer = self.get(f"/signups/{signup_id}")
        assert answer.status == 200 and answer.json()["id"] == signup_id
        return str(answer.json()["state"])

    def query(self, text: str, *values: object) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as database:
            rows = database.execute(text, values).fetchall()
            database.commit()
        return rows

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(row[0]) for row in self.query("SELECT event FROM notify_outbox ORDER BY id")]

    def mails(self, address: str) -> list[dict[str, Any]]:
        """The data of the notification.requested events for an address."""
        data = [event["data"] for event in self.events() if event["type"] == "com.example.notification.requested.v1"]
        return [item for item in data if item["recipient"] == address]

    def link(self, address: str) -> str:
        return str(self.mails(address)[-1]["variables"]["confirmation_url"])

    def is_alive(self) -> None:
        assert self.get("/").status == 200
        assert self.service.running


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    with contextlib.ExitStack() as services:

        def start_signup(name: str = "signup", **settings: object) -> Signup:
            service = signup_service(name, tmp_path, bootstrap=f"127.0.0.1:{free_port()}", **settings)
            services.enter_context(service)
            service.wait_ready()
            return Signup(service)

        yield start_signup


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signup]:
    """One service for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("signup")
    with signup_service("shared", folder, bootstrap=f"127.0.0.1:{free_port()}", SIGNUP_COOLDOWN="0s") as service:
        service.wait_ready()
        yield Signup(service)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """In place of the common one, which would end the shared service after the first test."""
    yield


def exchange(port: int, *pieces: bytes, timeout: float = 20, pause: float = 0) -> bytes:
    """What comes back for raw bytes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        received = b""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
        return received


# --- a sign-up ----------------------------------------------------------------------------------------------------


def test_a_json_sign_up_is_accepted_and_stored_with_its_two_events(start: Start) -> None:
    signup = start()
    answer = signup.post("/signup", '{"email": " Ada@EXAMPLE.org", "name": " Ada Lovelace "}', JSON)
    assert answer.status == 202
    document = answer.json()
    assert document.keys() == {"id", "status_url"}
    assert UUID7.fullmatch(document["id"])
    assert document["status_url"] == f"http://127.0.0.1:{signup.port}/signups/{document['id']}"
    assert signup.state(document["id"]) == "pending"
    fact, mail = signup.events()
    assert fact["type"] == "com.example.user.signed_up.v1"
    assert fact["data"] == {"signup_id": document["id"], "email": "Ada@example.org", "name": "Ada Lovelace"}
    assert mail["type"] == "com.example.notification.requested.v1"
    assert mail["data"]["template"] == "signup-confirmation"
    assert mail["data"]["recipient"] == "Ada@example.org"
    assert mail["data"]["locale"] == "en"
    assert "Ada Lovelace" not in json.dumps(mail)
    rows = signup.query("SELECT topic, key FROM notify_outbox ORDER BY id")
    assert rows == [("users", document["id"]), ("notifications", document["id"])]


def test_the_token_is_in_no_other_place_than_the_mail_s_event(start: Start) -> None:
    signup = start(LOG_LEVEL="debug")
    signup.sign_up("ada@example.org")
    token = signup.link("ada@example.org").partition("token=")[2]
    fact, _ = signup.events()
    assert token not in json.dumps(fact)
    stored = signup.query("SELECT token_hash FROM signup")
    assert stored == [(hashlib.sha256(token.encode()).digest(),)]
    assert not [row for row in signup.query("SELECT * FROM signup") if token in str(row)]
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    assert signup.get(f"/confirm?token={token}").status == 200
    log = signup.service.log()
    assert token not in log and token[:12] not in log
    assert "ada@example.org" not in log


def test_a_form_sign_up_leads_to_the_page_of_its_state(shared: Signup) -> None:
    answer = shared.post("/signup", "email=form%40example.org&name=Ada+%C3%89", {**FORM, **BROWSER})
    assert answer.status == 303
    page = shared.get(answer.headers["location"], BROWSER)
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    assert shared.state(answer.headers["location"].rpartition("/")[2]) == "pending"
    assert shared.query("SELECT name FROM signup WHERE email = 'form@example.org'") == [("Ada É",)]


def test_the_trace_of_the_request_goes_on_in_events_and_log(shared: Signup) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {**JSON, "traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "vendor=1"}
    assert shared.post("/signup", '{"email":"traced@example.org","name":"T"}', headers).status == 202
    rows = shared.query("SELECT traceparent, tracestate FROM notify_outbox WHERE traceparent LIKE ?", f"%{trace}%")
    assert rows == [(f"00-{trace}-00f067aa0ba902b7-01", "vendor=1")] * 2
    assert [line for line in shared.service.log().splitlines() if json.loads(line).get("trace_id") == trace]


def test_a_broken_trace_is_replaced_by_a_new_one(shared: Signup) -> None:
    headers = {**JSON, "traceparent": "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "tracestate": "vendor=1"}
    signup_id = shared.post("/signup", '{"email":"untraced@example.org","name":"T"}', headers).json()["id"]
    rows = shared.query("SELECT traceparent, tracestate FROM notify_outbox WHERE key = ?", signup_id)
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01", rows[0][0])
    assert rows[0][1] in (None, "")


def test_the_language_of_the_browser_is_the_locale_of_the_mail(shared: Signup) -> None:
    headers = {**JSON, "Accept-Language": "en;q=0.4, de-AT, de;q=0.8"}
    assert shared.post("/signup", '{"email":"wien@example.org","name":"T"}', headers).status == 202
    assert shared.mails("wien@example.org")[0]["locale"] == "de-AT"


# --- the same answer for every address ----------------------------------------------------------------------------


def test_an_address_with_an_account_gets_the_same_answer_and_another_mail(start: Start) -> None:
    signup = start(SIGNUP_COOLDOWN="0s")
    first = post_sign_up(signup.port, "ada@example.org")
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    again = post_sign_up(signup.port, "ADA@example.org")

    def shape(answer: Answer) -> tuple[object, ...]:
        varying = {"date", "location"}
        return answer.status, {k: v for k, v in answer.headers.items() if k not in varying}, sorted(answer.json()), len(answer.body)

    assert shape(first) == shape(again)
    mail = signup.mails("ADA@example.org")[-1]
    assert mail["template"] == "already-registered"
    assert "token" not in json.dumps(mail)
    assert signup.state(again.json()["id"]) == "pending"
    assert signup.state(first.json()["id"]) == "confirmed"
    facts = [event["type"] for event in signup.events() if "user." in event["type"]]
    assert facts == ["com.example.user.signed_up.v1", "com.example.user.confirmed.v1"]


def test_within_the_cooldown_an_address_gets_one_mail_and_every_post_the_same_answer(start: Start) -> None:
    signup = start()
    ids = [signup.sign_up(address) for address in ("ada@example.org", "ada@example.org", "aDa@EXAMPLE.ORG")]
    assert len(set(ids)) == 3
    assert len(signup.events()) == 2
    assert [signup.state(signup_id) for signup_id in ids] == ["pending"] * 3
    # What becomes of the first one's mail shows on the others, that it was confirmed does not.
    signup.query("UPDATE signup SET mail_state = 1 WHERE id = ?", ids[0])
    assert [signup.state(signup_id) for signup_id in ids] == ["sent"] * 3
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    assert [signup.state(signup_id) for signup_id in ids] == ["confirmed", "sent", "sent"]


# --- confirmation -------------------------------------------------------------------------------------------------


def test_reading_the_link_never_confirms(shared: Signup) -> None:
    signup_id = shared.sign_up("reader@example.org")
    path = urllib.parse.urlsplit(shared.link("reader@example.org"))
    target = f"{path.path}?{path.query}"
    for method in ("GET", "HEAD", "GET"):
        answer = request(shared.port, method, target, None, BROWSER)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert shared.state(signup_id) == "pending"


def test_the_button_confirms_once_and_a_welcome_mail_follows(start: Start) -> None:
    signup = start()
    signup_id = signup.sign_up("ada@example.org", "Ada & <b".replace("<", ""))
    link = signup.link("ada@example.org")
    token = link.partition("token=")[2]
    page = signup.post("/confirm", f"token={token}", {**FORM, **BROWSER})
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    assert signup.state(signup_id) == "confirmed"
    fact, welcome = signup.events()[2:]
    assert fact["type"] == "com.example.user.confirmed.v1"
    assert fact["data"] == {"signup_id": signup_id, "email": "ada@example.org", "name": "Ada & b"}
    assert welcome["data"]["template"] == "welcome"
    assert welcome["data"]["variables"]["name"] == "Ada & b"
    used = problem(confirm(signup.port, link), 410)
    assert used["type"].endswith("/token-used")
    assert signup.post("/confirm", f"token={token}", {**FORM, **BROWSER}).status == 410
    assert len(signup.events()) == 4


def test_a_token_ends_after_a_day(start: Start) -> None:
    signup = start()
    signup_id = signup.sign_up("ada@example.org")
    valid = signup.query("SELECT token_expires_ms - created_ms FROM signup")
    assert valid == [(24 * 3600 * 1000,)]
    signup.query("UPDATE signup SET token_expires_ms = 1")
    expired = problem(confirm(signup.port, signup.link("ada@example.org")), 410)
    assert expired["type"].endswith("/token-expired")
    assert signup.state(signup_id) == "pending"


def test_two_links_of_one_address_confirm_one_user(start: Start) -> None:
    signup = start(SIGNUP_COOLDOWN="0s")
    ids = [signup.sign_up("ada@example.org") for _ in range(2)]
    links = [mail["variables"]["confirmation_url"] for mail in signup.mails("ada@example.org")]
    assert [confirm(signup.port, link).status for link in links] == [200, 200]
    assert [signup.state(signup_id) for signup_id in ids] == ["confirmed"] * 2
    types = [event["type"] for event in signup.events()]
    assert types.count("com.example.user.confirmed.v1") == 1
    assert [mail["template"] for mail in signup.mails("ada@example.org")].count("welcome") == 1


@pytest.mark.parametrize(
    "body, status",
    [
        ({"token": "A" * 43}, 404),
        ({"token": "short"}, 404),
        ({"token": "A" * 42 + "\u0301"}, 404),
        ({"token": 7}, 422),
        ({"token": None}, 422),
        ({}, 422),
    ],
)
def test_a_token_that_is_none_is_refused(shared: Signup, body: dict[str, object], status: int) -> None:
    problem(shared.post("/confirm", json.dumps(body), JSON), status)


def test_a_cut_off_link_shows_a_page_that_says_so(shared: Signup) -> None:
    for path in ("/confirm", "/confirm?token=", "/confirm?token=abc", "/confirm?token=" + "%00" * 43):
        answer = shared.get(path, BROWSER)
        assert answer.status == 404
        assert "not valid" in answer.body and "<form" not in answer.body


# --- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "nonsense", "[]", "null", '"text"', "7", '{"email":"a@example.org","email":"b@example.org","name":"x"}',
        '{"email":"a@example.org","name":"\\u0000"}', '{"email":"a@example.org","name":1e999}', '{"a":' * 3000,
        "[" * 10000, '{"email":"a@example.org","name":"x"} trailing', '{"email":"a@example.org", "name":"\ud800"}',
    ],
    ids=lambda body: repr(body[:30]),
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_400(shared: Signup, body: str) -> None:
    raw = body.encode("utf-8", "surrogatepass")
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=20)
    with contextlib.closing(connection):
        connection.request("POST", "/signup", raw, JSON)
        answer = connection.getresponse()
        assert answer.status == 400
        assert json.loads(answer.read())["type"].endswith("/malformed-body")


GOOD = {"email": "ada@example.org", "name": "Ada"}


@pytest.mark.parametrize(
    "change, pointers",
    [
        ({"email": None}, {"#/email"}),
        ({"email": 7}, {"#/email"}),
        ({"email": ["ada@example.org"]}, {"#/email"}),
        ({"email": ""}, {"#/email"}),
        ({"email": "ada"}, {"#/email"}),
        ({"email": "ada@@example.org"}, {"#/email"}),
        ({"email": "ada@localhost"}, {"#/email"}),
        ({"email": "ada@example.org\r\nBcc: eve@example.org"}, {"#/email"}),
        ({"email": "ada\n@example.org"}, {"#/email"}),
        ({"email": "ada%0d%0a@exa mple.org"}, {"#/email"}),
        ({"email": "<ada@example.org>"}, {"#/email"}),
        ({"email": "a" * 250 + "@example.org"}, {"#/email"}),
        ({"email": "ada@example.org\u2028"}, {"#/email"}),
        ({"email": "a\u202eda@example.org"}, {"#/email"}),
        ({"name": None}, {"#/name"}),
        ({"name": {}}, {"#/name"}),
        ({"name": "   "}, {"#/name"}),
        ({"name": "x" * 65}, {"#/name"}),
        ({"name": "x" * 10240}, {"#/name"}),
        ({"name": "Ada\r\nBcc: eve@example.org"}, {"#/name"}),
        ({"name": "Ada\u0007"}, {"#/name"}),
        ({"name": "Ada\u0085"}, {"#/name"}),
        ({"name": "Ada\u202e"}, {"#/name"}),
        ({"name": "<b>Ada</b>"}, {"#/name"}),
        ({"name": "see https://evil.example"}, {"#/name"}),
        ({"name": "see WWW.evil.example"}, {"#/name"}),
        ({"email": "", "name": ""}, {"#/email", "#/name"}),
    ],
)
def test_a_bad_field_is_422_and_named(shared: Signup, change: dict[str, object], pointers: set[str]) -> None:
    before = shared.query("SELECT count(*) FROM signup")
    for with_missing in (False, True):
        fields = {**GOOD, **change}
        if with_missing:
            fields = {key: value for key, value in fields.items() if value is not None}
        document = problem(shared.post("/signup", json.dumps(fields), JSON), 422)
        assert {error["pointer"] for error in document["errors"]} == pointers
        assert all(error["detail"].endswith(".") for error in document["errors"])
    assert shared.query("SELECT count(*) FROM signup") == before


@pytest.mark.parametrize("name", ["x" * 64, "Ж" * 64, "𝔸" * 64, "O'Brien & Söhne", "Ada {{name}}", "José 🎉", "名前"])
def test_a_good_name_is_stored_as_it_was_given(shared: Signup, name: str) -> None:
    signup_id = shared.sign_up("named@example.org", name)
    assert shared.query("SELECT name FROM signup WHERE id = ?", signup_id) == [(name,)]


def test_an_international_domain_is_stored_in_its_wire_form(shared: Signup) -> None:
    shared.sign_up("ada@Bücher.example")
    assert shared.mails("ada@xn--bcher-kva.example")


def test_a_bad_form_comes_back_filled_in_with_the_errors_beside_the_fields(shared: Signup) -> None:
    body = urllib.parse.urlencode({"email": 'a"><script>alert(1)</script>', "name": "Ada & Co"})
    answer = shared.post("/signup", body, {**FORM, **BROWSER})
    assert answer.status == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>alert" not in answer.body
    assert 'value="a&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in answer.body
    assert 'value="Ada &amp; Co"' in answer.body
    assert 'id="email-error">The e-mail address' in answer.body
    assert 'id="name-error"></p>' in answer.body
    assert "{{" not in answer.body


@pytest.mark.parametrize("body", ["email=%", "email=%4", "email=%zz", "&".join(f"f{i}=1" for i in range(50))])
def test_a_form_that_cannot_be_read_is_400(shared: Signup, body: str) -> None:
    problem(shared.post("/signup", body, FORM), 400)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/jsonx", ""])
def test_another_media_type_is_415(shared: Signup, content_type: str) -> None:
    problem(shared.post("/signup", json.dumps(GOOD), {"Content-Type": content_type}), 415)


def test_a_media_type_may_have_parameters_and_any_case(shared: Signup) -> None:
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    assert shared.post("/signup", json.dumps(GOOD), headers).status == 202


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", "/signup", "POST"),
        ("DELETE", "/signup", "POST"),
        ("PUT", "/confirm", "GET, HEAD, POST"),
        ("POST", "/", "GET, HEAD"),
        ("BREW", "/signups/x", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_405_with_allow(shared: Signup, method: str, path: str, allow: str) -> None:
    answer = request(shared.port, method, path)
    problem(answer, 405)
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path", ["/nothing", "/signup/", "/signups/", "/signups/a/b", "/signups/" + "0" * 36, "/signups/" + "x" * 5000, "//", "/../etc/passwd", "/assets/form.html", "/assets/"],
    ids=lambda path: path[:30],
)  # fmt: skip
def test_an_unknown_path_is_404(shared: Signup, path: str) -> None:
    problem(shared.get(path), 404)
    page = shared.get(path, BROWSER)
    assert page.status == 404 and "<h1>Not Found</h1>" in page.body and "{{" not in page.body


def test_a_body_over_the_cap_is_413_however_it_comes(shared: Signup) -> None:
    problem(shared.post("/signup", json.dumps({**GOOD, "more": "x" * 16384}), JSON), 413)
    problem(shared.post("/signup", json.dumps({**GOOD, "more": "x" * 10_000_000}), JSON), 413)
    head = b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    waiting = exchange(shared.port, head + b"Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")
    assert waiting.startswith(b"HTTP/1.1 413 ")
    announced = exchange(shared.port, head + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 1000)
    assert announced.startswith(b"HTTP/1.1 413 ")
    shared.is_alive()


def test_endless_chunks_are_cut_off(shared: Signup) -> None:
    head = b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", shared.port), timeout=20) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionError):
            for _ in range(10_000):  # 655 MB
                connection.sendall(chunk)
    shared.is_alive()


def test_a_body_at_the_cap_is_read(shared: Signup) -> None:
    body = json.dumps(GOOD)
    assert shared.post("/signup", body + " " * (16384 - len(body)), JSON).status == 202
    problem(shared.post("/signup", body + " " * (16385 - len(body)), JSON), 413)


def test_a_request_that_does_not_arrive_in_time_is_408(shared: Signup) -> None:
    """Content-Length promises more than comes; and a body that drips, which no time-out of inactivity would end."""
    head = b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    drip = [b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"] + [b" "] * 40
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        false_length = pool.submit(exchange, shared.port, head + b"{", timeout=25)
        dripping = pool.submit(exchange, shared.port, *drip, timeout=25, pause=0.5)
        slow_head = pool.submit(exchange, shared.port, b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 40, timeout=25, pause=0.5)
        for answer in (false_length.result(), dripping.result(), slow_head.result()):
            assert answer.startswith(b"HTTP/1.1 408 "), answer
            headers, _, body = answer.partition(b"\r\n\r\n")
            assert f"Content-Length: {len(body)}".encode() in headers
            assert json.loads(body)["status"] == 408
    shared.is_alive()


def test_an_idle_connection_is_closed(shared: Signup) -> None:
    assert exchange(shared.port, timeout=30) == b""


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 1000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /signup HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
        b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /signup HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET /%00%ff%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        bytes(range(256)) * 40,
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_garbage_does_not_harm(shared: Signup, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=20) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            first = connection.recv(4096)
            assert first == b"" or re.match(rb"HTTP/1\.[01] [45]\d\d ", first)
    shared.is_alive()


# --- load and trouble ---------------------------------------------------------------------------------------------


def test_two_hundred_at_once_are_all_accepted(start: Start) -> None:
    signup = start()
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        ids = list(pool.map(lambda number: signup.sign_up(f"user-{number}@example.org"), range(600)))
    assert len(set(ids)) == 600
    assert signup.query("SELECT count(*) FROM signup") == [(600,)]
    assert signup.query("SELECT count(*) FROM notify_outbox") == [(1200,)]


def test_what_was_answered_202_survives_kill_9(start: Start) -> None:
    signup = start()
    accepted: list[str] = []

    def sign_up_until_killed(number: int) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            for turn in range(100_000):
                answer = post_sign_up(signup.port, f"user-{number}-{turn}@example.org")
                if answer.status == 202:
                    accepted.append(answer.json()["id"])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        workers = [pool.submit(sign_up_until_killed, number) for number in range(16)]
        wait_until(lambda: len(accepted) > 300, 60, "300 sign-ups")
        signup.service.kill()
        for worker in workers:
            worker.result()
    stored = {row[0] for row in signup.query("SELECT id FROM signup")}
    assert set(accepted) <= stored
    # Each stored sign-up has its two events, accepted or not: one transaction.
    keys = [row[0] for row in signup.query("SELECT key FROM notify_outbox")]
    assert sorted(keys) == sorted([*stored, *stored])
    signup.service.start().wait_ready()
    assert signup.state(accepted[-1]) == "pending"


def test_sigterm_answers_what_was_begun_and_ends_with_0(start: Start) -> None:
    signup = start()
    body = json.dumps(GOOD).encode()
    head = f"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", signup.port), timeout=20) as connection:
        connection.sendall(head.encode() + body[:5])
        wait_until(lambda: signup.get("/").status == 200, 10, "the request's head to be read")
        signup.service.send(signal.SIGTERM)
        wait_until(lambda: '"stopping"' in signup.service.log(), 10, "the stop to begin")
        connection.sendall(body[5:])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert b"Connection: close" in answer
    assert signup.service.wait_ended(20) == 0
    assert signup.query("SELECT count(*) FROM notify_outbox") == [(2,)]


def test_clients_that_do_not_wait_for_the_answer_hold_nothing_up(start: Start) -> None:
    signup = start()
    no_linger = struct.pack("ii", 1, 0)

    def ask_and_leave(number: int) -> None:
        body = json.dumps({"email": f"gone-{number}@example.org", "name": "Gone"}).encode()
        with socket.create_connection(("127.0.0.1", signup.port), timeout=20) as connection:
            head = f"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)  # a reset, not a farewell

    with contextlib.closing(sqlite3.connect(signup.database, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # so that every client is gone before its answer is there
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            list(pool.map(ask_and_leave, range(200)))
        database.execute("ROLLBACK")

    def unanswered() -> float:
        return signup.service.metric("notify_http_requests_total", route="/signup")

    # A reset may overtake its request, so that only the others are sure to be counted.
    wait_until(lambda: unanswered() >= 100, 20, "the requests to be over", progress=unanswered)
    signup.sign_up("ada@example.org")
    assert signup.service.stop(timeout=20) == 0


def test_a_second_sigterm_ends_at_once(start: Start) -> None:
    signup = start()
    with socket.create_connection(("127.0.0.1", signup.port), timeout=20) as connection:
        connection.sendall(b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        signup.is_alive()
        signup.service.send(signal.SIGTERM)
        wait_until(lambda: '"stopping"' in signup.service.log(), 10, "the stop to begin")
        wait_until(lambda: _end_once_more(signup), 3, "the end")


def _end_once_more(signup: Signup) -> bool:
    if signup.service.running:
        signup.service.send(signal.SIGTERM)
    return not signup.service.running


def test_without_kafka_sign_ups_go_on_and_readyz_tells(start: Start) -> None:
    signup = start()
    wait_until(lambda: not signup.service.readiness()[1]["checks"]["kafka"]["ok"], 20, "the detail about Kafka")
    assert signup.service.readiness()[0] == 200
    signup.sign_up("ada@example.org")
    wait_until(lambda: signup.service.metric("notify_outbox_pending") == 2, 10, "two events pending")
    wait_until(lambda: signup.service.metric("notify_outbox_oldest_seconds") > 0, 10, "an age")


def test_a_full_outbox_refuses_sign_ups_with_503(start: Start) -> None:
    signup = start(OUTBOX_MAX_ROWS=4, SIGNUP_COOLDOWN="0s")
    for number in range(2):
        signup.sign_up(f"user-{number}@example.org")
    wait_until(lambda: signup.service.readiness()[0] == 503, 10, "readiness to go")
    answer = post_sign_up(signup.port, "late@example.org")
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    page = signup.post("/signup", "email=late%40example.org&name=L", {**FORM, **BROWSER})
    assert page.status == 503 and 'role="alert">Nothing can be stored' in page.body and 'value="late@example.org"' in page.body
    assert signup.query("SELECT count(*) FROM signup") == [(2,)]


def test_a_database_that_cannot_be_written_is_503_until_it_can(start: Start) -> None:
    """Another process holds the write lock for longer than signup waits."""
    signup = start()
    signup_id = signup.sign_up("first@example.org")
    with contextlib.closing(sqlite3.connect(signup.database, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        answer = post_sign_up(signup.port, "ada@example.org")
        problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        assert signup.service.readiness()[0] == 503
        assert not signup.service.readiness()[1]["checks"]["database"]["ok"]
        assert signup.state(signup_id) == "pending"  # reading goes on
        database.execute("ROLLBACK")
    wait_until(lambda: signup.service.readiness()[0] == 200, 20, "readiness to come back by itself")
    signup.sign_up("ada@example.org")


def test_a_full_disk_is_503_until_there_is_room(start: Start) -> None:
    """A limit on the size of files stands in for the disk: the write-ahead log cannot grow."""
    signup = start(SIGNUP_COOLDOWN="0s")
    accepted = [signup.sign_up(f"before-{number}@example.org") for number in range(5)]
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    room = pathlib.Path(signup.database + "-wal").stat().st_size + 65536
    resource.prlimit(signup.service.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    def is_refused() -> bool:
        answer = post_sign_up(signup.port, f"during-{len(accepted)}@example.org")
        if answer.status == 202:
            accepted.append(answer.json()["id"])
            return False
        problem(answer, 503)
        return True

    wait_until(is_refused, 30, "a sign-up to be refused", interval=0)
    assert signup.service.readiness()[0] == 503
    assert signup.state(accepted[0]) == "pending"
    resource.prlimit(signup.service.pid, resource.RLIMIT_FSIZE, no_limit)
    wait_until(lambda: signup.service.readiness()[0] == 200, 20, "readiness to come back by itself")
    accepted.append(signup.sign_up("after@example.org"))
    assert sorted(row[0] for row in signup.query("SELECT id FROM signup")) == sorted(accepted)
    assert signup.query("SELECT count(*) FROM notify_outbox") == [(2 * len(accepted),)]
    assert signup.service.stop() == 0


def test_a_client_that_signs_up_too_often_is_429(start: Start) -> None:
    signup = start(SIGNUP_CLIENT_RATE="1/min,burst=3")
    answers = [post_sign_up(signup.port, f"user-{number}@example.org") for number in range(4)]
    assert [answer.status for answer in answers] == [202, 202, 202, 429]
    assert problem(answers[3], 429)["type"].endswith("/rate-limited")
    assert 0 < int(answers[3].headers["retry-after"]) <= 60
    # Nobody is believed who is no trusted proxy.
    headers = {**JSON, "X-Forwarded-For": "192.0.2.1"}
    assert signup.post("/signup", json.dumps(GOOD), headers).status == 429
    # Slips in typing do not count, nor does reading.
    problem(signup.post("/signup", "{}", JSON), 422)
    assert signup.get("/").status == 200


def test_behind_a_trusted_proxy_each_client_has_its_own_rate(start: Start) -> None:
    signup = start(SIGNUP_CLIENT_RATE="1/min,burst=1", HTTP_TRUSTED_PROXIES="127.0.0.0/8, 10.0.0.0/8")

    def post_from(forwarded: str) -> int:
        return signup.post("/signup", json.dumps(GOOD), {**JSON, "X-Forwarded-For": forwarded}).status

    assert post_from("192.0.2.1") == 202
    assert post_from("192.0.2.2, 10.1.2.3") == 202
    assert post_from("198.51.100.9, 192.0.2.1") == 429  # what stands left of the client is the client's own invention
    assert post_from("192.0.2.2") == 429


def test_requests_are_counted_by_route_method_and_code(start: Start) -> None:
    signup = start()
    signup.sign_up("ada@example.org")
    signup.get("/signups/nothing")
    signup.get("/secret@example.org")

    def count(**labels: str) -> float:
        return signup.service.metric("notify_http_requests_total", **labels)

    wait_until(lambda: count(route="/signup", method="POST", code="202") == 1, 10, "the sign-up to be counted")
    wait_until(lambda: count(route="/signups/{id}", method="GET", code="404") == 1, 10, "the 404 to be counted")
    wait_until(lambda: count(route="other", code="404") == 1, 10, "the unknown path to be counted")
    assert "secret" not in signup.service.get("/metrics")[1]
    assert signup.service.metric("notify_http_request_duration_seconds_count", route="/signup") == 1


# --- contracts ----------------------------------------------------------------------------------------------------

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "schemas"


def validator(event_type: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{event_type}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize(
    "event_type",
    ["com.example.user.signed_up.v1", "com.example.user.confirmed.v1", "com.example.notification.requested.v1"],
)
def test_the_examples_of_a_schema_validate(event_type: str) -> None:
    checker = validator(event_type)
    assert checker.schema["examples"]
    assert checker.schema["$id"].endswith(f"/{event_type}.json")
    for example in checker.schema["examples"]:
        checker.validate(example)
        for name in checker.schema["required"]:
            assert not checker.is_valid({key: value for key, value in example.items() if key != name})


def test_every_event_that_is_emitted_validates(start: Start) -> None:
    signup = start(SIGNUP_COOLDOWN="0s")
    addresses = ['"a b@c"@example.org', "ada+tag@Bücher.example", "zoë@example.org", "ada@example.org"]
    for address in addresses:
        signup.sign_up(address, "名前 & Co")
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    signup.sign_up("ada@example.org")
    events = signup.events()
    assert len(events) == 2 * len(addresses) + 2 + 1
    for event in events:
        assert event["specversion"] == "1.0" and event["source"] == "/signup" and UUID7.fullmatch(event["id"])
        validator(event["type"]).validate(event["data"])
