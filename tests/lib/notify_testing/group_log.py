# SPDX-License-Identifier: Apache-2.0
"""What a consumer group did, from Kafka's own record of it: every commit that landed, with its time, and every
rebalance.

The group's coordinator keeps both in __consumer_offsets. A question such as "where does the group stand now?" sees a moment; this
sees all of them, so that "the commit was never ahead" can be said of a whole run.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import dataclass, field

from .kafka import KafkaCluster, Record

METADATA = re.compile(r"1\.([A-Za-z0-9_-]*)\.([0-9a-f]{8})")


@dataclass(frozen=True)
class Commit:
    topic: str
    partition: int
    offset: int
    metadata: str
    time: float  # when the coordinator took it, to the millisecond

    def complete_above(self) -> set[int]:
        """The offsets from the commit's on that its metadata calls complete; see services/kafka/commit_metadata.h."""
        if self.metadata == "":
            return set()
        match = METADATA.fullmatch(self.metadata)
        assert match is not None, f"metadata {self.metadata!r}"
        checksum = zlib.crc32(f"{self.offset}:1.{match[1]}".encode())
        assert checksum == int(match[2], 16), f"the checksum of {self.metadata!r} at {self.offset}"
        gaps = Fields(base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4)))
        complete: set[int] = set()
        incomplete = self.offset
        while not gaps.at_end:
            following = incomplete + gaps.varint()
            complete.update(range(incomplete + 1, following))
            incomplete = following
        complete.add(incomplete)  # the last gap leads to the highest complete one
        return complete


@dataclass(frozen=True)
class Generation:
    """What the coordinator wrote down at the end of a rebalance, or when a static member came back under a new member id."""

    number: int
    members: dict[str, str]  # member id → instance id, "" for a dynamic member
    assignments: dict[str, bytes]  # by member id, as the protocol has them


@dataclass
class GroupLog:
    commits: list[Commit] = field(default_factory=list)
    generations: list[Generation] = field(default_factory=list)

    def generations_from(self, first: Generation) -> list[Generation]:
        """first, and what the coordinator wrote down after it.

        By their places, not by times: a new group is written down as generation 0 and again once all have joined, a
        millisecond or less apart.
        """
        return self.generations[self.generations.index(first) :]

    def commits_by_partition(self) -> dict[tuple[str, int], list[Commit]]:
        by_partition: dict[tuple[str, int], list[Commit]] = {}
        for commit in self.commits:
            by_partition.setdefault((commit.topic, commit.partition), []).append(commit)
        return by_partition


def read_group_log(cluster: KafkaCluster, group: str) -> GroupLog:
    log = GroupLog()
    for record in cluster.read("__consumer_offsets"):
        add_record(log, group, record)
    return log


# --- the format: Kafka's OffsetCommitKey, OffsetCommitValue and GroupMetadata{Key,Value} ----------------------------------


class Fields:
    """Reads Kafka's big-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from(f">{kind}", self.data, self.at)
        self.at += struct.calcsize(f">{kind}")
        return int(value)

    def take(self, size: int) -> bytes:
        """Null is a size of -1: nothing, as the empty one."""
        size = max(0, size)
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> str:
        return self.take(self.number("h")).decode()

    def compact_text(self) -> str:
        """Of a flexible version: one more than the size, as a varint."""
        return self.take(self.varint() - 1).decode()

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.data)


def add_record(log: GroupLog, group: str, record: Record) -> None:
    key = Fields(record.key or b"")
    kind = key.number("h")
    if kind > 2 or key.text() != group or record.value is None:  # a tombstone: the group is over
        return
    value = Fields(record.value)
    version = value.number("h")
    if kind == 2:
        if version != 3:
            raise ValueError(f"a GroupMetadataValue of version {version}; this reads version 3")
        log.generations.append(generation_of(value))
    else:
        if version not in (3, 4):
            raise ValueError(f"an OffsetCommitValue of version {version}; this reads versions 3 and 4")
        topic, partition, offset = key.text(), key.number("i"), value.number("q")
        value.number("i")  # leaderEpoch
        metadata = value.compact_text() if version == 4 else value.text()
        log.commits.append(Commit(topic, partition, offset, metadata, value.number("q") / 1000))


def generation_of(value: Fields) -> Generation:
    value.text()  # protocolType
    number = value.number("i")
    value.text(), value.text()  # protocol, leader
    value.number("q")  # currentStateTimestamp: two rebalances may have the same millisecond
    members: dict[str, str] = {}
    assignments: dict[str, bytes] = {}
    for _ in range(value.number("i")):
        member, instance = value.text(), value.text()
        value.text(), value.text()  # clientId, clientHost
        value.number("i"), value.number("i")  # rebalanceTimeout, sessionTimeout
        value.take(value.number("i"))  # subscription
        members[member] = instance
        assignments[member] = value.take(value.number("i"))
    return Generation(number, members, assignments)
