# SPDX-License-Identifier: Apache-2.0
"""The HTTP around the sign-ups: methods, paths, sizes, time-outs, garbage; and the count of all of it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import re
import socket

import pytest

from notify_testing.sign_up import SignupClient
from notify_testing.waiting import wait_until
from notify_testing.web import JSON, problem, request

from signup_requests import BROWSER, GOOD, Start, exchange


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", "/signup", "POST"),
        ("DELETE", "/signup", "POST"),
        ("PUT", "/confirm", "GET, HEAD, POST"),
        ("POST", "/", "GET, HEAD"),
        ("BREW", "/signups/x", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_405_with_allow(
    shared: SignupClient, method: str, path: str, allow: str
) -> None:
    answer = request(shared.port, method, path)
    problem(answer, 405)
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path", ["/nothing", "/signup/", "/signups/", "/signups/a/b", "/signups/" + "0" * 36, "/signups/" + "x" * 5000, "//", "/../etc/passwd", "/assets/form.html", "/assets/"],
    ids=lambda path: path[:30],
)  # fmt: skip
def test_an_unknown_path_is_404(shared: SignupClient, path: str) -> None:
    problem(shared.get(path), 404)
    page = shared.get(path, BROWSER)
    assert page.status == 404 and "<h1>Not Found</h1>" in page.body and "{{" not in page.body


def test_a_body_over_the_cap_is_413_however_it_comes(shared: SignupClient) -> None:
    problem(shared.post("/signup", json.dumps({**GOOD, "more": "x" * 16384}), JSON), 413)
    problem(shared.post("/signup", json.dumps({**GOOD, "more": "x" * 10_000_000}), JSON), 413)
    head = b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    waiting = exchange(shared.port, head + b"Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n")
    assert waiting.startswith(b"HTTP/1.1 413 ")
    announced = exchange(shared.port, head + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 1000)
    assert announced.startswith(b"HTTP/1.1 413 ")
    shared.is_alive()


def test_endless_chunks_are_cut_off(shared: SignupClient) -> None:
    head = b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", shared.port), timeout=20) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionError):
            for _ in range(10_000):  # 655 MB
                connection.sendall(chunk)
    shared.is_alive()


def test_a_body_at_the_cap_is_read(shared: SignupClient) -> None:
    body = json.dumps(GOOD)
    assert shared.post("/signup", body + " " * (16384 - len(body)), JSON).status == 202
    problem(shared.post("/signup", body + " " * (16385 - len(body)), JSON), 413)


def test_a_request_that_does_not_arrive_in_time_is_408(shared: SignupClient) -> None:
    """Content-Length promises more than comes; and a body that drips, which no time-out of inactivity would end."""
    head = b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    drip = [b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"] + [
        b" "
    ] * 40
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        false_length = pool.submit(exchange, shared.port, head + b"{", timeout=25)
        dripping = pool.submit(exchange, shared.port, *drip, timeout=25, pause=0.5)
        slow_head = pool.submit(
            exchange, shared.port, b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 40, timeout=25, pause=0.5
        )
        for answer in (false_length.result(), dripping.result(), slow_head.result()):
            assert answer.startswith(b"HTTP/1.1 408 "), answer
            headers, _, body = answer.partition(b"\r\n\r\n")
            assert f"Content-Length: {len(body)}".encode() in headers
            assert json.loads(body)["status"] == 408
    shared.is_alive()


def test_an_idle_connection_is_closed(shared: SignupClient) -> None:
    assert exchange(shared.port, timeout=30) == b""


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 1000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /signup HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: minus\r\n\r\n",
        b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /signup HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        b"GET /%00%ff%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        bytes(range(256)) * 40,
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_garbage_does_not_harm(shared: SignupClient, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=20) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            first = connection.recv(4096)
            assert first == b"" or re.match(rb"HTTP/1\.[01] [45]\d\d ", first)
    shared.is_alive()


def test_requests_are_counted_by_route_method_and_code(start: Start) -> None:
    signup = start()
    signup.sign_up("ada@example.org")
    signup.get("/signups/nothing")
    signup.get("/secret@example.org")

    def count(**labels: str) -> float:
        return signup.service.metric("notify_http_requests_total", **labels)

    wait_until(lambda: count(route="/signup", method="POST", code="202") == 1, 10, "the sign-up to be counted")
    wait_until(lambda: count(route="/signups/{id}", method="GET", code="404") == 1, 10, "the 404 to be counted")
    wait_until(lambda: count(route="other", code="404") == 1, 10, "the unknown path to be counted")
    assert "secret" not in signup.service.get("/metrics")[1]
    assert signup.service.metric("notify_http_request_duration_seconds_count", route="/signup") == 1
