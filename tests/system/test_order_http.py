# SPDX-License-Identifier: Apache-2.0
"""The order service over HTTP alone: no Kafka anywhere, the database read beside it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import sqlite3
from typing import Any, Callable, Iterator

import jsonschema
import pytest

from notify_testing.orders import OrderClient, an_order
from notify_testing.processes import ORDER, REPOSITORY, free_port, order_service, run
from notify_testing.sign_up import Answer, problem, request
from notify_testing.waiting import wait_until

Start = Callable[..., OrderClient]
MOST = 9007199254740991


def database_of(client: OrderClient) -> str:
    return str(client.service.settings["DATABASE_URL"]).partition(":")[2]


def query(client: OrderClient, text: str, *values: object) -> list[Any]:
    with contextlib.closing(sqlite3.connect(database_of(client), timeout=10)) as database:
        return database.execute(text, values).fetchall()


def events(client: OrderClient) -> list[dict[str, Any]]:
    return [json.loads(row[0]) for row in query(client, "SELECT event FROM notify_outbox ORDER BY id")]


@contextlib.contextmanager
def writer_held_up(client: OrderClient) -> Iterator[None]:
    """The service's writer waits for a lock that somebody else has."""
    with contextlib.closing(sqlite3.connect(database_of(client), timeout=10, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Start]:
    with contextlib.ExitStack() as services:

        def start_order(name: str = "order", **settings: object) -> OrderClient:
            service = order_service(name, tmp_path, bootstrap=f"127.0.0.1:{free_port()}", **settings)
            services.enter_context(service)
            service.wait_ready()
            return OrderClient(service)

        yield start_order


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrderClient]:
    """One service for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("order")
    with order_service("shared", folder, bootstrap=f"127.0.0.1:{free_port()}") as service:
        service.wait_ready()
        yield OrderClient(service)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """In place of the common one, which would end the shared service after the first test."""
    yield


def pointers(answer: Answer) -> list[str]:
    return [error["pointer"] for error in problem(answer, 422)["errors"]]


# --- an order -----------------------------------------------------------------------------------------------------


def test_an_order_is_accepted_stored_and_shown_with_its_event(start: Start) -> None:
    client = start()
    answer = client.post(an_order("Ada@EXAMPLE.org", locale="de"))
    assert answer.status == 202
    order_id = answer.json()["id"]
    assert answer.json() == {"id": order_id, "status_url": f"http://127.0.0.1:{client.port}/orders/{order_id}"}
    assert answer.headers["location"] == f"/orders/{order_id}"

    (event,) = events(client)
    assert event["type"] == "com.example.order.placed.v1"
    assert (event["source"], event["subject"]) == ("/order", order_id)
    schema = json.loads((REPOSITORY / "schemas" / f"{event['type']}.json").read_text())
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(event["data"])
    assert event["data"]["customer"] == {"name": "Ada Lovelace", "email": "Ada@example.org"}
    assert event["data"]["total"] == {"amount": 980, "currency": "EUR"}
    assert event["data"]["locale"] == "de"

    shown = client.shown(order_id)
    assert shown["order"] == event["data"]
    assert (shown["id"], shown["state"]) == (order_id, "pending")
    assert shown["mails"] == [{"template": "order-confirmation", "state": "pending"}]
    assert query(client, "SELECT topic, key FROM notify_outbox") == [("orders", order_id)]


def test_the_locale_is_the_header_s_where_the_order_has_none(shared: OrderClient) -> None:
    order_id = shared.post(an_order(), headers={"Accept-Language": "en;q=0.5, fr-CA"}).json()["id"]
    assert shared.shown(order_id)["order"]["locale"] == "fr-CA"


def test_the_trace_goes_on_in_the_event(start: Start) -> None:
    client = start()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.post(an_order(), headers={"traceparent": trace, "tracestate": "vendor=1"})
    assert query(client, "SELECT traceparent, tracestate FROM notify_outbox") == [(trace, "vendor=1")]


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
    assert query(client, "SELECT count(*) FROM placed_order") == [(0,)]
    assert events(client) == []
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
    assert len(events(client)) == 1
    assert problem(client.post(an_order("grace@example.org"), "key-1"), 422)["type"].endswith("key-taken")
    assert client.place(an_order(), "key-2") != first.json()["id"]


def test_a_refused_order_does_not_use_up_its_key(shared: OrderClient) -> None:
    assert shared.post(an_order(currency="XXX"), "mistake").status == 422
    assert shared.post(an_order(), "mistake").status == 202


def test_a_request_in_flight_is_told_apart_by_its_body(start: Start) -> None:
    client = start()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with writer_held_up(client):
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
    assert query(client, "SELECT count(*) FROM placed_order") == [(1,)]


def test_many_at_once_with_one_key_place_one_order(start: Start) -> None:
    client = start()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post(an_order(), "storm"), range(64)))
    assert {answer.status for answer in answers} <= {202, 409}
    assert len({answer.body for answer in answers if answer.status == 202}) == 1
    assert query(client, "SELECT count(*) FROM placed_order") == [(1,)]
    assert len(events(client)) == 1


# --- bad input ----------------------------------------------------------------------------------------------------


def an_item(**changes: Any) -> dict[str, Any]:
    return {**an_order()["items"][0], **changes}


@pytest.mark.parametrize(
    "changes, pointer",
    [
        ({"currency": "XBT"}, "#/currency"),
        ({"currency": "eur"}, "#/currency"),
        ({"currency": None}, "#/currency"),
        ({"customer": {"name": "Ada", "email": "a@b\r\nRCPT TO:<x@example.org>"}}, "#/customer/email"),
        ({"customer": {"name": "see www.example.org", "email": "ada@example.org"}}, "#/customer/name"),
        ({"customer": None}, "#/customer"),
        ({"items": []}, "#/items"),
        ({"items": [an_item(quantity=0)]}, "#/items/0/quantity"),
        ({"items": [an_item(quantity=-3)]}, "#/items/0/quantity"),
        ({"items": [an_item(), an_item(unit_price=-490)]}, "#/items/1/unit_price"),
        ({"items": [an_item(unit_price=4.9)]}, "#/items/0/unit_price"),
        ({"items": [an_item(unit_price=MOST + 1)]}, "#/items/0/unit_price"),
        ({"items": [an_item(unit_price=10**30)]}, "#/items/0/unit_price"),
        ({"items": [an_item(unit_price=-(10**30))]}, "#/items/0/unit_price"),
        ({"items": [an_item(unit_price=MOST)]}, "#/items/0"),
        ({"items": [an_item(quantity=1, unit_price=MOST), an_item()]}, "#/items/1"),
        ({"items": [an_item(sku="A" * 65)]}, "#/items/0/sku"),
        ({"items": [an_item(discount=1)]}, "#/items/0/discount"),
        ({"total": 1}, "#/total"),
        ({"locale": "no_tag"}, "#/locale"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_field_at_fault_is_named(shared: OrderClient, changes: dict[str, Any], pointer: str) -> None:
    before = len(events(shared))
    assert pointers(shared.post(an_order(**changes))) == [pointer]
    assert len(events(shared)) == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '{"currency": "EUR", "currency": "EUR"}',
        '{"customer": {"name": "a", "name": "b"}}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"currency": "E\\u0000R"}',
        '{"items": 1e999}',
    ],
    ids=["empty", "cut", "array", "null", "twice", "twice-inside", "arrays", "objects", "nul", "1e999"],
)
def test_what_is_no_order_is_refused_in_plain_words(shared: OrderClient, body: str) -> None:
    answer = shared.post(body, raw=True)
    assert answer.status in (400, 422)
    problem(answer, answer.status)
    assert shared.service.running


def test_bytes_that_are_no_utf_8_are_refused(shared: OrderClient) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=20)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "bytes"}
    connection.request("POST", "/orders", b'{"currency": "\xff\xfe\xc3"}', headers)
    answer = connection.getresponse()
    assert answer.status == 400
    assert json.loads(answer.read().decode("utf-8"))["status"] == 400
    connection.close()


def test_ten_megabytes_are_refused_and_the_service_goes_on(shared: OrderClient) -> None:
    assert shared.post(" " * 10_000_000, raw=True).status == 413
    assert shared.post(an_order()).status == 202


def test_a_form_is_no_order(shared: OrderClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(shared.post("currency=EUR", raw=True, headers=headers), 415)


def test_other_addresses_and_methods_are_problems(shared: OrderClient) -> None:
    problem(shared.get("01a1fd2a-7234-7238-b3d2-8935b149564b"), 404)
    problem(shared.get("nobody"), 404)
    problem(request(shared.port, "GET", "/"), 404)
    answer = request(shared.port, "GET", "/orders")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


# --- operation ----------------------------------------------------------------------------------------------------


def test_a_full_outbox_is_503_and_not_ready_until_there_is_room(start: Start) -> None:
    client = start(OUTBOX_MAX_ROWS=1)
    client.place(an_order())
    answer = wait_until(lambda: (found := client.post(an_order())).status == 503 and found, 10, "503")
    assert int(answer.headers["retry-after"]) >= 1
    problem(answer, 503)


def test_a_second_order_on_the_same_file_ends_with_78(start: Start, tmp_path: pathlib.Path) -> None:
    first = start()
    second = order_service("second", tmp_path, bootstrap="127.0.0.1:1", DATABASE_URL=f"sqlite:{database_of(first)}")
    second.start()
    assert second.wait_ended(20) == 78
    assert "another order works on the database" in second.log()


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"ORDER_TOPC": "x"}, "ORDER_TOPIC"),
        ({"ORDER_TOPIC": "no topic"}, "ORDER_TOPIC"),
        ({"DATABASE_URL": "order.db"}, "DATABASE_URL"),
        ({"KAFKA_GROUP_ID": "mine"}, "KAFKA_GROUP_ID"),
        ({"KAFKA_ENABLE_AUTO_COMMIT": "true"}, "KAFKA_ENABLE_AUTO_COMMIT"),
        ({"HTTP_TRUSTED_PROXIES": "10.0.0.0/99"}, "10.0.0.0/99"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_bad_setting_is_named(settings: dict[str, str], sentence: str) -> None:
    ended = run([ORDER, "--check-config"], settings)
    assert ended.returncode == 78
    assert sentence in ended.stderr


def test_help_version_and_configuration_are_told() -> None:
    assert "ORDER_MAILS" in run([ORDER, "--help"]).stdout
    assert run([ORDER, "--version"]).stdout.startswith("notify-order ")
    assert "DATABASE_URL=sqlite:order.db" in run([ORDER, "--print-config"]).stdout
    assert run([ORDER, "--check-config"]).returncode == 0


def test_no_address_is_in_the_log(start: Start) -> None:
    client = start(LOG_LEVEL="debug")
    client.post(an_order("canary-7@example.org"))
    client.post(an_order("canary-7@"))
    client.service.stop()
    assert "canary-7" not in client.service.log()
