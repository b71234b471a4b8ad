# SPDX-License-Identifier: Apache-2.0
"""The answer back: what became of a mail reaches the sign-up or the order that caused it, whatever happens on the way."""

from __future__ import annotations

import pathlib
import time
from typing import Any, Iterator, Optional

import pytest

from notify_testing.events import event, structured
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.orders import OrderClient, an_order
from notify_testing.processes import DEPARTMENT_HEAD, Service, nobody, order_service
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.sign_up import confirm, confirmation_link, state_of
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until
from notify_testing.web import request

SENT, FAILED = "com.example.notification.sent.v1", "com.example.notification.failed.v1"
BOTH_MAILS = {"ORDER_MAILS": "order-confirmation,department-head"}


@pytest.fixture
def status_topic(cluster: KafkaCluster) -> str:
    """A topic of the test's own, where only it and one service meet."""
    name = f"status-{time.time_ns()}"
    cluster.create_topics([{"name": name, "partitions": 2, "replication_factor": 3, "config": {}}])
    return name


@pytest.fixture
def order(cluster: KafkaCluster, tmp_path: pathlib.Path, status_topic: str) -> Iterator[OrderClient]:
    """An order service; its mails' statuses are the test's to tell."""
    topics = {"STATUS_TOPIC": status_topic, "ORDER_TOPIC": status_topic + "-orders"}
    with order_service("order", tmp_path, bootstrap=cluster.bootstrap, **topics) as service:
        service.wait_ready(60)
        yield OrderClient(service)


def event_id_of(client: OrderClient, order_id: str) -> str:
    return str(client.database.query("SELECT event_id FROM placed_order WHERE id = ?", order_id)[0][0])


def status(event_id: str, event_type: str = SENT, template: str = "order-confirmation", **data: Any) -> Record:
    cause = {"source": "/order", "id": event_id, "type": "com.example.order.placed.v1"}
    outcome = "sent" if event_type == SENT else "failed"
    told = {"event": cause, "channel": "email", "outcome": outcome, "attempts": 1, "template": template}
    told["message_id"] = f"{template}.{event_id}@example.org"
    document = event(f"status-{time.time_ns()}", {**told, **data}, event_type=event_type)
    return structured("key", document)


def wait_for_state(client: OrderClient, order_id: str, state: str, timeout: float = 30) -> dict[str, Any]:
    def shown() -> Optional[dict[str, Any]]:
        found = client.shown(order_id)
        return found if found["state"] == state else None

    return wait_until(shown, timeout, f"the order to be {state}", progress=client.service.log_tail)


def signup_state(stack: Stack, signup_id: str) -> str:
    return state_of(stack.http_port, signup_id)


def wait_for_signup(stack: Stack, signup_id: str, state: str) -> None:
    wait_until(lambda: signup_state(stack, signup_id) == state, 30, f"{state}", progress=stack.signup.log_tail)


# --- the whole way --------------------------------------------------------------------------------------------------


def test_a_sign_up_is_pending_then_sent_then_confirmed(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp) as stack:
        stack.signup.start().wait_ready()
        first = stack.sign_up("ada@example.org").json()["id"]
        second = stack.sign_up("ada@example.org").json()["id"]  # within the cooldown: no mail of its own
        assert [signup_state(stack, each) for each in (first, second)] == ["pending", "pending"]
        stack.start_worker()
        mail = stack.wait_for_mail("ada@example.org")
        wait_for_signup(stack, first, "sent")
        wait_for_signup(stack, second, "sent")
        page = request(stack.http_port, "GET", f"/signups/{second}", headers={"Accept": "text/html"})
        assert "Check your inbox" in page.body
        assert confirm(stack.http_port, confirmation_link(mail)).status == 200
        assert signup_state(stack, first) == "confirmed"
        assert signup_state(stack, second) == "sent"
        stack.wait_for_mail("ada@example.org", 2)  # the welcome mail's status changes nothing
        stack.wait_committed()
        wait_until(lambda: cluster.lag("signup", ["notifications.status"]) == 0, 30, "signup to have read all")
        assert signup_state(stack, first) == "confirmed"
        assert set(stack.stop().values()) == {0}


def test_a_refused_address_is_shown_as_failed(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    rules = [Rule("rcpt", recipient="gone@example.org", reply="550 5.1.1 no such user")]
    with ScriptedSmtpServer(Scenario(rules=rules)) as smtp, Stack(cluster, tmp_path, smtp) as stack:
        stack.start()
        gone = stack.sign_up("gone@example.org").json()["id"]
        ada = stack.sign_up("ada@example.org").json()["id"]
        wait_for_signup(stack, gone, "failed")
        wait_for_signup(stack, ada, "sent")
        page = request(stack.http_port, "GET", f"/signups/{gone}", headers={"Accept": "text/html"})
        assert "could not be delivered" in page.body


def order_of_stack(stack: Stack, **more: object) -> Service:
    topics = {"ORDER_TOPIC": stack.users}
    return order_service("order", stack.folder, bootstrap=stack.cluster.bootstrap, **{**topics, **more})


def test_an_order_shows_its_two_mails_and_fails_when_one_does(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    rules = [Rule("rcpt", recipient="gone@example.org", reply="550 5.1.1 no such user")]
    with ScriptedSmtpServer(Scenario(rules=rules)) as smtp, Stack(
        cluster, tmp_path, smtp, email=DEPARTMENT_HEAD
    ) as stack:
        client = OrderClient(order_of_stack(stack, **BOTH_MAILS).start())
        client.service.wait_ready()
        good, bad = client.place(an_order("ada@example.org")), client.place(an_order("gone@example.org"))
        assert client.state(good) == "pending"
        stack.start_worker()

        shown = wait_for_state(client, good, "sent")
        mails = {mail["template"]: mail for mail in shown["mails"]}
        assert mails.keys() == {"order-confirmation", "department-head"}
        assert {mail["state"] for mail in mails.values()} == {"sent"}
        assert mails["order-confirmation"]["attempts"] == 1 and mails["order-confirmation"]["smtp_code"] == 250

        wait_for_state(client, bad, "failed")
        wait_until(lambda: all("updated_at" in mail for mail in client.shown(bad)["mails"]), 30, "both mails' ends")
        mails = {mail["template"]: mail for mail in client.shown(bad)["mails"]}
        assert mails["department-head"]["state"] == "sent"
        refused = mails["order-confirmation"]
        assert (refused["state"], refused["smtp_code"], refused["enhanced_code"]) == ("failed", 550, "5.1.1")
        assert client.service.stop() == 0


# --- what may come on the status topic --------------------------------------------------------------------------------


def test_bad_records_are_skipped_and_counted_and_those_behind_them_are_heard(
    cluster: KafkaCluster, order: OrderClient, status_topic: str
) -> None:
    order_id = order.place(an_order())
    event_id = event_id_of(order, order_id)
    bad = [
        Record(b"\xff\xfe no JSON"),
        Record(None),
        Record(b""),
        Record(b"{" * 5000),
        structured("k", event("bad-1", {"outcome": "sent"}, event_type=SENT)),
        structured("k", event("bad-2", {"event": {"source": 1, "id": event_id}}, event_type=SENT)),
    ]
    other = [structured("k", event("other-1", {}, event_type="com.example.parcel.sent.v1")), status("nobody's")]
    cluster.publish(status_topic, [*bad, *other, status(event_id)])
    shown = wait_for_state(order, order_id, "sent")
    assert len(shown["mails"]) == 1
    wait_until(lambda: cluster.lag("order", [status_topic]) == 0, 30, "every offset to be committed")
    counts = {name: order.service.metric("notify_statuses_total", result=name) for name in ("stored", "other", "bad")}
    assert counts == {"stored": 1, "other": 2, "bad": len(bad)}
    assert order.service.log().count("is skipped") == 1


def test_a_failed_mail_may_be_sent_later_and_a_sent_one_stays_sent(
    cluster: KafkaCluster, order: OrderClient, status_topic: str
) -> None:
    order_id = order.place(an_order())
    event_id = event_id_of(order, order_id)
    cluster.publish(status_topic, [status(event_id, FAILED, reason="gave-up", smtp_code=450)])
    (mail,) = wait_for_state(order, order_id, "failed")["mails"]
    assert (mail["reason"], mail["smtp_code"]) == ("gave-up", 450)
    cluster.publish(status_topic, [status(event_id, SENT, attempts=3)])
    (mail,) = wait_for_state(order, order_id, "sent")["mails"]
    assert mail["attempts"] == 3 and "reason" not in mail
    cluster.publish(status_topic, [status(event_id, FAILED), status("marker")])
    wait_until(lambda: cluster.lag("order", [status_topic]) == 0, 30, "every offset to be committed")
    assert order.state(order_id) == "sent"


# --- trouble --------------------------------------------------------------------------------------------------------


def test_offsets_are_committed_only_after_the_statuses_are_durable(
    cluster: KafkaCluster, order: OrderClient, status_topic: str
) -> None:
    order_id = order.place(an_order())
    event_id = event_id_of(order, order_id)
    cluster.publish(status_topic, [status("marker")])
    wait_until(lambda: cluster.lag("order", [status_topic]) == 0, 30, "the group to be at its work")
    with order.database.writer_held_up():
        cluster.publish(status_topic, [status(event_id)])
        # SQLite gives a writer up after 5 s: the batch has failed at least once by then.
        wait_until(lambda: "cannot be written to" in order.service.log(), 30, "the writer to give up")
        assert cluster.lag("order", [status_topic]) == 1
        assert order.state(order_id) == "pending", "reading waits for the writer"
    wait_for_state(order, order_id, "sent")
    wait_until(lambda: cluster.lag("order", [status_topic]) == 0, 30, "the offset to be committed")


def test_statuses_that_came_while_the_service_was_dead_are_heard(
    cluster: KafkaCluster, order: OrderClient, status_topic: str
) -> None:
    order_ids = [order.place(an_order()) for _ in range(20)]
    event_ids = [event_id_of(order, each) for each in order_ids]
    order.service.kill()
    cluster.publish(status_topic, [status(each) for each in event_ids])
    order.service.start().wait_ready()
    for order_id in order_ids:
        wait_for_state(order, order_id, "sent", 60)
    assert order.service.stop() == 0


def test_a_missing_topic_is_told_once_and_found_when_it_is_made(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    topic = f"late-{time.time_ns()}"
    with order_service("order", tmp_path, bootstrap=cluster.bootstrap, STATUS_TOPIC=topic) as service:
        client = OrderClient(service)
        service.wait_ready(60)
        order_id = client.place(an_order())
        wait_until(lambda: f"the topic {topic} does not exist" in service.log(), 30, "the missing topic to be told")
        cluster.create_topics([{"name": topic, "partitions": 1, "replication_factor": 3, "config": {}}])
        cluster.publish(topic, [status(event_id_of(client, order_id))])
        wait_for_state(client, order_id, "sent", 60)
        assert service.log().count("does not exist") == 1
        assert service.stop() == 0


def test_a_cluster_that_goes_away_is_survived_and_http_goes_on(
    cluster: KafkaCluster, order: OrderClient, status_topic: str
) -> None:
    order_id = order.place(an_order())
    cluster.stop()
    try:
        assert order.state(order.place(an_order())) == "pending"
    finally:
        cluster.start()
    cluster.publish(status_topic, [status(event_id_of(order, order_id))])
    wait_for_state(order, order_id, "sent", 90)
    assert order.service.stop() == 0


def test_the_service_stops_at_once_where_there_is_no_kafka(tmp_path: pathlib.Path) -> None:
    with order_service("order", tmp_path, bootstrap=nobody()) as service:
        service.wait_ready()
        assert service.stop(timeout=15) == 0
