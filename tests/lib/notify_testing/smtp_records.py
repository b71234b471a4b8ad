# SPDX-License-Identifier: Apache-2.0
"""What the scripted SMTP server writes down."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Optional

HEADER = {
    name: re.compile(rb"^" + name.encode() + rb":\s*<?([^\s>]*)", re.IGNORECASE | re.MULTILINE)
    for name in ("Message-ID", "X-Event-Id")
}


@dataclass
class Attempt:
    """A RCPT that a client sent. The numbers come from one counter, so they tell what was before what."""

    recipient: str
    session: int
    begun: int
    ended: Optional[int] = None
    how: str = ""  # the reply's code, "dropped" (by us), "lost" (connection ended), "reset"
    time: float = 0.0  # when it began, in seconds since 1970
    replied: float = 0.0  # just before its last reply was written


@dataclass
class Mail:
    """A mail that the server took: it was given a 250, or would have been had the connection not been cut by a rule."""

    order: int
    time: float
    session: int
    return_path: str
    recipients: list[str]
    content: bytes  # as it was sent, without dot-stuffing
    event_id: str
    message_id: str

    @property
    def recipient(self) -> str:
        return self.recipients[0]

    def parse(self) -> EmailMessage:
        message = email.message_from_bytes(self.content, policy=email.policy.SMTP)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def text(self) -> str:
        body = self.parse().get_body(("plain",))
        return body.get_content() if body is not None else ""

    @property
    def subject(self) -> str:
        return str(self.parse()["Subject"])


def header_value(headers: bytes, name: str) -> str:
    match = HEADER[name].search(headers)
    return match[1].decode("utf-8", "replace") if match else ""


def remove_dot_stuffing(content: bytes) -> bytes:
    if content.startswith(b"."):
        content = content[1:]
    return content.replace(b"\r\n..", b"\r\n.")
