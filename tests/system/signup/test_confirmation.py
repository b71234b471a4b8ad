# SPDX-License-Identifier: Apache-2.0
"""The link confirms an address by its button, once, for a day, and never by being read."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from notify_testing.sign_up import SignupClient, confirm
from notify_testing.web import FORM, JSON, problem, request

from signup_requests import BROWSER, Start


def test_reading_the_link_never_confirms(shared: SignupClient) -> None:
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
    fact, welcome = signup.database.events()[2:]
    assert fact["type"] == "com.example.user.confirmed.v1"
    assert fact["data"] == {"signup_id": signup_id, "email": "ada@example.org", "name": "Ada & b"}
    assert welcome["data"]["template"] == "welcome"
    assert welcome["data"]["variables"]["name"] == "Ada & b"
    used = problem(confirm(signup.port, link), 410)
    assert used["type"].endswith("/token-used")
    assert signup.post("/confirm", f"token={token}", {**FORM, **BROWSER}).status == 410
    assert len(signup.database.events()) == 4


def test_a_token_ends_after_a_day(start: Start) -> None:
    signup = start()
    signup_id = signup.sign_up("ada@example.org")
    valid = signup.database.query("SELECT token_expires_ms - created_ms FROM signup")
    assert valid == [(24 * 3600 * 1000,)]
    signup.database.query("UPDATE signup SET token_expires_ms = 1")
    expired = problem(confirm(signup.port, signup.link("ada@example.org")), 410)
    assert expired["type"].endswith("/token-expired")
    assert signup.state(signup_id) == "pending"


def test_two_links_of_one_address_confirm_one_user(start: Start) -> None:
    signup = start(SIGNUP_COOLDOWN="0s")
    ids = [signup.sign_up("ada@example.org") for _ in range(2)]
    links = [mail["variables"]["confirmation_url"] for mail in signup.mails("ada@example.org")]
    assert [confirm(signup.port, link).status for link in links] == [200, 200]
    assert [signup.state(signup_id) for signup_id in ids] == ["confirmed"] * 2
    types = [event["type"] for event in signup.database.events()]
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
def test_a_token_that_is_none_is_refused(shared: SignupClient, body: dict[str, object], status: int) -> None:
    problem(shared.post("/confirm", json.dumps(body), JSON), status)


def test_a_cut_off_link_shows_a_page_that_says_so(shared: SignupClient) -> None:
    for path in ("/confirm", "/confirm?token=", "/confirm?token=abc", "/confirm?token=" + "%00" * 43):
        answer = shared.get(path, BROWSER)
        assert answer.status == 404
        assert "not valid" in answer.body and "<form" not in answer.body
