# SPDX-License-Identifier: Apache-2.0
"""What is no sign-up is refused by field, in JSON and in the page; what only looks odd is taken."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.parse

import pytest

from notify_testing.sign_up import SignupClient
from notify_testing.web import FORM, JSON, problem

from signup_requests import BROWSER, GOOD


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "nonsense", "[]", "null", '"text"', "7", '{"email":"a@example.org","email":"b@example.org","name":"x"}',
        '{"email":"a@example.org","name":"\\u0000"}', '{"email":"a@example.org","name":1e999}', '{"a":' * 3000,
        "[" * 10000, '{"email":"a@example.org","name":"x"} trailing', '{"email":"a@example.org", "name":"\ud800"}',
    ],
    ids=lambda body: repr(body[:30]),
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_400(shared: SignupClient, body: str) -> None:
    raw = body.encode("utf-8", "surrogatepass")
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=20)
    with contextlib.closing(connection):
        connection.request("POST", "/signup", raw, JSON)
        answer = connection.getresponse()
        assert answer.status == 400
        assert json.loads(answer.read())["type"].endswith("/malformed-body")


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
def test_a_bad_field_is_422_and_named(shared: SignupClient, change: dict[str, object], pointers: set[str]) -> None:
    before = shared.database.query("SELECT count(*) FROM signup")
    for with_missing in (False, True):
        fields = {**GOOD, **change}
        if with_missing:
            fields = {key: value for key, value in fields.items() if value is not None}
        document = problem(shared.post("/signup", json.dumps(fields), JSON), 422)
        assert {error["pointer"] for error in document["errors"]} == pointers
        assert all(error["detail"].endswith(".") for error in document["errors"])
    assert shared.database.query("SELECT count(*) FROM signup") == before


@pytest.mark.parametrize("name", ["x" * 64, "Ж" * 64, "𝔸" * 64, "O'Brien & Söhne", "Ada {{name}}", "José 🎉", "名前"])
def test_a_good_name_is_stored_as_it_was_given(shared: SignupClient, name: str) -> None:
    signup_id = shared.sign_up("named@example.org", name)
    assert shared.database.query("SELECT name FROM signup WHERE id = ?", signup_id) == [(name,)]


def test_an_international_domain_is_stored_in_its_wire_form(shared: SignupClient) -> None:
    shared.sign_up("ada@Bücher.example")
    assert shared.mails("ada@xn--bcher-kva.example")


def test_a_bad_form_comes_back_filled_in_with_the_errors_beside_the_fields(shared: SignupClient) -> None:
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
def test_a_form_that_cannot_be_read_is_400(shared: SignupClient, body: str) -> None:
    problem(shared.post("/signup", body, FORM), 400)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/jsonx", ""])
def test_another_media_type_is_415(shared: SignupClient, content_type: str) -> None:
    problem(shared.post("/signup", json.dumps(GOOD), {"Content-Type": content_type}), 415)


def test_a_media_type_may_have_parameters_and_any_case(shared: SignupClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=UTF-8"}
    assert shared.post("/signup", json.dumps(GOOD), headers).status == 202
