# SPDX-License-Identifier: Apache-2.0
"""Thousands of sign-ups over three real brokers, while a worker and a broker die; and while there is no Kafka at all."""

from __future__ import annotations

import collections
import json
import pathlib
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from notify_testing.kafka import KafkaCluster
from notify_testing.processes import NOTIFYCTL, run
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.stack import Stack
from notify_testing.waiting import wait_until

MAX_IN_FLIGHT = 64


def sign_up_many(pool: ThreadPoolExecutor, stack: Stack, addresses: list[str]) -> list[Future[int]]:
    def status(address: str) -> int:
        return stack.sign_up(address).status

    return [pool.submit(status, address) for address in addresses]


def wait_for_everyone(stack: Stack, addresses: list[str], timeout: float) -> collections.Counter[str]:
    """How many mails each recipient has, once everyone has one."""

    def missing() -> list[str]:
        reached = {mail.recipient for mail in list(stack.smtp.mails)}
        return [address for address in addresses if address not in reached]

    def progress() -> str:
        logs = "\n".join(f"{each}\n{each.log_tail()}" for each in [stack.signup, *stack.workers])
        return f"{len(missing())} without, as {missing()[:3]}; lag {stack.lag()}\n{logs}"

    wait_until(
        lambda: not missing(),
        timeout,
        f"a mail for each of {len(addresses)} users",
        interval=0.3,
        progress=progress,
    )
    return collections.Counter(mail.recipient for mail in stack.smtp.mails)


@pytest.mark.parametrize("role", ["coordinator", "leader"])
def test_every_user_gets_the_mail_though_a_worker_and_a_broker_die(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer, role: str
) -> None:
    """The broker coordinates the group, or only leads partitions."""
    smtp.scenario = Scenario([Rule("dot", delay=0.05)])
    addresses = [f"user{number}@example.org" for number in range(2000)]
    # The session time-out that is the service's own default: a broker that dies must not cost a living worker its place.
    email = {"EMAIL_MAX_IN_FLIGHT": MAX_IN_FLIGHT, "KAFKA_SESSION_TIMEOUT_MS": 10000}
    with Stack(cluster, tmp_path, smtp, email=email) as stack:
        stack.start(workers=3)
        with ThreadPoolExecutor(8) as pool:
            answers = sign_up_many(pool, stack, addresses)
            wait_until(lambda: len(smtp.mails) >= 300, 60, "the first 300 mails", progress=lambda: len(smtp.mails))
            victim = stack.workers[1]
            victim.kill()
            killed_at = len(smtp.mails)
            wait_until(lambda: len(smtp.mails) >= killed_at + 150, 60, "150 mails after the worker's death")
            coordinator = cluster.coordinator(stack.group)
            leaders = {state.leader for state in cluster.partitions(stack.group, [stack.notifications])}
            broker = coordinator if role == "coordinator" else min(leaders - {coordinator})
            cluster.kill_broker(broker)
            broken_at = len(smtp.mails)
            assert killed_at < broken_at < len(addresses), "the faults came too late"
            victim.start()
            assert {answer.result(60) for answer in answers} == {202}
        mails = wait_for_everyone(stack, addresses, 120)
        stack.wait_committed()
        cluster.start_broker(broker)
        assert set(mails) == set(addresses)
        duplicates = sum(count - 1 for count in mails.values())
        print(f"killed the worker after {killed_at} mails, the broker after {broken_at}; {duplicates} duplicates")
        assert duplicates <= MAX_IN_FLIGHT, f"{duplicates} duplicates; broker {broker} died"
        assert stack.dead_letters() == []

        told = run([NOTIFYCTL, "lag", "--group", stack.group, "--json"], {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap})
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout)["total"] == 0
        for state in cluster.partitions(stack.group, stack.topics):
            assert state.committed == state.high, f"{state}"
        assert set(stack.stop().values()) == {0}


def test_sign_ups_go_on_without_kafka_and_are_mailed_when_it_is_back(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    with_kafka = [f"with{number}@example.org" for number in range(500)]
    without_kafka = [f"without{number}@example.org" for number in range(500)]
    with Stack(cluster, tmp_path, smtp) as stack:
        stack.start(workers=1)
        with ThreadPoolExecutor(8) as pool:
            rates = []
            for addresses in (with_kafka, without_kafka):
                if addresses is without_kafka:
                    wait_for_everyone(stack, with_kafka, 60)
                    stack.wait_committed()  # what is in flight when Kafka goes may be sent twice
                    cluster.stop()
                started = time.monotonic()
                assert {answer.result(60) for answer in sign_up_many(pool, stack, addresses)} == {202}
                rates.append(len(addresses) / (time.monotonic() - started))
        print(f"sign-ups with Kafka {rates[0]:.0f}/s, without {rates[1]:.0f}/s: a ratio of {rates[1] / rates[0]:.2f}")
        wait_until(lambda: '"ok":false' in stack.signup.get("/readyz")[1], 30, "signup to tell that Kafka is away")
        assert stack.signup.readiness()[0] == 200, "signup is unready although it answers"
        assert len(smtp.mails) == len(with_kafka)
        cluster.start()
        mails = wait_for_everyone(stack, with_kafka + without_kafka, 120)
        assert len(mails) == 1000
        stack.wait_committed()
        assert set(stack.stop().values()) == {0}
        assert [recipient for recipient, count in mails.items() if count > 1] == []
