# SPDX-License-Identifier: Apache-2.0
"""The whole way of a mail: sign-up over HTTP, outbox, Kafka, worker, SMTP, and back by the link."""

from __future__ import annotations

import json
import pathlib

from notify_testing.kafka import KafkaCluster
from notify_testing.processes import BUILD, NOTIFYCTL, REPOSITORY, run
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.sign_up import confirm, confirmation_link, state_of
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until
from notify_testing.web import Answer, request


def state_told_by(stack: Stack, answer: Answer) -> str:
    """What stands where the answer to a sign-up points."""
    return state_of(stack.http_port, answer.json()["status_url"].rsplit("/", 1)[1])


def lag_of(group: str, settings: dict[str, str]) -> int:
    """What notifyctl tells; -1 while the group has committed nothing."""
    told = run([NOTIFYCTL, "lag", "--group", group, "--json"], settings)
    return int(json.loads(told.stdout)["total"]) if told.returncode == 0 else -1


def test_a_sign_up_is_mailed_confirmed_and_welcomed(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp, signup={"SIGNUP_COOLDOWN": "0s"}) as stack:
        stack.start()
        answer = stack.sign_up("ada@example.org", "Ada Lovelace")
        assert answer.status == 202
        assert state_told_by(stack, answer) in ("pending", "sent")

        mail = stack.wait_for_mail("ada@example.org")
        assert "Lovelace" not in mail.content.decode(), "the name is in a mail before the address is confirmed"
        assert mail.message_id and mail.event_id
        message = mail.parse()
        assert message["To"] == "ada@example.org"
        assert message["Auto-Submitted"] == "auto-generated"
        link = confirmation_link(mail)
        html = message.get_body(("html",))
        assert html is not None and "/confirm?token=" in html.get_content()

        page = request(stack.http_port, "GET", link[link.index("/confirm") :], headers={"Accept": "text/html"})
        assert page.status == 200
        assert state_told_by(stack, answer) != "confirmed", "following the link alone confirms"
        assert confirm(stack.http_port, link).status == 200
        assert state_told_by(stack, answer) == "confirmed"
        welcome = stack.wait_for_mail("ada@example.org", 2)
        assert welcome.subject != mail.subject
        assert "/confirm?token=" not in welcome.text
        assert confirm(stack.http_port, link).status >= 400, "the token works twice"

        second = stack.sign_up("ada@example.org", "Mallory")
        assert (second.status, set(second.json())) == (202, set(answer.json())), "the answer tells a known address"
        notice = stack.wait_for_mail("ada@example.org", 3)
        assert notice.subject not in (mail.subject, welcome.subject)
        assert "/confirm?token=" not in notice.text and "Mallory" not in notice.text
        assert state_told_by(stack, second) != "confirmed"

        stack.wait_committed()
        assert set(stack.stop().values()) == {0}
        assert len(smtp.mails) == 3
        assert stack.dead_letters() == []


def test_the_topics_and_defaults_of_the_repository_carry_a_mail_from_the_command_line(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap}
    applied = run([NOTIFYCTL, "topics", "apply", REPOSITORY / "deploy/topics.json"], settings, timeout=120)
    assert applied.returncode == 0, applied.stderr
    again = run([NOTIFYCTL, "topics", "apply", REPOSITORY / "deploy/topics.json"], settings, timeout=120)
    assert again.returncode == 0, again.stderr
    with Stack(cluster, tmp_path, smtp) as stack:
        worker = stack.new_worker()
        # Group, topics and delays are the defaults of the service.
        for name in ("KAFKA_GROUP_ID", "EMAIL_TOPICS", "EMAIL_RETRY_DELAYS"):
            del worker.settings[name]
        worker.start().wait_ready(60)
        command = [NOTIFYCTL, "publish", "--type", "com.example.notification.requested.v1", "--key", "order-7"]
        mail = ["--template", "notification", "--recipient", "grace@example.org"]
        variables = ["--variable", "subject=Grüße aus Köln", "--variable", "text=.one dot\n..two"]
        published = run([*command, *mail, *variables], settings)
        assert published.returncode == 0, published.stderr
        received = stack.wait_for_mail("grace@example.org")
        assert received.subject == "Grüße aus Köln"
        assert ".one dot" in received.text
        wait_until(lambda: lag_of("email", settings) == 0, 30, "notifyctl to tell of a lag of 0", interval=0.3)


def test_an_example_of_the_sdk_reaches_the_mailbox(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp) as stack:
        run(
            [NOTIFYCTL, "topics", "apply", REPOSITORY / "deploy/topics.json"],
            {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap},
        )
        worker = stack.new_worker()
        worker.settings["EMAIL_TOPICS"] = "notifications"
        worker.start().wait_ready(60)
        example = BUILD / "libnotify-client/publish-and-wait"
        published = run([example], {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap})
        assert published.returncode == 0, published.stderr
        stack.wait_for_mail("ada@example.org")
