# SPDX-License-Identifier: Apache-2.0
"""How often one client may sign up, and who that is behind a proxy."""

from __future__ import annotations

import json

from notify_testing.sign_up import post_sign_up
from notify_testing.web import JSON, problem

from signup_requests import GOOD, Start


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
