# SPDX-License-Identifier: Apache-2.0
"""Services over HTTP: a request, its answer, what an answer that refuses must look like; and services without Kafka."""

from __future__ import annotations

import contextlib
import http.client
import json
import pathlib
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping, Optional, TypeVar

from .processes import Service, nobody

Client = TypeVar("Client")

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def http_port_of(service: Service) -> int:
    """Where it serves its users; its admin port is another."""
    return int(str(service.settings["HTTP_LISTEN"]).rpartition(":")[2])


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    port: int, method: str, path: str, body: Optional[str] = None, headers: Optional[Mapping[str, str]] = None
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body.encode() if body is not None else None, dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
    except http.client.HTTPException as error:  # a connection that was cut in the middle of an answer
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """A problem document as RFC 9457 has it."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert {"type", "title", "detail"} <= document.keys()
    return dict(document)


@contextlib.contextmanager
def starter(
    make: Callable[..., Service], client: Callable[[Service], Client], folder: pathlib.Path
) -> Iterator[Callable[..., Client]]:
    """A function that starts a service without Kafka, by its settings, and gives its client. All end with the block."""
    with contextlib.ExitStack() as services:

        def start(name: str = "service", **settings: object) -> Client:
            service = services.enter_context(make(name, folder, bootstrap=nobody(), **settings))
            return client(service.wait_ready())

        yield start
