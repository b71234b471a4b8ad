# SPDX-License-Identifier: Apache-2.0
"""A real Kafka cluster by scripts/kafka, topics by notifyctl, records by the small C programs beside this package."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Optional, Self, Sequence

from .group_topics import DELAYS, dead_letter_topic, retry_topics, suppression_topic
from .processes import BUILD, NOTIFYCTL, REPOSITORY, clean_environment, run
from .waiting import wait_until

TOOLS = BUILD / "tests/lib"


@dataclass
class Record:
    """A Kafka record. Read ones have topic, partition and offset; header values are bytes, or None for null."""

    value: Optional[bytes]
    key: Optional[bytes] = None
    headers: list[tuple[str, Optional[bytes]]] = field(default_factory=list)
    topic: str = ""
    partition: Optional[int] = None
    offset: int = -1
    timestamp: int = -1

    def header(self, name: str) -> Optional[bytes]:
        """The value of the last header of that name, as Kafka's own lastHeader()."""
        return next((value for each, value in reversed(self.headers) if each == name), None)

    def text_header(self, name: str) -> str:
        return (self.header(name) or b"").decode("utf-8", "replace")

    def number_header(self, name: str) -> int:
        """A big-endian signed number."""
        return int.from_bytes(self.header(name) or b"", "big", signed=True)

    def json(self) -> Any:
        return json.loads(self.value or b"null")

    def as_line(self) -> str:
        line: dict[str, object] = {"key": encode(self.key), "value": encode(self.value)}
        line["headers"] = [[name, encode(value)] for name, value in self.headers]
        if self.partition is not None:
            line["partition"] = self.partition
        return json.dumps(line)

    @classmethod
    def from_line(cls, line: str) -> "Record":
        fields = json.loads(line)
        fields["key"], fields["value"] = decode(fields["key"]), decode(fields["value"])
        fields["headers"] = [(name, decode(value)) for name, value in fields["headers"]]
        return cls(**fields)


def encode(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else base64.b64encode(data).decode()


def decode(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else base64.b64decode(text)


@dataclass
class PartitionState:
    topic: str
    partition: int
    leader: int
    in_sync: int
    low: int
    high: int
    committed: Optional[int]
    metadata: str

    @property
    def lag(self) -> int:
        return self.high - (self.low if self.committed is None else self.committed)


class Publication:
    """Records on their way to a topic, written by a process of its own; wait() fills in partition and offset."""

    def __init__(self, bootstrap: str, topic: str, records: Sequence[Record], rate: float, patience: int) -> None:
        self.topic = topic
        self.records = list(records)
        self.patience = patience + (int(len(records) / rate) if rate else 0)
        command = [str(TOOLS / "record-writer"), bootstrap, topic, str(patience)]
        self.input, self.output = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.errors = tempfile.TemporaryFile("w+")
        self.input.writelines(record.as_line() + "\n" for record in self.records)
        self.input.flush()
        self.input.seek(0)
        self.process = subprocess.Popen(
            command + ([str(rate)] if rate else []),
            env=clean_environment(),
            stdin=self.input,
            stdout=self.output,
            stderr=self.errors,
        )

    def wait(self) -> list[Record]:
        """The records that Kafka has. Every one must have been accepted."""
        try:
            status = self.process.wait(self.patience + 30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise TimeoutError(f"publishing to {self.topic} took more than {self.patience + 30} s") from None
        self.output.seek(0)
        refused = []
        for line in self.output:
            report = json.loads(line)
            if "error" in report:
                refused.append(f"Kafka refused record {report['line']} of {self.topic}: {report['error']}")
                continue
            record = self.records[report["line"] - 1]
            record.topic, record.partition, record.offset = self.topic, report["partition"], report["offset"]
        if refused:
            raise RuntimeError(refused[0])
        if status != 0 or any(record.offset < 0 for record in self.records):
            self.errors.seek(0)
            raise RuntimeError(f"publishing to {self.topic} failed with {status}: {self.errors.read()[-1000:]}")
        for file in (self.input, self.output, self.errors):
            file.close()
        return self.records


class Kafka:
    """Topics and records of any Kafka: what has an address is enough."""

    def __init__(self, bootstrap: str, brokers: int) -> None:
        self.bootstrap, self.brokers = bootstrap, brokers

    # --- topics -------------------------------------------------------------------------------------------

    def create_topics(self, topics: Iterable[dict[str, Any]]) -> None:
        """Topics as in deploy/topics.json, by notifyctl; then waits until every broker leads what it shall lead."""
        document = {"topics": list(topics)}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            settings = {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap}
            done = run([NOTIFYCTL, "topics", "apply", file.name], settings, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"notifyctl topics apply ended with {done.returncode}: {done.stdout}{done.stderr}")
        names = [topic["name"] for topic in document["topics"]]
        wait_until(lambda: self._have_leaders(names), 30, f"leaders of {', '.join(names)}")

    def _have_leaders(self, names: Sequence[str]) -> bool:
        try:
            return all(state.leader > 0 for state in self.partitions("nobody", names))
        except RuntimeError:
            return False

    def worker_topics(
        self, group: str, topics: Sequence[str], delays: Sequence[str] = DELAYS, partitions: int = 4
    ) -> None:
        """Event topics and what an email group has of its own, with the sizes that deploy/topics.json gives them."""
        replicas = min(3, self.brokers)
        shape = {"partitions": partitions, "replication_factor": replicas}
        event = {"min.insync.replicas": str(max(1, replicas - 1)), "max.message.bytes": "1048588"}
        own = {**event, "max.message.bytes": str(1048588 + 65536)}
        wanted = [{"name": topic, **shape, "config": event} for topic in [*topics, "notifications.status"]]
        for name in [*retry_topics(group, delays), dead_letter_topic(group)]:
            wanted.append({"name": name, **shape, "config": own})
        compacted = {**event, "cleanup.policy": "compact"}
        wanted.append({"name": suppression_topic(group), **shape, "partitions": 1, "config": compacted})
        self.create_topics(wanted)

    # --- records ------------------------------------------------------------------------------------------

    def publish_in_background(
        self, topic: str, records: Sequence[Record], rate: float = 0, patience: int = 60
    ) -> Publication:
        return Publication(self.bootstrap, topic, records, rate, patience)

    def publish(self, topic: str, records: Sequence[Record]) -> list[Record]:
        return self.publish_in_background(topic, records).wait()

    def read(self, *topics: str, patience: int = 60) -> list[Record]:
        """Every record the topics hold now; of "topic@milliseconds" those since that time."""
        return list(self.each_record(*topics, patience=patience))

    def each_record(self, *topics: str, patience: int = 60) -> Iterator[Record]:
        """One after the other, for topics that are too large to be held as records."""
        with tempfile.TemporaryFile("w+") as output:
            command = [str(TOOLS / "topic-reader"), self.bootstrap, str(patience), *topics]
            done = subprocess.run(
                command,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                timeout=patience + 90,
            )
            if done.returncode != 0:
                raise RuntimeError(f"reading {topics}: {done.stderr[-1000:]}")
            output.seek(0)
            yield from map(Record.from_line, output)

    def partitions(self, group: str, topics: Sequence[str]) -> list[PartitionState]:
        """Where a group stands: from Kafka itself, not by notifyctl."""
        done = run([TOOLS / "group-reader", self.bootstrap, group, *topics], timeout=90)
        if done.returncode != 0:
            raise RuntimeError(f"the group {group}: {done.stderr[-1000:]}")
        return [PartitionState(**json.loads(line)) for line in done.stdout.splitlines()]

    def lag(self, group: str, topics: Sequence[str]) -> int:
        return sum(state.lag for state in self.partitions(group, topics))


class KafkaCluster(Kafka):
    """Real brokers of this machine, which can be killed, suspended and started again."""

    def __init__(self, folder: pathlib.Path, brokers: int = 3, seconds: int = 3600) -> None:
        self.folder = folder
        self._script("start", "--brokers", str(brokers), "--timeout", str(seconds), timeout=600)
        super().__init__(self._script("bootstrap").strip(), brokers)

    def _script(self, *words: str, timeout: float = 120, accepted: Sequence[int] = (0,)) -> str:
        done = subprocess.run(
            [str(REPOSITORY / "scripts/kafka"), "--dir", str(self.folder), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode not in accepted:
            raise RuntimeError(f"scripts/kafka {' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop(remove=True)

    def start(self) -> None:
        """Again, after stop(): the same ports and the same data."""
        self._script("start", timeout=300)

    def stop(self, remove: bool = False) -> None:
        self._script("stop", *(["--remove"] if remove else []))

    def kill_broker(self, number: int, how: signal.Signals = signal.SIGKILL) -> None:
        self._script("kill", str(number), "--signal", how.name[3:])

    def start_broker(self, number: int) -> None:
        self._script("start-broker", str(number), "--wait", "150", timeout=200)

    def heal(self) -> None:
        """Every broker up again, whatever a row did to it."""
        # 3: some broker does not answer, which is what this is for.
        for broker in json.loads(self._script("status", "--json", accepted=(0, 3)))["brokers"]:
            if broker["state"] == "paused":
                self.kill_broker(broker["id"], signal.SIGCONT)
            elif broker["state"] == "down":
                self.start_broker(broker["id"])

    def coordinator(self, group: str) -> int:
        """The broker that coordinates a group: the leader of the partition of __consumer_offsets its name hashes to."""
        code = 0
        for character in group:  # Java's String.hashCode, then Kafka's Utils.abs
            code = (31 * code + ord(character)) & 0xFFFFFFFF
        code = 0 if code == 0x80000000 else min(code, 0x100000000 - code)
        states = self.partitions(group, ["__consumer_offsets"])
        return next(state.leader for state in states if state.partition == code % len(states))

    def set_topic_config(self, topic: str, name: str, value: Optional[object]) -> None:
        """By Kafka's own tool, which may change internal topics too. None: the brokers' value again."""
        change = ["--delete-config", name] if value is None else ["--add-config", f"{name}={value}"]
        topic_words = ["--entity-type", "topics", "--entity-name", topic]
        self._script("tool", "kafka.admin.ConfigCommand", "--alter", *topic_words, *change)


@contextlib.contextmanager
def session_cluster(folder: pathlib.Path, brokers: int) -> Iterator[KafkaCluster]:
    """The cluster for all tests of a run: one of scripts/kafka whose folder is in NOTIFY_TEST_CLUSTER, which is left
    running, or else a new one."""
    running = os.environ.get("NOTIFY_TEST_CLUSTER")
    if running:
        yield KafkaCluster(pathlib.Path(running))
        return
    with KafkaCluster(folder, brokers=brokers, seconds=1800) as cluster:
        yield cluster
