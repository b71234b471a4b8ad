# SPDX-License-Identifier: Apache-2.0
"""Kafka's record of a group, read and judged: on commits that are made up, where the answer is plain, and on a real group's."""

from __future__ import annotations

import base64
import pathlib
import time
import zlib

from notify_testing.commit_check import commits_ahead, commits_back, settled_times
from notify_testing.events import mail_event, mail_events
from notify_testing.group_log import Commit, Generation, GroupLog, read_group_log
from notify_testing.kafka import KafkaCluster, Record
from notify_testing.processes import email_worker
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.waiting import wait_until


def metadata(offset: int, *gaps: int) -> str:
    """Gaps below 128: a byte each."""
    text = f"1.{base64.urlsafe_b64encode(bytes(gaps)).decode().rstrip('=')}"
    return f"{text}.{zlib.crc32(f'{offset}:{text}'.encode()):08x}"


def commit(offset: int, at: float, *gaps: int) -> Commit:
    return Commit("events", 0, offset, metadata(offset, *gaps) if gaps else "", at)


def records(count: int) -> list[Record]:
    made = [mail_event(f"e{number}", "k", f"e{number}@example.org") for number in range(count)]
    for offset, record in enumerate(made):
        record.topic, record.partition, record.offset = "events", 0, offset
    return made


def ahead(commits: list[Commit], settled: dict[str, float]) -> list[str]:
    return list(commits_ahead(GroupLog(commits), records(4), settled))


def test_metadata_tells_what_is_complete_above_the_offset() -> None:
    assert commit(10, 0).complete_above() == set()
    assert commit(10, 0, 1).complete_above() == {11}
    # 10 and 12 are incomplete, 11 and 13 to 15 are complete.
    assert commit(10, 0, 2, 3).complete_above() == {11, 13, 14, 15}


def test_a_commit_of_what_was_settled_before_is_true() -> None:
    assert ahead([commit(2, 5.0), commit(2, 6.0, 1)], {"e0": 1.0, "e1": 5.0, "e3": 5.9}) == []


def test_a_commit_above_a_record_that_was_settled_later_or_never_is_ahead() -> None:
    assert len(ahead([commit(2, 5.0)], {"e0": 1.0, "e1": 5.1})) == 1
    assert len(ahead([commit(2, 5.0)], {"e0": 1.0})) == 1
    assert len(ahead([commit(5, 5.0)], {"e0": 1.0, "e1": 1.0, "e2": 1.0, "e3": 1.0})) == 1


def test_metadata_that_calls_an_unsettled_record_complete_is_ahead() -> None:
    assert len(ahead([commit(1, 5.0, 2)], {"e0": 1.0, "e3": 1.0})) == 1
    assert ahead([commit(1, 5.0, 2)], {"e0": 1.0, "e2": 1.0, "e3": 1.0}) == []


def test_a_commit_that_forgets_what_was_complete_is_a_step_back() -> None:
    def back(*commits: Commit) -> int:
        return len(list(commits_back(GroupLog(list(commits)))))

    assert back(commit(1, 1.0), commit(1, 2.0), commit(3, 3.0)) == 0
    assert back(commit(3, 1.0), commit(2, 2.0)) == 1
    assert back(commit(1, 1.0, 1), commit(2, 2.0)) == 1  # 2 was complete, and is the first incomplete one now
    assert back(commit(1, 1.0, 1), commit(3, 2.0)) == 0


def test_the_first_delivery_or_hand_over_settles_an_event() -> None:
    (dead,) = records(1)
    dead.timestamp = 7500
    assert settled_times([], [dead]) == {"e0": 7.5}


def test_what_came_before_a_generation_is_not_part_of_what_followed_it() -> None:
    empty, joined = Generation(0, {}, {}), Generation(1, {"a-1": "a"}, {"a-1": b"0"})
    came_back = Generation(1, {"a-2": "a"}, {"a-2": b"0"})
    assert GroupLog([], [empty, joined, came_back]).generations_from(joined) == [joined, came_back]


def test_a_real_group_is_read_with_its_generations_and_commits(
    cluster: KafkaCluster, smtp: ScriptedSmtpServer, tmp_path: pathlib.Path
) -> None:
    group = f"group-log-{int(time.time())}"
    topic = f"{group}.events"
    cluster.worker_topics(group, [topic])
    worker = email_worker(
        "email",
        tmp_path,
        bootstrap=cluster.bootstrap,
        smtp_url=smtp.url,
        group=group,
        topics=[topic],
        KAFKA_GROUP_INSTANCE_ID="worker-1",
    )
    with worker:
        worker.wait_ready(60)
        published = cluster.publish(topic, mail_events(group, 200, keys=20))
        wait_until(lambda: cluster.lag(group, [topic]) == 0, 30, "a lag of 0", progress=worker.log_tail)
        log = read_group_log(cluster, group)
        assert worker.stop() == 0
    assert list(log.generations[-1].members.values()) == ["worker-1"]
    assert len(log.generations[-1].assignments) == 1
    last = {place: commits[-1].offset for place, commits in log.commits_by_partition().items()}
    ends = {(state.topic, state.partition): state.high for state in cluster.partitions(group, [topic])}
    assert last == {place: end for place, end in ends.items() if end > 0}
    settled = settled_times(smtp.mails, [])
    assert list(commits_ahead(log, published, settled)) == []
    # The same commits, had the mails been sent a minute later.
    late = {event: at + 60 for event, at in settled.items()}
    assert list(commits_ahead(log, published, late)) != []
