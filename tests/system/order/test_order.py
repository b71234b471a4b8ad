# SPDX-License-Identifier: Apache-2.0
"""An order that is taken: what is stored and shown of it, and that the same request places it once."""

from __future__ import annotations

import concurrent.futures
import json

from notify_testing.orders import OrderClient, an_order
from notify_testing.schemas import validator
from notify_testing.web import problem, request

from order_requests import Start, pointers


def test_an_order_is_accepted_stored_and_shown_with_its_event(start: Start) -> None:
    client = start()
    answer = client.post(an_order("Ada@EXAMPLE.org", locale="de"))
    assert answer.status == 202
    order_id = answer.json()["id"]
    assert answer.json() == {"id": order_id, "status_url": f"http://127.0.0.1:{client.port}/orders/{order_id}"}
    assert answer.headers["location"] == f"/orders/{order_id}"

    (event,) = client.database.events()
    assert event["type"] == "com.example.order.placed.v1"
    assert (event["source"], event["subject"]) == ("/order", order_id)
    validator(event["type"]).validate(event["data"])
    assert event["data"]["customer"] == {"name": "Ada Lovelace", "email": "Ada@example.org"}
    assert event["data"]["total"] == {"amount": 980, "currency": "EUR"}
    assert event["data"]["locale"] == "de"

    shown = client.shown(order_id)
    assert shown["order"] == event["data"]
    assert (shown["id"], shown["state"]) == (order_id, "pending")
    assert shown["mails"] == [{"template": "order-confirmation", "state": "pending"}]
    assert client.database.query("SELECT topic, key FROM notify_outbox") == [("orders", order_id)]


def test_the_locale_is_the_header_s_where_the_order_has_none(shared: OrderClient) -> None:
    order_id = shared.post(an_order(), headers={"Accept-Language": "en;q=0.5, fr-CA"}).json()["id"]
    assert shared.shown(order_id)["order"]["locale"] == "fr-CA"


def test_the_trace_goes_on_in_the_event(start: Start) -> None:
    client = start()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.post(an_order(), headers={"traceparent": trace, "tracestate": "vendor=1"})
    assert client.database.query("SELECT traceparent, tracestate FROM notify_outbox") == [(trace, "vendor=1")]


def test_a_thousand_items_are_taken_and_no_more(start: Start) -> None:
    client = start()
    item = an_order()["items"][0]
    order_id = client.place(an_order(items=[item] * 1000))
    assert len(client.shown(order_id)["order"]["items"]) == 1000
    assert pointers(client.post(an_order(items=[item] * 1001))) == ["#/items"]


def test_an_event_beyond_960_kb_is_refused_and_leaves_nothing(start: Start) -> None:
    client = start()
    item = {"sku": "s" * 64, "name": "\U0001f600" * 200, "quantity": 1, "unit_price": 9007199254}
    body = json.dumps(an_order(items=[item] * 1000), ensure_ascii=False)
    assert 900_000 < len(body.encode()) < 1_048_576
    assert pointers(client.post(body, raw=True)) == ["#/items"]
    assert client.database.query("SELECT count(*) FROM placed_order") == [(0,)]
    assert client.database.events() == []
    smaller = json.dumps(an_order(items=[item] * 900), ensure_ascii=False)
    assert client.post(smaller, raw=True).status == 202


# --- idempotency --------------------------------------------------------------------------------------------------


def test_a_key_is_required(shared: OrderClient) -> None:
    headers = {"Content-Type": "application/json"}
    for key in (None, "", "a b", "x" * 256, '"open'):
        more = {} if key is None else {"Idempotency-Key": key}
        answer = request(shared.port, "POST", "/orders", json.dumps(an_order()), {**headers, **more})
        assert "Idempotency-Key" in problem(answer, 400)["detail"], key


def test_the_same_request_gets_the_same_answer_also_after_a_crash(start: Start) -> None:
    client = start()
    first = client.post(an_order(), "key-1")
    assert first.status == 202
    for key in ("key-1", '"key-1"'):
        again = client.post(an_order(), key)
        assert (again.status, again.body, again.headers["location"]) == (202, first.body, first.headers["location"])
    client.service.kill()
    client.service.start().wait_ready()
    again = client.post(an_order(), "key-1")
    assert (again.status, again.body) == (202, first.body)
    assert len(client.database.events()) == 1
    assert problem(client.post(an_order("grace@example.org"), "key-1"), 422)["type"].endswith("key-taken")
    assert client.place(an_order(), "key-2") != first.json()["id"]


def test_a_refused_order_does_not_use_up_its_key(shared: OrderClient) -> None:
    assert shared.post(an_order(currency="XXX"), "mistake").status == 422
    assert shared.post(an_order(), "mistake").status == 202


def test_a_request_in_flight_is_told_apart_by_its_body(start: Start) -> None:
    client = start()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with client.database.writer_held_up():
            both = [pool.submit(client.post, an_order(), "slow") for _ in range(2)]
            done, waiting = concurrent.futures.wait(both, 10, concurrent.futures.FIRST_COMPLETED)
            assert (len(done), len(waiting)) == (1, 1)
            told = done.pop().result()
            assert problem(told, 409)["type"].endswith("key-in-flight")
            assert int(told.headers["retry-after"]) >= 1
            assert problem(client.post(an_order("grace@example.org"), "slow"), 422)["type"].endswith("key-taken")
        first = waiting.pop().result(timeout=20)
    assert first.status == 202
    assert client.post(an_order(), "slow").body == first.body
    assert client.database.query("SELECT count(*) FROM placed_order") == [(1,)]


def test_many_at_once_with_one_key_place_one_order(start: Start) -> None:
    client = start()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post(an_order(), "storm"), range(64)))
    assert {answer.status for answer in answers} <= {202, 409}
    assert len({answer.body for answer in answers if answer.status == 202}) == 1
    assert client.database.query("SELECT count(*) FROM placed_order") == [(1,)]
    assert len(client.database.events()) == 1
