# SPDX-License-Identifier: Apache-2.0
"""What is no order is refused, and the field at fault named."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from notify_testing.orders import OrderClient, an_order
from notify_testing.web import problem, request

from order_requests import MOST, an_item, pointers


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
    before = len(shared.database.events())
    assert pointers(shared.post(an_order(**changes))) == [pointer]
    assert len(shared.database.events()) == before


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
