# SPDX-License-Identifier: Apache-2.0
"""EMAIL_RATE_LIMIT over real Kafka: what the SMTP server sees of a group of two workers, by its own clock."""

from __future__ import annotations

import pathlib
from typing import Sequence

from notify_testing.events import event, mail_events, structured
from notify_testing.kafka import KafkaCluster
from notify_testing.ledger import accepted_from, settle
from notify_testing.processes import DEPARTMENT_HEAD, Service, start_all
from notify_testing.scenario import Rule, Scenario
from notify_testing.schemas import example
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

RATE, WINDOW = 20, 10.0  # mails a second, seconds
MEASURED = 25.0  # seconds
PARTITIONS = 4


def most_in_a_window(times: Sequence[float]) -> int:
    """Counted anew from every mail on."""
    return max(sum(1 for time in times if first <= time < first + WINDOW) for first in times)


def share_of(worker: Service) -> bool:
    return "share of the rate limit" in worker.log()


def test_two_workers_keep_to_the_rate_together_and_make_use_of_it(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with Stack(cluster, tmp_path, smtp, email={"EMAIL_RATE_LIMIT": f"{RATE}/s"}) as stack:
        workers = [stack.new_worker() for _ in range(2)]
        start_all(workers)
        wait_until(lambda: all(map(share_of, workers)), 30, "a share for each worker")
        records = mail_events(stack.group, 1000, keys=1000)
        for number, record in enumerate(records):
            record.partition = number % PARTITIONS
        accepted = accepted_from(cluster.publish(stack.notifications, records))

        def seconds_of_mail() -> float:
            times = smtp.mail_commands
            return times[-1] - times[0] if times else 0.0

        wait_until(lambda: seconds_of_mail() >= 1 + MEASURED, 60, f"{MEASURED:g} s of mail", progress=seconds_of_mail)
        start = smtp.mail_commands[0] + 1  # both have fetched their first records
        measured = sum(1 for time in list(smtp.mail_commands) if start <= time < start + MEASURED)
        assert measured >= 0.95 * RATE * MEASURED, f"{measured} mails in {MEASURED:g} s"

        # One leaves: what its share sends in the same ten seconds, it and the other must not both send.
        assert workers[1].stop() == 0
        left_at = smtp.mail_commands[-1]
        wait_until(lambda: smtp.mail_commands[-1] - left_at >= WINDOW, 60, "ten more seconds", progress=seconds_of_mail)
        most = most_in_a_window(list(smtp.mail_commands))
        assert most <= 1.05 * RATE * WINDOW, f"{most} mails in {WINDOW:g} s"
        assert workers[0].stop() == 0
        account = settle(accepted, smtp.mails, smtp.attempts)
        assert not account.duplicates and not account.out_of_order
        print(f"{measured} mails in {MEASURED:g} s, at most {most} in {WINDOW:g} s")


def test_mails_that_are_put_back_and_probes_count_too(cluster: KafkaCluster, tmp_path: pathlib.Path) -> None:
    refused = Rule("mail", reply="451 4.3.2 not now")
    with ScriptedSmtpServer(Scenario(rules=[refused])) as smtp:
        with Stack(cluster, tmp_path, smtp, email={"EMAIL_RATE_LIMIT": f"{RATE}/s"}) as stack:
            worker = stack.start_worker()
            cluster.publish(stack.notifications, mail_events(stack.group, 200, keys=200))
            # Each refusal puts a mail back, to be sent again at once; after so many in a row only probes are sent.
            wait_until(lambda: worker.metric("notify_breaker_open") == 1, 60, "the open breaker")
            wait_until(lambda: len(smtp.mail_commands) >= 22, 60, "probes", progress=lambda: len(smtp.mail_commands))
            times = list(smtp.mail_commands)
            # 20 mails at 20/s, of which a half second's may come at once.
            assert times[19] - times[0] >= 19 / RATE - 0.5, times
            assert worker.stop() == 0


def test_a_stop_between_two_mails_of_an_event_sends_the_other_too_and_neither_twice(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    order_type = "com.example.order.placed.v1"
    data = example(order_type)
    # A mail each 24 s: longer than a stop waits.
    settings = {"EMAIL_RATE_LIMIT": "150/h", **DEPARTMENT_HEAD}
    with Stack(cluster, tmp_path, smtp, email=settings) as stack:
        worker = stack.start_worker()
        order = event(f"{stack.group}-1", data, event_type=order_type)
        cluster.publish(stack.users, [structured("order", order)])
        wait_until(lambda: smtp.mails, 60, "the first mail", progress=worker.log_tail)
        assert len(smtp.mails) == 1
        assert worker.stop() == 0
        assert sorted(mail.recipient for mail in smtp.mails) == sorted([data["customer"]["email"], "head@example.org"])
        assert stack.lag() == 0
