# SPDX-License-Identifier: Apache-2.0
"""A sign-up that is taken: what is stored with it, and the same answer whether the address is known or not."""

from __future__ import annotations

import hashlib
import json
import re

from notify_testing.sign_up import SignupClient, confirm, post_sign_up
from notify_testing.web import FORM, JSON, Answer

from signup_requests import BROWSER, UUID7, Start


def test_a_json_sign_up_is_accepted_and_stored_with_its_two_events(start: Start) -> None:
    signup = start()
    answer = signup.post("/signup", '{"email": " Ada@EXAMPLE.org", "name": " Ada Lovelace "}', JSON)
    assert answer.status == 202
    document = answer.json()
    assert document.keys() == {"id", "status_url"}
    assert UUID7.fullmatch(document["id"])
    assert document["status_url"] == f"http://127.0.0.1:{signup.port}/signups/{document['id']}"
    assert signup.state(document["id"]) == "pending"
    fact, mail = signup.database.events()
    assert fact["type"] == "com.example.user.signed_up.v1"
    assert fact["data"] == {"signup_id": document["id"], "email": "Ada@example.org", "name": "Ada Lovelace"}
    assert mail["type"] == "com.example.notification.requested.v1"
    assert mail["data"]["template"] == "signup-confirmation"
    assert mail["data"]["recipient"] == "Ada@example.org"
    assert mail["data"]["locale"] == "en"
    assert "Ada Lovelace" not in json.dumps(mail)
    rows = signup.database.query("SELECT topic, key FROM notify_outbox ORDER BY id")
    assert rows == [("users", document["id"]), ("notifications", document["id"])]


def test_the_token_is_in_no_other_place_than_the_mail_s_event(start: Start) -> None:
    signup = start(LOG_LEVEL="debug")
    signup.sign_up("ada@example.org")
    token = signup.link("ada@example.org").partition("token=")[2]
    fact, _ = signup.database.events()
    assert token not in json.dumps(fact)
    stored = signup.database.query("SELECT token_hash FROM signup")
    assert stored == [(hashlib.sha256(token.encode()).digest(),)]
    assert not [row for row in signup.database.query("SELECT * FROM signup") if token in str(row)]
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    assert signup.get(f"/confirm?token={token}").status == 200
    log = signup.service.log()
    assert token not in log and token[:12] not in log
    assert "ada@example.org" not in log


def test_a_form_sign_up_leads_to_the_page_of_its_state(shared: SignupClient) -> None:
    answer = shared.post("/signup", "email=form%40example.org&name=Ada+%C3%89", {**FORM, **BROWSER})
    assert answer.status == 303
    page = shared.get(answer.headers["location"], BROWSER)
    assert page.status == 200 and page.headers["content-type"].startswith("text/html")
    assert shared.state(answer.headers["location"].rpartition("/")[2]) == "pending"
    assert shared.database.query("SELECT name FROM signup WHERE email = 'form@example.org'") == [("Ada É",)]


def test_the_trace_of_the_request_goes_on_in_events_and_log(shared: SignupClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {**JSON, "traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "vendor=1"}
    assert shared.post("/signup", '{"email":"traced@example.org","name":"T"}', headers).status == 202
    rows = shared.database.query(
        "SELECT traceparent, tracestate FROM notify_outbox WHERE traceparent LIKE ?", f"%{trace}%"
    )
    assert rows == [(f"00-{trace}-00f067aa0ba902b7-01", "vendor=1")] * 2
    assert [line for line in shared.service.log().splitlines() if json.loads(line).get("trace_id") == trace]


def test_a_broken_trace_is_replaced_by_a_new_one(shared: SignupClient) -> None:
    headers = {
        **JSON,
        "traceparent": "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "tracestate": "vendor=1",
    }
    signup_id = shared.post("/signup", '{"email":"untraced@example.org","name":"T"}', headers).json()["id"]
    rows = shared.database.query("SELECT traceparent, tracestate FROM notify_outbox WHERE key = ?", signup_id)
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01", rows[0][0])
    assert rows[0][1] in (None, "")


def test_the_language_of_the_browser_is_the_locale_of_the_mail(shared: SignupClient) -> None:
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
        return (
            answer.status,
            {k: v for k, v in answer.headers.items() if k not in varying},
            sorted(answer.json()),
            len(answer.body),
        )

    assert shape(first) == shape(again)
    mail = signup.mails("ADA@example.org")[-1]
    assert mail["template"] == "already-registered"
    assert "token" not in json.dumps(mail)
    assert signup.state(again.json()["id"]) == "pending"
    assert signup.state(first.json()["id"]) == "confirmed"
    facts = [event["type"] for event in signup.database.events() if "user." in event["type"]]
    assert facts == ["com.example.user.signed_up.v1", "com.example.user.confirmed.v1"]


def test_within_the_cooldown_an_address_gets_one_mail_and_every_post_the_same_answer(start: Start) -> None:
    signup = start()
    ids = [signup.sign_up(address) for address in ("ada@example.org", "ada@example.org", "aDa@EXAMPLE.ORG")]
    assert len(set(ids)) == 3
    assert len(signup.database.events()) == 2
    assert [signup.state(signup_id) for signup_id in ids] == ["pending"] * 3
    # What becomes of the first one's mail shows on the others, that it was confirmed does not.
    signup.database.query("UPDATE signup SET mail_state = 1 WHERE id = ?", ids[0])
    assert [signup.state(signup_id) for signup_id in ids] == ["sent"] * 3
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    assert [signup.state(signup_id) for signup_id in ids] == ["confirmed", "sent", "sent"]
