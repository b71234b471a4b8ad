# SPDX-License-Identifier: Apache-2.0
"""What the benches of the whole worker share: sinks, a mail of 2 KB, what a process costs."""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from typing import Iterator

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/lib"))

from notify_testing.events import event, structured  # noqa: E402
from notify_testing.kafka import KafkaCluster, Record  # noqa: E402
from notify_testing.processes import BUILD, Service, end_all, free_port, sent_by  # noqa: E402
from notify_testing.waiting import wait_until  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
MAIL_BYTES = 2048


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def argument_parser(description: str) -> argparse.ArgumentParser:
    """The first line of a bench's own description, and what every bench takes."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--cluster", type=pathlib.Path, metavar="DIR", help="a cluster of scripts/kafka, left running")
    return parser


@contextlib.contextmanager
def workplace(cluster_folder: pathlib.Path | None, brokers: int = 1) -> Iterator[tuple[pathlib.Path, KafkaCluster]]:
    """A folder, and a cluster: the given one, which is left running, or one of its own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="notify-bench-"))
    try:
        cluster = KafkaCluster(cluster_folder or folder / "kafka", brokers=brokers)
        try:
            yield folder, cluster
        finally:
            end_all()
            if cluster_folder is None:
                cluster.stop(remove=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def built(target: str) -> pathlib.Path:
    subprocess.run(["ninja", "-C", BUILD, target], check=True, stdout=subprocess.DEVNULL)
    return BUILD / target


class Sink:
    """The sink of bench/lib/smtp_sink.c. delay_ms below 0: stop() returns when each mail was accepted, by event id."""

    def __init__(self, delay_ms: int, seconds: int = 600) -> None:
        self.port = free_port()
        self.output = tempfile.TemporaryFile("w+")  # a pipe would fill up
        self.process = subprocess.Popen(
            [built("bench/lib/smtp-sink-bench"), str(self.port), str(delay_ms), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=self.output,
        )
        wait_until(lambda: listens(self.port), 10, "the sink to listen")

    def stop(self) -> dict[str, int]:
        self.process.communicate(timeout=20)
        self.output.seek(0)
        return {name: int(time_us) for name, time_us in (line.split() for line in self.output)}


class Postfix:
    """smtp-sink, and smtp-source as the measure of what SMTP allows here."""

    def __init__(self) -> None:
        folder = subprocess.run(
            [REPOSITORY / "scripts/lib/smtp_servers", "postfix"], capture_output=True, text=True, check=True
        )
        self.programs = pathlib.Path(folder.stdout.strip()) / "usr/sbin"
        self.environment = {**os.environ, "LD_LIBRARY_PATH": str(self.programs.parent / "lib/postfix")}
        self.port = free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.sink = subprocess.Popen(
            [self.programs / "smtp-sink", *user, f"127.0.0.1:{self.port}", "1024"], env=self.environment
        )
        wait_until(lambda: listens(self.port), 10, "the sink to listen")

    def source(self, sessions: int, mails: int) -> float:
        command = [self.programs / "smtp-source", "-d", "-s", sessions, "-m", mails, "-l", MAIL_BYTES]
        command += ["-f", "bounce@example.org", "-t", "user@example.com", f"127.0.0.1:{self.port}"]
        began = time.monotonic()
        subprocess.run([str(word) for word in command], env=self.environment, check=True, stdout=subprocess.DEVNULL)
        return mails / (time.monotonic() - began)

    def stop(self) -> None:
        self.sink.terminate()
        self.sink.wait(10)


def make_templates(folder: pathlib.Path) -> pathlib.Path:
    """The project's, and one in two parts whose mail has 2 KB on the wire."""
    template = folder / "templates/order-shipped"
    shutil.copytree(REPOSITORY / "templates", template.parent)
    template.mkdir()
    sentence = "Thank you for shopping with us; keep this message until you have what you ordered.\n"
    (template / "subject.txt").write_text("Your order {{data.variables.number}} is on its way\n")
    (template / "body.txt").write_text(
        "Order {{data.variables.number}} for {{data.variables.name}}.\n\n" + sentence * 5
    )
    (template / "body.html").write_text(
        "<p>Order <b>{{data.variables.number}}</b> for {{data.variables.name}}.</p>\n"
        + f"<p>{sentence.strip()}</p>\n" * 5
    )
    return template.parent


def shipped(name: str, number: int) -> Record:
    data = {
        "template": "order-shipped",
        "recipient": f"customer.{number}@example.org",
        "locale": "en",
        "variables": {"number": f"{name}-{number:06d}", "name": "Ada Lovelace", "site_url": "https://shop.example.org"},
    }
    return structured(f"customer-{number % 5000}", event(f"{name}-{number:06d}", data, subject=f"order-{number}"))


def thread_seconds(pid: int) -> dict[str, float]:
    """CPU time by thread name; librdkafka's are rdk:…"""
    spent: dict[str, float] = collections.defaultdict(float)
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        head, _, tail = (task / "stat").read_text().rpartition(")")
        fields = tail.split()
        name = head.partition("(")[2]
        kind = "librdkafka" if name.startswith("rdk:") else "metrics" if name.startswith("MHD") else "event loop"
        spent[kind] += (int(fields[11]) + int(fields[12])) / TICKS
    return spent


def resident_megabytes(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def drain(worker: Service, mails: int, settle: float = 0) -> tuple[float, dict[str, float]]:
    """Starts the worker on a filled topic: mails a second, and microseconds of CPU time a mail by kind of thread.

    The clock runs from settle seconds after the first mail, when every session is up, to the last mail.
    """
    worker.start()
    wait_until(lambda: sent_by(worker) > 0, 60, "the first mail", interval=0.01, progress=worker.log_tail)
    time.sleep(settle)
    began, first, before = time.monotonic(), sent_by(worker), thread_seconds(worker.pid)
    wait_until(lambda: sent_by(worker) >= mails, 300, "the last mail", interval=0.1, progress=lambda: sent_by(worker))
    seconds, after = time.monotonic() - began, thread_seconds(worker.pid)
    count = mails - first
    return count / seconds, {name: (after[name] - before.get(name, 0)) / count * 1e6 for name in sorted(after)}
