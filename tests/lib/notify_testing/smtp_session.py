# SPDX-License-Identifier: Apache-2.0
"""One session of the scripted SMTP server: a protocol machine on asyncio, one command after the other."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import ssl
import time
from typing import TYPE_CHECKING, Callable, Optional

from .scenario import Rule
from .smtp_records import Attempt

if TYPE_CHECKING:
    from .scripted_smtp import ScriptedSmtpServer

LONGEST_LINE = 4096
PATH = re.compile(rb"^(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
COMMANDS = frozenset({"ehlo", "helo", "starttls", "auth", "mail", "rcpt", "data", "rset", "noop", "quit"})
COMMAND, BODY, AUTH_ANSWER = range(3)


class SmtpSession(asyncio.Protocol):
    def __init__(self, server: "ScriptedSmtpServer") -> None:
        self.server = server
        self.number = 0
        self.transport: asyncio.Transport = None  # type: ignore[assignment]
        self.state = COMMAND
        self.buffer = bytearray()
        self.scan_from = 0
        self.blocked = False  # a delay, a stall or a TLS handshake: nothing is processed
        self.closed = False
        self.secure = False
        self.authenticated = False
        self.wrote = 0.0
        self.idle_timer: Optional[asyncio.TimerHandle] = None
        self.reset_envelope()

    def reset_envelope(self) -> None:
        self.return_path: Optional[str] = None
        self.recipients: list[str] = []
        self.attempts: list[Attempt] = []

    @property
    def recipient(self) -> str:
        return self.recipients[-1] if self.recipients else ""

    # --- connection ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        if self.number:  # again, after STARTTLS
            return
        self.number = self.server.session_opened(self)
        self.answer("connect", "220 scripted.example.org ESMTP")

    def connection_lost(self, exception: Optional[Exception]) -> None:
        self.closed = True
        self.cancel_idle()
        self.end_attempts("lost")
        self.server.session_closed(self)

    def eof_received(self) -> bool:
        return False

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.process()

    def process(self) -> None:
        self.cancel_idle()
        while not self.blocked and not self.closed:
            if not (self.take_body() if self.state == BODY else self.take_line()):
                break
        if not self.blocked and not self.closed and self.state == COMMAND and not self.recipients:
            self.watch_idle()

    def take_line(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            if len(self.buffer) > LONGEST_LINE:
                self.write("500 5.5.2 line too long")
                self.close()
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        if self.state == AUTH_ANSWER:
            self.state = COMMAND
            self.check_plain(line)
            return True
        verb, _, argument = line.partition(b" ")
        name = verb.decode("ascii", "replace").lower()
        self.server.commands[name] += 1
        if not self.secure:
            self.server.commands_in_clear[name] += 1
        if name in COMMANDS:
            getattr(self, f"on_{name}")(argument)
        else:
            self.write("500 5.5.1 unknown command")
        return True

    def take_body(self) -> bool:
        if self.buffer.startswith(b".\r\n"):
            end, size = 0, 3
        else:
            end = self.buffer.find(b"\r\n.\r\n", self.scan_from)
            if end < 0:
                self.scan_from = max(0, len(self.buffer) - 4)
                return False
            end, size = end + 2, 3
        content = bytes(self.buffer[:end])
        del self.buffer[: end + size]
        self.scan_from = 0
        self.state = COMMAND
        self.on_dot(content)
        return True

    # --- replies ------------------------------------------------------------------------------------------

    def write(self, reply: str) -> None:
        if not self.closed and not self.transport.is_closing():
            self.server.count_reply(reply)
            self.wrote = time.time()
            self.transport.write(reply.encode() + b"\r\n")

    def close(self) -> None:
        self.closed = True
        self.transport.close()

    def answer(self, phase: str, ordinary: str, then: Callable[[str], None] = lambda reply: None) -> None:
        """Reply as the scenario says, or ordinarily, and call then with what was replied: "" for a dropped connection."""
        self.answer_by(self.server.scenario.find(phase, self.recipient), ordinary, then)

    def answer_by(self, rule: Optional[Rule], ordinary: str, then: Callable[[str], None]) -> None:
        if rule is None:
            self.write(ordinary)
            then(ordinary)
        elif rule.stall:
            self.stall(rule)
        elif rule.delay:
            self.blocked = True
            asyncio.get_running_loop().call_later(rule.delay, self.finish_delayed, rule, ordinary, then)
        else:
            self.finish_answer(rule, ordinary, then)

    def finish_answer(self, rule: Rule, ordinary: str, then: Callable[[str], None]) -> None:
        reply = rule.reply or ("" if rule.drop else ordinary)
        if reply:
            self.write(reply)
        then(reply)
        if rule.drop or reply.startswith("421"):
            self.server.count_drop(rule.phase)
            self.close()

    def finish_delayed(self, rule: Rule, ordinary: str, then: Callable[[str], None]) -> None:
        if not self.closed:
            self.blocked = False
            self.finish_answer(rule, ordinary, then)
            self.process()

    def stall(self, rule: Rule) -> None:
        """Nothing is read or answered any more. A client that leaves with bytes unsent is not noticed: its FIN waits behind
        them. So the rule's delay tells when this end gives up."""
        self.blocked = True
        self.server.count_drop("stall")
        self.transport.pause_reading()
        if rule.delay:
            asyncio.get_running_loop().call_later(rule.delay, self.transport.abort)

    # --- commands -----------------------------------------------------------------------------------------

    def on_ehlo(self, argument: bytes) -> None:
        self.server.names.add(argument.decode("utf-8", "replace"))
        scenario = self.server.scenario
        lines = ["scripted.example.org", *scenario.extensions]
        if self.server.tls_context is not None and not self.secure:
            lines.append("STARTTLS")
        if scenario.users:
            lines.append("AUTH PLAIN")
        text = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        self.reset_envelope()
        self.answer("ehlo", "\r\n".join(text))

    def on_helo(self, argument: bytes) -> None:
        self.reset_envelope()
        self.answer("ehlo", "250 scripted.example.org")

    def on_starttls(self, argument: bytes) -> None:
        if self.server.tls_context is None or self.secure:
            self.write("502 5.5.1 not available")
            return
        self.write("220 2.0.0 go ahead")
        self.blocked = True
        self.buffer.clear()  # RFC 3207 §4.2: what came in clear is forgotten
        asyncio.get_running_loop().create_task(self.start_tls(self.server.tls_context))

    async def start_tls(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self.transport, self, context, server_side=True)
        except OSError:  # ssl.SSLError too: the client refused our certificate
            self.server.count_drop("starttls")
            self.close()
            return
        if transport is None:
            self.close()
            return
        self.transport = transport
        self.secure = True
        self.blocked = False
        self.process()

    def on_auth(self, argument: bytes) -> None:
        mechanism, _, initial = argument.partition(b" ")
        if not self.server.scenario.users or mechanism.upper() != b"PLAIN":
            self.write("504 5.5.4 mechanism not offered")
        elif initial:
            self.check_plain(initial)
        else:
            self.state = AUTH_ANSWER
            self.write("334 ")

    def check_plain(self, answer: bytes) -> None:
        try:
            _, user, password = base64.b64decode(answer, validate=True).decode().split("\0")
        except (binascii.Error, ValueError):
            self.write("501 5.5.2 cannot decode")
            return
        good = self.server.scenario.users.get(user) == password
        self.answer("auth", "235 2.7.0 welcome" if good else "535 5.7.8 bad credentials", self.auth_replied)

    def auth_replied(self, reply: str) -> None:
        self.authenticated = reply.startswith("2")

    def on_mail(self, argument: bytes) -> None:
        self.server.mail_command_came(argument)
        path = PATH.match(argument)
        if path is None:
            self.write("501 5.5.4 MAIL FROM:<address>")
        elif self.return_path is not None:
            self.write("503 5.5.1 one mail at a time")
        elif self.server.scenario.require_auth and not self.authenticated:
            self.write("530 5.7.0 authentication required")
        else:
            return_path = path[1].decode("utf-8", "replace")
            self.answer("mail", "250 2.1.0 sender ok", lambda reply: self.mail_replied(reply, return_path))

    def mail_replied(self, reply: str, return_path: str) -> None:
        if reply.startswith("2"):
            self.return_path = return_path

    def on_rcpt(self, argument: bytes) -> None:
        path = PATH.match(argument)
        if path is None:
            self.write("501 5.5.4 RCPT TO:<address>")
            return
        recipient = path[1].decode("utf-8", "replace")
        attempt = self.server.attempt_begun(recipient, self.number)
        if self.return_path is None:
            self.write("503 5.5.1 MAIL first")
            self.server.attempt_ended(attempt, "503")
            return
        self.recipients.append(recipient)
        self.attempts.append(attempt)
        self.answer("rcpt", "250 2.1.5 recipient ok", self.rcpt_replied)

    def rcpt_replied(self, reply: str) -> None:
        if not reply.startswith("2"):
            self.recipients.pop()
            self.server.attempt_ended(self.attempts.pop(), reply[:3] or "dropped")

    def on_data(self, argument: bytes) -> None:
        if not self.recipients:
            self.write("503 5.5.1 no valid recipient")
        else:
            self.answer("data", "354 end with a dot", self.data_replied)

    def data_replied(self, reply: str) -> None:
        if not reply.startswith("354"):
            self.end_attempts(reply[:3] or "dropped")
            self.reset_envelope()
            return
        self.state = BODY
        rule = self.server.scenario.find("body", self.recipient)
        if rule is not None:
            self.answer_by(rule, "", lambda nothing: None)

    def on_dot(self, content: bytes) -> None:
        rule = self.server.scenario.find("dot", self.recipient)
        if rule is None or rule.counts_as_accepted:
            # Before the reply: what a client does not hear of was delivered all the same.
            self.server.mail_accepted(self, content)
        self.answer_by(rule, "250 2.0.0 accepted", self.dot_replied)

    def dot_replied(self, reply: str) -> None:
        self.end_attempts(reply[:3] or "dropped")
        self.reset_envelope()

    def on_rset(self, argument: bytes) -> None:
        self.end_attempts("reset")
        self.reset_envelope()
        self.write("250 2.0.0 reset")

    def on_noop(self, argument: bytes) -> None:
        self.write("250 2.0.0 ok")

    def on_quit(self, argument: bytes) -> None:
        self.write("221 2.0.0 bye")
        self.close()

    # --- the rest -----------------------------------------------------------------------------------------

    def end_attempts(self, how: str) -> None:
        for attempt in self.attempts:
            attempt.replied = self.wrote
            self.server.attempt_ended(attempt, how)
        self.attempts = []

    def watch_idle(self) -> None:
        rule = next((rule for rule in self.server.scenario.rules if rule.phase == "idle"), None)
        if rule is not None:
            self.idle_timer = asyncio.get_running_loop().call_later(rule.delay, self.idle_is_over)

    def cancel_idle(self) -> None:
        if self.idle_timer is not None:
            self.idle_timer.cancel()
            self.idle_timer = None

    def idle_is_over(self) -> None:
        rule = self.server.scenario.find("idle")
        if rule is not None and not self.closed:
            self.server.count_drop("idle")
            self.write(rule.reply or "421 4.4.2 idle for too long")
            self.close()
