# SPDX-License-Identifier: Apache-2.0
"""What signup does without, and what it cannot do without: then it answers 503 until that is back."""

from __future__ import annotations

import pathlib
import resource

from notify_testing.sign_up import post_sign_up
from notify_testing.waiting import wait_until
from notify_testing.web import FORM, problem

from signup_requests import BROWSER, Start


def test_without_kafka_sign_ups_go_on_and_readyz_tells(start: Start) -> None:
    signup = start()
    wait_until(lambda: not signup.service.readiness()[1]["checks"]["kafka"]["ok"], 20, "the detail about Kafka")
    assert signup.service.readiness()[0] == 200
    signup.sign_up("ada@example.org")
    wait_until(lambda: signup.service.metric("notify_outbox_pending") == 2, 10, "two events pending")
    wait_until(lambda: signup.service.metric("notify_outbox_oldest_seconds") > 0, 10, "an age")


def test_a_full_outbox_refuses_sign_ups_with_503(start: Start) -> None:
    signup = start(OUTBOX_MAX_ROWS=4, SIGNUP_COOLDOWN="0s")
    for number in range(2):
        signup.sign_up(f"user-{number}@example.org")
    wait_until(lambda: signup.service.readiness()[0] == 503, 10, "readiness to go")
    answer = post_sign_up(signup.port, "late@example.org")
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    page = signup.post("/signup", "email=late%40example.org&name=L", {**FORM, **BROWSER})
    assert (
        page.status == 503
        and 'role="alert">Nothing can be stored' in page.body
        and 'value="late@example.org"' in page.body
    )
    assert signup.database.query("SELECT count(*) FROM signup") == [(2,)]


def test_a_database_that_cannot_be_written_is_503_until_it_can(start: Start) -> None:
    """Another process holds the write lock for longer than signup waits."""
    signup = start()
    signup_id = signup.sign_up("first@example.org")
    with signup.database.writer_held_up():
        answer = post_sign_up(signup.port, "ada@example.org")
        problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        assert signup.service.readiness()[0] == 503
        assert not signup.service.readiness()[1]["checks"]["database"]["ok"]
        assert signup.state(signup_id) == "pending"  # reading goes on
    wait_until(lambda: signup.service.readiness()[0] == 200, 20, "readiness to come back by itself")
    signup.sign_up("ada@example.org")


def test_a_full_disk_is_503_until_there_is_room(start: Start) -> None:
    """A limit on the size of files stands in for the disk: the write-ahead log cannot grow."""
    signup = start(SIGNUP_COOLDOWN="0s")
    accepted = [signup.sign_up(f"before-{number}@example.org") for number in range(5)]
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    room = pathlib.Path(f"{signup.database.path}-wal").stat().st_size + 65536
    resource.prlimit(signup.service.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    def is_refused() -> bool:
        answer = post_sign_up(signup.port, f"during-{len(accepted)}@example.org")
        if answer.status == 202:
            accepted.append(answer.json()["id"])
            return False
        problem(answer, 503)
        return True

    wait_until(is_refused, 30, "a sign-up to be refused", interval=0)
    assert signup.service.readiness()[0] == 503
    assert signup.state(accepted[0]) == "pending"
    resource.prlimit(signup.service.pid, resource.RLIMIT_FSIZE, no_limit)
    wait_until(lambda: signup.service.readiness()[0] == 200, 20, "readiness to come back by itself")
    accepted.append(signup.sign_up("after@example.org"))
    assert sorted(row[0] for row in signup.database.query("SELECT id FROM signup")) == sorted(accepted)
    assert signup.database.query("SELECT count(*) FROM notify_outbox") == [(2 * len(accepted),)]
    assert signup.service.stop() == 0
