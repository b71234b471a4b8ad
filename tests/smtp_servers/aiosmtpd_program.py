#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""aiosmtpd as a server with STARTTLS and AUTH: mails go to FOLDER/inbox/new, a line about each to FOLDER/smtp.log.

    aiosmtpd_program.py FOLDER PORT pipelining|plain

The password is in PASSWORD. It offers PIPELINING when told to, which aiosmtpd does not say of itself although it reads so.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
import os
import pathlib
import ssl
import sys
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, LARGEST = "shop", 100_000
REFUSED = {
    "unknown": "550 5.1.1 No such user",
    "full": "452 4.2.2 The mailbox is full",
    "quota": "552 5.2.2 The mailbox is over its quota",
}
OUT_OF_STEP = ("500", "501", "502", "503", "504", "530", "535")


class Handler:
    def __init__(self, folder: pathlib.Path, pipelining: bool) -> None:
        self.inbox = folder / "inbox/new"
        self.inbox.mkdir(parents=True)
        self.log_file = open(folder / "smtp.log", "w", buffering=1)
        self.pipelining = pipelining
        self.numbers = itertools.count(1)
        self.put_off: set[str] = set()

    def log(self, **fields: object) -> None:
        self.log_file.write(json.dumps(fields) + "\n")

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        kind = address.split("-", 1)[0]
        if kind in REFUSED:
            return REFUSED[kind]
        if kind == "grey" and address not in self.put_off:
            self.put_off.add(address)
            return "450 4.2.0 Greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        user = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        self.log(port=session.peer[1], tls=session.ssl is not None, user=user)
        kind = envelope.rcpt_tos[0].split("-", 1)[0]
        if kind == "spam":
            return "550 5.7.1 Not this one"
        if kind == "long" and len(content) > 10_000:
            return "552 5.3.4 Too long for this mailbox"
        (self.inbox / f"{next(self.numbers)}").write_bytes(content)
        return "250 2.0.0 Taken"


class Server(SMTP):
    """Writes down what it has to say against the client."""

    async def push(self, status: Any) -> None:
        text = status.decode() if isinstance(status, bytes) else str(status)
        if text.startswith(OUT_OF_STEP):
            self.event_handler.log(complaint=text.strip())
        await super().push(status)


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.login == USER.encode()
    right = right and hmac.compare_digest(data.password, os.environ["PASSWORD"].encode())
    return AuthResult(success=right, handled=False, auth_data=data if right else None)


async def serve(folder: pathlib.Path, port: int, pipelining: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    handler = Handler(folder, pipelining)
    loop = asyncio.get_running_loop()

    def session() -> Server:
        return Server(
            handler,
            hostname="mx.example.org",
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            loop=loop,
        )

    listening = await loop.create_server(session, "127.0.0.1", port)
    (folder / "listening").touch()
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "pipelining"))
