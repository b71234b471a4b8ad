# SPDX-License-Identifier: Apache-2.0
"""The services' users over HTTP, and what is peculiar to signup's: a browser, or an app."""

from __future__ import annotations

import http.client
import json
import re
import urllib.parse
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .smtp_records import Mail


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


def post_sign_up(port: int, address: str, name: str = "Ada") -> Answer:
    body = json.dumps({"email": address, "name": name})
    return request(
        port, "POST", "/signup", body, {"Content-Type": "application/json", "Accept": "application/json"}
    )


def sign_up(port: int, address: str) -> int:
    return post_sign_up(port, address).status


def confirmation_link(mail: Mail) -> str:
    match = re.search(r"https?://\S*/confirm\?token=[^\s\"<>]+", mail.text)
    if match is None:
        raise AssertionError(f"no confirmation link in:\n{mail.text}")
    return match[0]


def confirm(port: int, link: str) -> Answer:
    """Presses the button of the confirmation page."""
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
    form = urllib.parse.urlencode({"token": token})
    return request(
        port,
        "POST",
        "/confirm",
        form,
        {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
    )
