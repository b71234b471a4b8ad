# SPDX-License-Identifier: Apache-2.0
"""The order service's settings, its database, and what it writes into its log."""

from __future__ import annotations

import pathlib

import pytest

from notify_testing.orders import an_order
from notify_testing.processes import ORDER, order_service, run
from notify_testing.waiting import wait_until
from notify_testing.web import problem

from order_requests import Start


def test_a_full_outbox_is_503_and_not_ready(start: Start) -> None:
    client = start(OUTBOX_MAX_ROWS=1)
    client.place(an_order())
    answer = wait_until(lambda: (found := client.post(an_order())).status == 503 and found, 10, "503")
    assert int(answer.headers["retry-after"]) >= 1
    problem(answer, 503)
    wait_until(lambda: client.service.readiness()[0] == 503, 10, "readiness to go")


def test_a_second_order_on_the_same_file_ends_with_78(start: Start, tmp_path: pathlib.Path) -> None:
    first = start()
    second = order_service("second", tmp_path, bootstrap="127.0.0.1:1", DATABASE_URL=f"sqlite:{first.database.path}")
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
