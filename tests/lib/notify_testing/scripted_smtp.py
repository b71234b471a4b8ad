# SPDX-License-Identifier: Apache-2.0
"""An SMTP server that does what a scenario says, and remembers every mail and every attempt.

In a test it runs on a thread of its own:

    with ScriptedSmtpServer(Scenario(rules=[Rule("dot", every=50, drop=True)])) as server:
        ... server.url ... server.mails ...

By hand: python3 -m notify_testing.scripted_smtp --port 2525 --scenario scenario.json
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import itertools
import json
import pathlib
import socket
import ssl
import sys
import threading
import time
from typing import Any, Callable, Coroutine, Optional, TypeVar

from .scenario import Scenario
from .smtp_records import Attempt, Mail, header_value, remove_dot_stuffing
from .smtp_session import SmtpSession

T = TypeVar("T")


class ScriptedSmtpServer:
    """The records are appended by the server's thread, and may be read from any other."""

    def __init__(
        self,
        scenario: Optional[Scenario] = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls_context: Optional[ssl.SSLContext] = None,
        listening: bool = True,
        on_mail: Callable[[Mail], None] = lambda mail: None,
    ) -> None:
        self.scenario = scenario or Scenario()
        self.tls_context = tls_context
        self.on_mail = on_mail
        self.on_attempt_ended: Callable[[Attempt], None] = lambda attempt: None  # its reply was written just now
        self.mails: list[Mail] = []
        self.attempts: list[Attempt] = []
        self.mail_commands: list[float] = []  # when each MAIL came, by time.monotonic()
        self.mail_arguments: list[str] = []  # what followed each: FROM:<address> SIZE=…
        self.names: set[str] = set()  # which clients gave at EHLO
        self.replies: collections.Counter[str] = collections.Counter()
        self.drops: collections.Counter[str] = collections.Counter()  # connections that a rule cut, by phase
        self.commands: collections.Counter[str] = collections.Counter()  # by verb
        self.commands_in_clear: collections.Counter[str] = collections.Counter()  # those outside TLS
        self.sessions_opened = 0
        self.sessions: set[SmtpSession] = set()
        self.host, self.port = host, port
        self._numbers = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._listener: Optional[asyncio.AbstractServer] = None
        self._thread = threading.Thread(target=self._run, name="scripted-smtp", daemon=True)
        self._thread.start()
        try:
            if port == 0 or listening:
                self._call(self._open())
            if not listening:
                self.refuse_connections()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def __enter__(self) -> "ScriptedSmtpServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- what a test does ---------------------------------------------------------------------------------

    def refuse_connections(self) -> int:
        """As if the server's host had no such service: the port is closed, and every session is cut. How many those were."""
        return self._call(self._shut())

    def accept_connections(self) -> None:
        """The same port again."""
        self._call(self._open())

    def close(self) -> None:
        if self._thread.is_alive():
            self._call(self._shut())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def mails_to(self, recipient: str) -> list[Mail]:
        return [mail for mail in self.mails if recipient in mail.recipients]

    def mails_by_event(self) -> dict[str, list[Mail]]:
        by_event: dict[str, list[Mail]] = collections.defaultdict(list)
        for mail in list(self.mails):
            by_event[mail.event_id].append(mail)
        return by_event

    # --- what a session reports, on the server's thread ---------------------------------------------------

    def session_opened(self, session: SmtpSession) -> int:
        self.sessions_opened += 1
        self.sessions.add(session)
        return self.sessions_opened

    def session_closed(self, session: SmtpSession) -> None:
        self.sessions.discard(session)

    def mail_command_came(self, argument: bytes) -> None:
        self.mail_arguments.append(argument.decode("utf-8", "replace"))
        self.mail_commands.append(time.monotonic())

    def attempt_begun(self, recipient: str, session: int) -> Attempt:
        attempt = Attempt(recipient, session, next(self._numbers), time=time.time())
        self.attempts.append(attempt)
        return attempt

    def attempt_ended(self, attempt: Attempt, how: str) -> None:
        attempt.how = how
        attempt.ended = next(self._numbers)
        self.on_attempt_ended(attempt)

    def mail_accepted(self, session: SmtpSession, content: bytes) -> None:
        headers = content.partition(b"\r\n\r\n")[0]
        mail = Mail(
            order=next(self._numbers),
            time=time.time(),
            session=session.number,
            return_path=session.return_path or "",
            recipients=list(session.recipients),
            content=remove_dot_stuffing(content),
            event_id=header_value(headers, "X-Event-Id"),
            message_id=header_value(headers, "Message-ID"),
        )
        self.mails.append(mail)
        self.on_mail(mail)

    def count_reply(self, reply: str) -> None:
        self.replies[reply[:3]] += 1

    def count_drop(self, phase: str) -> None:
        self.drops[phase] += 1

    # --- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        if self._listener is not None:
            return
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if self.scenario.receive_buffer is not None:  # inherited by what accept() gives
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.scenario.receive_buffer)
            listening.bind((self.host, self.port))
            self._listener = await self._loop.create_server(lambda: SmtpSession(self), sock=listening, backlog=512)
        except BaseException:
            listening.close()
            raise
        self.port = listening.getsockname()[1]

    async def _shut(self) -> int:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        cut = list(self.sessions)
        for session in cut:
            session.transport.abort()
        await asyncio.sleep(0)  # connection_lost runs
        return len(cut)


def main() -> int:
    parser = argparse.ArgumentParser(description="An SMTP server that does what a scenario says; a JSON line a mail.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one, printed")
    parser.add_argument("--scenario", type=pathlib.Path, help="a JSON file with rules, see scenario.py")
    parser.add_argument("--quiet", action="store_true", help="print no line for each mail")
    arguments = parser.parse_args()
    scenario = Scenario.from_json(arguments.scenario.read_text()) if arguments.scenario else Scenario()

    def tell(mail: Mail) -> None:
        fields = {"order": mail.order, "recipient": mail.recipient, "event_id": mail.event_id}
        print(json.dumps({**fields, "message_id": mail.message_id, "bytes": len(mail.content)}), flush=True)

    server = ScriptedSmtpServer(
        scenario,
        host=arguments.host,
        port=arguments.port,
        on_mail=(lambda mail: None) if arguments.quiet else tell,
    )
    print(f"listening on {server.url}", file=sys.stderr, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.close()
        print(f"{len(server.mails)} mails, replies {dict(server.replies)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
