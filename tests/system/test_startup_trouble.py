# SPDX-License-Identifier: Apache-2.0
"""What goes wrong while a service starts is told, waited for, and no reason to end in disorder."""

from __future__ import annotations

import errno
import os
import pathlib
import signal
import socket
import subprocess

from notify_testing.events import mail_event
from notify_testing.kafka import KafkaCluster
from notify_testing.processes import (
    EMAIL,
    REPOSITORY,
    Service,
    clean_environment,
    email_worker,
    free_port,
    nobody,
    signup_service,
)
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.waiting import wait_until

from start_settings import email_settings


def mentions(service: Service, *words: str) -> list[str]:
    return [line for line in service.log().splitlines() if all(word in line for word in words)]


def test_a_missing_topic_is_named_once_and_waited_for(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    group = f"waiting-{free_port()}"
    cluster.worker_topics(group, [f"{group}.here"])
    absent = f"{group}.absent"
    worker = email_worker(
        "email",
        tmp_path,
        bootstrap=cluster.bootstrap,
        smtp_url=smtp.url,
        group=group,
        topics=[f"{group}.here", absent],
        KAFKA_TOPIC_METADATA_REFRESH_INTERVAL_MS=500,
    )
    with worker:
        wait_until(lambda: mentions(worker, absent), 30, "a line that names the topic", progress=worker.log_tail)
        # The topics that are there are served meanwhile.
        cluster.publish(f"{group}.here", [mail_event(f"{group}-1", "k", "here@example.org")])
        wait_until(
            lambda: smtp.mails_to("here@example.org"),
            60,
            "the mail of the topic there is",
            progress=worker.log_tail,
        )
        cluster.create_topics([{"name": absent, "partitions": 1, "replication_factor": 3, "config": {}}])
        cluster.publish(absent, [mail_event(f"{group}-2", "k", "late@example.org")])
        wait_until(lambda: smtp.mails_to("late@example.org"), 60, "the mail of the new topic", progress=worker.log_tail)
        assert worker.readiness()[0] == 200
        assert worker.stop() == 0
        warnings = [line for line in mentions(worker, absent) if '"level":"info"' not in line]
        assert len(warnings) == 1, worker.log()


def test_without_kafka_the_worker_waits_and_says_so_once(tmp_path: pathlib.Path) -> None:
    port = free_port()
    settings = {"KAFKA_RECONNECT_BACKOFF_MS": 10, "KAFKA_RECONNECT_BACKOFF_MAX_MS": 50}
    worker = email_worker(
        "email",
        tmp_path,
        bootstrap=f"127.0.0.1:{port}",
        smtp_url="smtp://127.0.0.1:1",
        group="g",
        topics=["t"],
        **settings,
    )
    with worker, socket.socket() as closing:
        closing.bind(("127.0.0.1", port))  # it counts the worker's tries: each is accepted and closed
        closing.listen(50)
        closing.settimeout(30)
        for _ in range(40):
            closing.accept()[0].close()
        assert worker.running
        assert worker.readiness()[0] == 503
        complaints = [line for line in worker.log().splitlines() if '"level":"info"' not in line.replace(" ", "")]
        assert 1 <= len(complaints) <= 3, worker.log()
        assert worker.stop() == 0


def opened_for_writing(fifo: pathlib.Path) -> int:
    """Its file descriptor; 0 while nobody reads."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        assert error.errno == errno.ENXIO
        return 0


def test_a_stop_that_comes_while_the_worker_starts_is_an_orderly_one(tmp_path: pathlib.Path) -> None:
    routes = tmp_path / "routes.json"
    os.mkfifo(routes)  # the start waits for the writer
    with Service("email", [EMAIL], {**email_settings(tmp_path), "EMAIL_ROUTES": routes}, tmp_path) as worker:
        writer = wait_until(lambda: opened_for_writing(routes), 30, "the worker to read its routes")
        worker.send(signal.SIGTERM)
        with open(writer, "wb") as file:
            file.write((REPOSITORY / "deploy/routes.json").read_bytes())
        assert worker.wait_ended(30) == 0, worker.log()


def test_a_log_whose_reader_went_away_does_not_end_the_worker(tmp_path: pathlib.Path) -> None:
    settings = {**email_settings(tmp_path), "LOG_LEVEL": "debug"}
    with subprocess.Popen(
        [str(EMAIL)], env=clean_environment(settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline()
        worker.stdout.close()
        worker.terminate()  # which is told, to nobody
        assert worker.wait(30) == 0


def test_without_kafka_signup_is_ready_and_tells_of_it(tmp_path: pathlib.Path) -> None:
    with signup_service("signup", tmp_path, bootstrap=nobody()) as signup:
        signup.wait_ready()
        wait_until(lambda: '"ok":false' in signup.get("/readyz")[1].replace(" ", ""), 30, "the detail about Kafka")
        assert signup.readiness()[0] == 200
        assert signup.stop() == 0
