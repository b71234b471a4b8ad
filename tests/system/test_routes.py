# SPDX-License-Identifier: Apache-2.0
"""Mails by routes, over real Kafka: two mails of an order, each settled by itself; bad data; a reload."""

from __future__ import annotations

import json
import pathlib
import shutil
import signal
from typing import Any

import pytest

from notify_testing.events import event, structured
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.processes import DEPARTMENT_HEAD, EMAIL, MAIL_FILES, NOTIFYCTL, REPOSITORY, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.schemas import example
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

ORDER_TYPE = "com.example.order.placed.v1"
ORDER = example(ORDER_TYPE)


def order(event_id: str, **changes: Any) -> Record:
    return structured(event_id, event(event_id, {**ORDER, **changes}, event_type=ORDER_TYPE, subject=event_id))


def wait_for_log(stack: Stack, text: str, number: int = 1) -> None:
    worker = stack.workers[0]
    wait_until(lambda: worker.log().count(text) >= number, 30, f"'{text}' in the log", progress=worker.log_tail)


def statuses(stack: Stack, event_id: str) -> list[dict[str, Any]]:
    told = [record.json() for record in stack.cluster.read("notifications.status")]
    return [each["data"] for each in told if each["data"]["event"]["id"] == event_id]


def test_an_order_makes_two_mails_in_their_languages(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp, email=DEPARTMENT_HEAD) as stack:
        stack.start_worker()
        customer = {"name": "Ada <b>& Co", "email": "ada@example.org"}
        stack.cluster.publish(stack.users, [order(f"{stack.group}-1", customer=customer, locale="de-AT")])
        confirmation = stack.wait_for_mail("ada@example.org").parse()
        notice = stack.wait_for_mail("head@example.org").parse()
        stack.wait_committed()

        assert confirmation["Subject"] == "Wir haben Ihre Bestellung erhalten"
        text, html = (confirmation.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert "Ada <b>& Co" in text and "€\u00a044,30" in text
        assert "Ada &lt;b&gt;&amp; Co" in html and "<b>&" not in html
        assert notice["Subject"] == "New order: €44.30 from Ada <b>& Co"
        assert notice["Reply-To"] == "ada@example.org"
        assert confirmation["Message-ID"] != notice["Message-ID"]
        told = statuses(stack, f"{stack.group}-1")
        assert {(each["template"], each["outcome"]) for each in told} == {
            ("order-confirmation", "sent"),
            ("department-head", "sent"),
        }
        worker = stack.workers[0]
        assert worker.metric("notify_mails_total", outcome="sent", template="department-head") == 1
        assert len(smtp.mails) == 2


def test_each_mail_of_an_event_is_settled_by_itself(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    rules = [
        Rule("rcpt", recipient="later@example.org", limit=1, reply="450 4.2.0 not now"),
        Rule("rcpt", recipient="gone@example.org", reply="550 5.1.1 no such user"),
    ]
    with ScriptedSmtpServer(Scenario(rules=rules)) as smtp, Stack(
        cluster, tmp_path, smtp, email=DEPARTMENT_HEAD
    ) as stack:
        stack.start_worker()
        records = [
            order(f"{stack.group}-{name}", customer={"name": name, "email": address})
            for name, address in [("later", "later@example.org"), ("gone", "gone@example.org"), ("bad", "a@b@c.org")]
        ]
        stack.cluster.publish(stack.users, records)
        stack.wait_for_mail("later@example.org")
        stack.wait_for_mail("head@example.org", 2)
        wait_until(lambda: len(stack.dead_letters()) == 3, 30, "three dead letters")
        stack.wait_committed()
        assert len(smtp.mails_to("later@example.org")) == 1
        assert len(smtp.mails_to("head@example.org")) == 2 and len(smtp.mails) == 3
        dead = {record.text_header("notify-reason"): record for record in stack.dead_letters()}
        # The bad address is the recipient of one mail, and the other's Reply-To.
        assert set(dead) == {"permanent-failure", "invalid-recipient", "invalid-message"}
        assert len({record.text_header("notify-mail") for record in dead.values()} - {""}) == 3
        assert "a@b" not in "".join(each.text_header("kafka_dlt-exception-message") for each in dead.values())


def test_data_that_breaks_its_schema_is_dead_lettered_with_its_place(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp, email=DEPARTMENT_HEAD) as stack:
        stack.start_worker()
        item = ORDER["items"][0]
        bad = {
            "/data/items/1/total/amount": {"items": [item, {**item, "total": {"amount": 0, "currency": "EUR"}}]},
            "/data/currency": {"currency": "secret"},
            "/data/customer": {"customer": "secret"},
            "/data/items": {"items": []},
            "/data/order_id": {"order_id": "secret"},
            "/data/total/amount": {"total": {"amount": 10**18, "currency": "EUR"}},
        }
        records = [order(f"{stack.group}-{number}", **changes) for number, changes in enumerate(bad.values())]
        records.append(order(f"{stack.group}-good", items=[item] * 1000))
        stack.cluster.publish(stack.users, records)
        stack.wait_for_mail("head@example.org")
        stack.wait_committed()
        dead = stack.dead_letters()
        assert {record.text_header("notify-reason") for record in dead} == {"invalid-data"}
        messages = [record.text_header("kafka_dlt-exception-message") for record in dead]
        assert {message.split(" ")[0] for message in messages} == set(bad)
        assert "secret" not in " ".join(messages) + stack.workers[0].log()
        assert len(smtp.mails) == 2


def copy_of_mail_files(folder: pathlib.Path) -> dict[str, object]:
    for name in ("templates", "schemas"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("routes.json", "topics.json"):
        shutil.copy(REPOSITORY / "deploy" / name, folder / name)
    return {
        "EMAIL_TEMPLATES": folder / "templates",
        "EMAIL_SCHEMAS": folder / "schemas",
        "EMAIL_ROUTES": folder / "routes.json",
        "EMAIL_DECLARED_TOPICS": folder / "topics.json",
    }


@pytest.mark.parametrize(
    "command", [[EMAIL, "--check-config"], [NOTIFYCTL, "routes", "check"]], ids=["worker", "notifyctl"]
)
def test_a_check_finds_everything_that_is_missing_at_once(command: list[object], tmp_path: pathlib.Path) -> None:
    settings = {
        "SMTP_URL": "smtp://localhost:2525",
        "MAIL_FROM": "noreply@example.org",
        "EMAIL_TOPICS": "orders,parcels",
        **copy_of_mail_files(tmp_path),
    }
    assert run(command, {**settings, "EMAIL_TOPICS": "orders"}).returncode == 0
    shutil.rmtree(tmp_path / "templates/department-head")
    (tmp_path / "schemas/com.example.notification.requested.v1.json").unlink()
    body = tmp_path / "templates/order-confirmation/de/body.txt"
    body.write_text(body.read_text().replace("{{sku}}", "{{skew}}"))
    ended = run(command, settings)
    assert ended.returncode == 78
    for told in (
        "there is no template department-head",
        "com.example.notification.requested.v1.json",
        "templates/order-confirmation/de/body.txt: line 9: {{skew}} is not declared",
        "there is no topic parcels",
    ):
        assert told in ended.stderr


def test_routes_check_asks_the_cluster(cluster: KafkaCluster) -> None:
    command = [NOTIFYCTL, "routes", "check", "--bootstrap-server", cluster.bootstrap]
    ended = run(command, {**MAIL_FILES, "EMAIL_TOPICS": "no-such-topic"})
    assert ended.returncode == 78
    assert "the cluster: there is no topic no-such-topic" in ended.stderr


def rendered(tmp_path: pathlib.Path, *options: str, data: object = ORDER) -> tuple[int, str, str]:
    file = tmp_path / "order.json"
    file.write_text(json.dumps(data))
    ended = run(
        [NOTIFYCTL, "render", "--type", ORDER_TYPE, "--event", file, *options], {**MAIL_FILES, **DEPARTMENT_HEAD}
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_render_shows_the_messages_of_an_event(tmp_path: pathlib.Path) -> None:
    one = ("--template", "department-head")
    status, both, _ = rendered(tmp_path)
    assert status == 0 and both.count("Message-ID:") == 2
    status, header, _ = rendered(tmp_path, *one, "--header")
    assert status == 0 and "Subject:" in header and "To: head@example.org" in header and "Content" in header
    assert "<html" not in header
    status, text, _ = rendered(tmp_path, *one, "--text", "--locale", "de")
    assert status == 0 and text.startswith("Eine neue Bestellung") and "44,30\u00a0€" in text
    status, html, _ = rendered(tmp_path, *one, "--html")
    assert status == 0 and html.lstrip().startswith("<!DOCTYPE html>") and "€44.30" in html


def test_render_says_why_there_is_no_mail(tmp_path: pathlib.Path) -> None:
    status, out, told = rendered(tmp_path, data={**ORDER, "currency": "euro"})
    assert (status, out) == (64, "") and "invalid-data: /data/currency" in told
    status, out, told = rendered(tmp_path, "--template", "no-such-template")
    assert (status, out) == (64, "") and "no-such-template" in told
    # A template that has no route yet is held against the event's schema as if it had.
    status, out, told = rendered(tmp_path, "--template", "welcome")
    assert (status, out) == (78, "") and "templates/welcome" in told and "is not declared" in told


def test_sighup_takes_new_files_whole_or_not_at_all(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    templates, routes = tmp_path / "templates", tmp_path / "routes.json"
    shutil.copytree(REPOSITORY / "templates", templates)
    shutil.copy(REPOSITORY / "deploy/routes.json", routes)
    with Stack(
        cluster, tmp_path, smtp, email={**DEPARTMENT_HEAD, "EMAIL_TEMPLATES": templates, "EMAIL_ROUTES": routes}
    ) as stack:
        worker = stack.start_worker()
        stack.cluster.publish(stack.users, [order(f"{stack.group}-1")])
        assert stack.wait_for_mail("ada@example.org").subject == "We have received your order"

        subject = templates / "order-confirmation/subject.txt"
        subject.write_text("Order {{data.order_no}}")
        routes.write_text('{"routes": [{"type": "com.example.user.confirmed.v1", "mails": []}]}')
        worker.send(signal.SIGHUP)
        wait_for_log(stack, "stay as they were")
        assert "/routes/0/mails" in worker.log()
        stack.cluster.publish(stack.users, [order(f"{stack.group}-2")])
        assert stack.wait_for_mail("ada@example.org", 2).subject == "We have received your order"

        shutil.copy(REPOSITORY / "deploy/routes.json", routes)
        worker.send(signal.SIGHUP)
        wait_for_log(stack, "stay as they were", 2)
        wait_for_log(stack, "order-confirmation/subject.txt: line 1: {{data.order_no}} is not declared")

        subject.write_text("Order {{data.order_id}}")
        worker.send(signal.SIGHUP)
        wait_for_log(stack, "loaded anew")
        stack.cluster.publish(stack.users, [order(f"{stack.group}-3")])
        assert stack.wait_for_mail("ada@example.org", 3).subject == f"Order {ORDER['order_id']}"
        assert worker.stop() == 0
