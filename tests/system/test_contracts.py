# SPDX-License-Identifier: Apache-2.0
"""schemas/ says what the services do: judged by tools that are not the project's own (tests/system/contracts)."""

from __future__ import annotations

import json
import pathlib
import subprocess
from typing import Any, Callable

import pytest

from notify_testing.kafka import KafkaCluster, Record, encode
from notify_testing.orders import OrderClient, an_order
from notify_testing.processes import DEPARTMENT_HEAD, REPOSITORY, Service, nobody, order_service, signup_service
from notify_testing.scenario import Rule, Scenario
from notify_testing.schemas import SCHEMAS, validator
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.service_database import ServiceDatabase
from notify_testing.sign_up import confirm, confirmation_link
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

HERE = pathlib.Path(__file__).resolve().parent / "contracts"
TYPES = {path.stem for path in SCHEMAS.glob("com.example.*.json")}


@pytest.fixture(scope="session")
def python() -> pathlib.Path:
    """The Python that has schemathesis and the CloudEvents SDK."""
    made = subprocess.run([REPOSITORY / "scripts/lib/contract_tools"], capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stderr
    return pathlib.Path(made.stdout.strip()) / "bin/python"


def judge(
    python: pathlib.Path, arguments: list[object], folder: pathlib.Path, text: str = "", seconds: int = 240
) -> str:
    command = [str(word) for word in (python, "-B", *arguments)]
    ended = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, timeout=seconds)
    assert ended.returncode == 0, f"{ended.stdout[-6000:]}\n{ended.stderr[-4000:]}"
    return ended.stdout


def test_the_documents_hold_together(python: pathlib.Path, tmp_path: pathlib.Path) -> None:
    said = judge(python, [HERE / "check_documents.py", SCHEMAS, REPOSITORY / "deploy/topics.json"], tmp_path)
    assert f"{len(TYPES)} schemas" in said


@pytest.mark.parametrize(
    "make_service, settings, path_choice",
    [
        (signup_service, {"SIGNUP_COOLDOWN": "0s"}, "--exclude-path-regex"),
        (order_service, {}, "--include-path-regex"),
    ],
    ids=["signup", "order"],
)
def test_whatever_is_asked_the_answer_is_in_the_openapi_document(
    python: pathlib.Path,
    tmp_path: pathlib.Path,
    make_service: Callable[..., Service],
    settings: dict[str, str],
    path_choice: str,
) -> None:
    """All of schemathesis' checks but that good data is accepted: an address, a total or a name can be refused for reasons that
    JSON Schema cannot say."""
    with make_service("service", tmp_path, bootstrap=nobody(), **settings) as service:
        service.wait_ready()
        url = service.settings["PUBLIC_URL"]
        command = ["-m", "schemathesis.cli", "run", SCHEMAS / "openapi.yaml", "--url", url, path_choice, "^/orders"]
        more = ["--exclude-checks", "positive_data_acceptance", "--max-examples", "40", "--seed", "1"]
        said = judge(python, [*command, *more], tmp_path)
        assert "passed" in said
        assert service.running
    events = ServiceDatabase(service).events()
    assert len(events) > 0
    for event in events:
        validator(event["type"]).validate(event["data"])


def as_line(record: Record) -> str:
    headers = [[name, encode(value)] for name, value in record.headers]
    fields = {"topic": record.topic, "key": encode(record.key), "value": encode(record.value), "headers": headers}
    return json.dumps(fields) + "\n"


def test_every_record_is_a_cloud_event_that_its_schema_allows(
    cluster: KafkaCluster, python: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    rules = [Rule("rcpt", recipient="gone@example.org", reply="550 5.1.1 no such user")]
    settings = {"SIGNUP_COOLDOWN": "0s"}
    with ScriptedSmtpServer(Scenario(rules=rules)) as smtp:
        with Stack(cluster, tmp_path, smtp, email=DEPARTMENT_HEAD, signup=settings) as stack:
            # Its orders go to the worker by the users' topic: the worker reads what the stack made.
            shop = order_service("order", tmp_path, bootstrap=cluster.bootstrap, ORDER_TOPIC=stack.users)
            shop.start().wait_ready()
            stack.start()
            orders = OrderClient(shop)
            stack.sign_up("ada@example.org", "Ada \U0001f600 L\u00f8velace")
            link = confirmation_link(stack.wait_for_mail("ada@example.org"))
            assert confirm(stack.http_port, link).status == 200
            stack.wait_for_mail("ada@example.org", 2)
            stack.sign_up("ada@example.org")  # already registered
            placed = [orders.place(an_order(who, locale="de")) for who in ("grace@example.org", "gone@example.org")]
            wait_until(
                lambda: [orders.state(each) for each in placed] == ["sent", "failed"],
                60,
                "the orders' mails to be told",
            )
            stack.wait_for_mail("ada@example.org", 3)
            stack.wait_committed()
            records = [*cluster.read(*stack.topics), *own_statuses(cluster, placed)]
    lines = "".join(as_line(record) for record in records)
    told = judge(python, [HERE / "read_events.py", SCHEMAS], tmp_path, lines).splitlines()
    events = [json.loads(line) for line in told]
    assert len(events) == len(records) and {event["type"] for event in events} == TYPES
    assert all(event["key"] == event["subject"] for event in events)
    assert len({(event["source"], event["id"]) for event in events}) == len(events)
    sources = {event["type"].rpartition(".")[0].removeprefix("com.example."): event["source"] for event in events}
    assert sources["user.signed_up"] == "/signup" and sources["order.placed"] == "/order"
    assert sources["notification.sent"] == sources["notification.failed"] == f"/{stack.group}"
    secrets = [event["topic"] for event in events if "token=" in json.dumps(event["data"])]
    assert secrets == [stack.notifications], "a confirmation link is told elsewhere"


def own_statuses(cluster: KafkaCluster, keys: list[str]) -> list[Record]:
    """Of the topic that all tests share."""
    found: list[Any] = cluster.read("notifications.status")
    return [record for record in found if (record.key or b"").decode("utf-8", "replace") in keys]
