# SPDX-License-Identifier: Apache-2.0
"""What was answered 202 is stored whole, however many ask and however the process ends."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import signal
import socket
import struct

from notify_testing.sign_up import SignupClient, post_sign_up
from notify_testing.waiting import wait_until

from signup_requests import GOOD, Start


def test_two_hundred_at_once_are_all_accepted(start: Start) -> None:
    signup = start()
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        ids = list(pool.map(lambda number: signup.sign_up(f"user-{number}@example.org"), range(600)))
    assert len(set(ids)) == 600
    assert signup.database.query("SELECT count(*) FROM signup") == [(600,)]
    assert signup.database.query("SELECT count(*) FROM notify_outbox") == [(1200,)]


def test_what_was_answered_202_survives_kill_9(start: Start) -> None:
    signup = start()
    accepted: list[str] = []

    def sign_up_until_killed(number: int) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            for turn in range(100_000):
                answer = post_sign_up(signup.port, f"user-{number}-{turn}@example.org")
                if answer.status == 202:
                    accepted.append(answer.json()["id"])

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        workers = [pool.submit(sign_up_until_killed, number) for number in range(16)]
        wait_until(lambda: len(accepted) > 300, 60, "300 sign-ups")
        signup.service.kill()
        for worker in workers:
            worker.result()
    stored = {row[0] for row in signup.database.query("SELECT id FROM signup")}
    assert set(accepted) <= stored
    # Each stored sign-up has its two events, accepted or not: one transaction.
    keys = [row[0] for row in signup.database.query("SELECT key FROM notify_outbox")]
    assert sorted(keys) == sorted([*stored, *stored])
    signup.service.start().wait_ready()
    assert signup.state(accepted[-1]) == "pending"


def test_sigterm_answers_what_was_begun_and_ends_with_0(start: Start) -> None:
    signup = start()
    body = json.dumps(GOOD).encode()
    head = f"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", signup.port), timeout=20) as connection:
        connection.sendall(head.encode() + body[:5])
        wait_until(lambda: signup.get("/").status == 200, 10, "the request's head to be read")
        signup.service.send(signal.SIGTERM)
        wait_until(lambda: '"stopping"' in signup.service.log(), 10, "the stop to begin")
        connection.sendall(body[5:])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert b"Connection: close" in answer
    assert signup.service.wait_ended(20) == 0
    assert signup.database.query("SELECT count(*) FROM notify_outbox") == [(2,)]


def test_clients_that_do_not_wait_for_the_answer_hold_nothing_up(start: Start) -> None:
    signup = start()
    no_linger = struct.pack("ii", 1, 0)

    def ask_and_leave(number: int) -> None:
        body = json.dumps({"email": f"gone-{number}@example.org", "name": "Gone"}).encode()
        with socket.create_connection(("127.0.0.1", signup.port), timeout=20) as connection:
            head = f"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)  # a reset, not a farewell

    # So that every client is gone before its answer is there.
    with signup.database.writer_held_up(), concurrent.futures.ThreadPoolExecutor(50) as pool:
        list(pool.map(ask_and_leave, range(200)))

    def unanswered() -> float:
        return signup.service.metric("notify_http_requests_total", route="/signup")

    # A reset may overtake its request, so that only the others are sure to be counted.
    wait_until(lambda: unanswered() >= 100, 20, "the requests to be over", progress=unanswered)
    signup.sign_up("ada@example.org")
    assert signup.service.stop(timeout=20) == 0


def test_a_second_sigterm_ends_at_once(start: Start) -> None:
    signup = start()
    with socket.create_connection(("127.0.0.1", signup.port), timeout=20) as connection:
        connection.sendall(b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        signup.is_alive()
        signup.service.send(signal.SIGTERM)
        wait_until(lambda: '"stopping"' in signup.service.log(), 10, "the stop to begin")
        wait_until(lambda: _end_once_more(signup), 3, "the end")


def _end_once_more(signup: SignupClient) -> bool:
    if signup.service.running:
        signup.service.send(signal.SIGTERM)
    return not signup.service.running
