#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An SMTP server for the pool's tests. What it does to a mail, the recipient's local part says:

    drop-*    takes the whole message, then drops the connection without a reply
    stall-*   reads a little of the message, then nothing more
    silent-*  takes the whole message and says nothing
    late-*    takes the whole message, says 554 a second later
    refuse-*  550 5.1.1 to RCPT
    close-*   421 to RCPT
    held-*    says 354 only once the pool's test says "go", by a file beside the log
    after-*   takes the message, and answers its end only then
    slow-*    answers the end of the message after 20 ms
    last-*    takes the message, then 421 to the session's next MAIL
    final-*   takes the message, then drops the connection at the session's next MAIL

Prints its port, then logs what happens to the file given, one line each, written before the reply goes out:
"connect N", "tls N", "auth N secure|clear", "bearer N MECHANISM USER TOKEN", "command N VERB", "clear N" (MAIL without
TLS), "mail N RECIPIENT SIZE", "violation N …", "quit N", "disconnect N".
"""
import argparse
import base64
import os
import re
import socket
import ssl
import sys
import threading
import time


# Google's protocol, and RFC 7628 §3.1.
BEARER = {
    "XOAUTH2": re.compile(rb"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01"),
    "OAUTHBEARER": re.compile(rb"n,a=([^,]*),\x01(?:host=[^\x01]*\x01)?(?:port=[0-9]*\x01)?auth=Bearer ([^\x01]*)\x01\x01"),
}


class Gone(Exception):
    """The peer is gone, or is to be."""


class Server:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.log_file = open(options.log, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.open = 0
        self.tls = None
        if options.certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.certificate, options.key)

    def log(self, text: str) -> None:
        with self.lock:
            self.log_file.write(text + "\n")
            self.log_file.flush()

    def serve(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        print(listener.getsockname()[1], flush=True)
        number = 0
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            with self.lock:
                self.open += 1
            threading.Thread(target=self.run, args=(connection, number), daemon=True).start()

    def run(self, connection: socket.socket, number: int) -> None:
        session = Session(self, connection, number)
        self.log(f"connect {number}")
        try:
            session.talk()
        except (Gone, OSError):
            pass
        session.connection.close()
        with self.lock:
            self.open -= 1
        self.log(f"disconnect {number}")


class Session:
    def __init__(self, server: Server, connection: socket.socket, number: int) -> None:
        self.server, self.connection, self.number = server, connection, number
        self.options = server.options
        self.buffer = b""
        self.out = b""
        self.is_secure = False
        self.mail_is_open = False
        self.recipient = ""
        self.accepted = 0

    def log(self, text: str, rest: str = "") -> None:
        self.server.log(f"{text} {self.number} {rest}".rstrip())

    def say(self, text: str) -> None:
        """Replies are gathered, and go out when the client has nothing more to say: as servers do with PIPELINING."""
        self.out += (text + "\r\n").encode()

    def flush(self) -> None:
        self.connection.sendall(self.out)
        self.out = b""

    def fill(self) -> None:
        self.flush()
        data = self.connection.recv(65536)
        if not data:
            raise Gone
        self.buffer += data

    def line(self) -> str:
        while b"\r\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("utf-8", "surrogateescape")

    def secure(self) -> None:
        if self.server.tls is None:
            raise Gone
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.buffer = b""
        self.is_secure = True
        self.log("tls")

    def talk(self) -> None:
        if self.options.smtps:
            self.secure()
        if self.options.mute:
            self.connection.recv(1)
            raise Gone
        if self.server.open > self.options.most_connections:
            self.say("421 4.7.0 too many connections")
            self.flush()
            raise Gone
        self.say("220 server.example ESMTP")
        while True:
            self.connection.settimeout(self.options.idle_ms / 1000 if self.options.idle_ms else None)
            try:
                line = self.line()
            except TimeoutError:
                self.say("421 4.4.2 idle for too long")
                self.flush()
                raise Gone from None
            self.command(line)

    def command(self, line: str) -> None:
        verb = line.split(" ", 1)[0].upper()
        self.log("command", verb)
        handler = getattr(self, "on_" + verb.lower(), None)
        if handler is None:
            self.say("500 5.5.2 what?")
        else:
            handler(line)

    def on_ehlo(self, line: str) -> None:
        offers = ["server.example"]
        if not self.options.no_pipelining:
            offers.append("PIPELINING")
        if self.server.tls is not None and not self.is_secure:
            offers.append("STARTTLS")
        if self.options.auth != "none":
            offers.append("AUTH " + self.options.mechanisms)
        offers += ["SIZE 100000000", "8BITMIME", "ENHANCEDSTATUSCODES"]
        for offer in offers[:-1]:
            self.say("250-" + offer)
        self.say("250 " + offers[-1])

    def on_starttls(self, line: str) -> None:
        if self.options.refuse_starttls:
            self.say("454 4.7.0 TLS not available due to temporary reason")
            return
        self.say("220 2.0.0 go ahead")
        self.flush()
        self.secure()

    def on_auth(self, line: str) -> None:
        words = line.split()
        if words[1] in BEARER:
            self.take_bearer(words[1], words[2] if len(words) > 2 else None)
            return
        if words[1] != "PLAIN":
            self.log("violation", f"AUTH {words[1]}")
            self.say("504 5.5.4 not that one")
            return
        secret = words[2] if len(words) > 2 else None
        if secret is None:
            self.say("334 ")
            secret = self.line()
        good = base64.b64decode(secret) == b"\0user\0canary-password"
        self.log("auth", "secure" if self.is_secure else "clear")
        self.say("235 2.7.0 ok" if good and self.options.auth == "take" else "535 5.7.8 no")

    def take_bearer(self, mechanism: str, message: str | None) -> None:
        if message is None:
            self.say("334 ")
            message = self.line()
        parts = BEARER[mechanism].fullmatch(base64.b64decode(message, validate=True))
        if parts is None:
            self.log("violation", f"no {mechanism} message")
            self.say("501 5.5.2 what?")
            return
        self.log("bearer", f"{mechanism} {parts[1].decode()} {parts[2].decode()}")
        self.log("auth", "secure" if self.is_secure else "clear")
        if self.options.auth == "take":
            self.say("235 2.7.0 ok")
            return
        if mechanism == "OAUTHBEARER" or self.options.auth == "challenge":  # RFC 7628 §3.2.3: why, the client says that it has heard, then the code
            self.say("334 " + base64.b64encode(b'{"status":"invalid_token"}').decode())
            self.line()
        self.say("535 5.7.8 no")

    def on_mail(self, line: str) -> None:
        if not self.is_secure:
            self.log("clear")
        if self.recipient.startswith(("last-", "final-")):
            if self.recipient.startswith("last-"):
                self.say("421 4.4.2 no more")
                self.flush()
            raise Gone
        if self.options.mails_per_session is not None and self.accepted == self.options.mails_per_session:
            self.say("421 4.7.0 too many messages in this connection")
            self.flush()
            raise Gone
        if self.mail_is_open:
            self.say("503 5.5.1 nested MAIL")
            return
        self.mail_is_open = True
        self.recipient = ""
        self.say("250 2.1.0 ok")

    def on_rcpt(self, line: str) -> None:
        address = line[line.index("<") + 1 : line.index(">")]
        if address.startswith("refuse-"):
            self.say("550 5.1.1 unknown")
        elif address.startswith("close-"):
            self.say("421 4.3.2 closing")
            self.flush()
            raise Gone
        else:
            self.recipient = address
            self.say("250 2.1.5 ok")

    def on_data(self, line: str) -> None:
        if not self.recipient:
            self.say("554 5.5.1 no valid recipients")
            return
        if self.buffer:
            self.log("violation", "DATA is not the last of its group")
        if self.recipient.startswith("held-"):
            self.wait_for_go()
        self.say("354 go")
        if self.recipient.startswith("stall-"):
            self.fill()
            threading.Event().wait()
        size = 0
        while (text := self.line()) != ".":
            size += len(text) + 2
        self.log("mail", f"{self.recipient} {size}")
        self.mail_is_open = False
        kind = self.recipient.split("-")[0]
        if kind == "drop":
            raise Gone
        if kind == "silent":
            threading.Event().wait()
        if kind == "late":
            time.sleep(1)
            self.say("554 5.6.0 late")
            return
        if kind == "after":
            self.wait_for_go()
        if kind == "slow":
            time.sleep(0.02)
        self.accepted += 1
        self.say("250 2.0.0 queued")

    def wait_for_go(self) -> None:
        while not os.path.exists(self.options.log + ".go"):
            time.sleep(0.01)

    def on_rset(self, line: str) -> None:
        self.mail_is_open = False
        self.say("250 2.0.0 ok")

    def on_quit(self, line: str) -> None:
        self.log("quit")
        self.say("221 2.0.0 bye")
        self.flush()
        raise Gone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", required=True)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--smtps", action="store_true")
    parser.add_argument("--refuse-starttls", action="store_true", help="offer it, and say 454")
    parser.add_argument("--mute", action="store_true", help="accept, and never greet")
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--auth", choices=["none", "take", "refuse", "challenge"], default="none")
    parser.add_argument("--mechanisms", default="PLAIN LOGIN")
    parser.add_argument("--idle-ms", type=int, default=0)
    parser.add_argument("--mails-per-session", type=int, help="421 to the MAIL after so many")
    parser.add_argument("--most-connections", type=int, default=1000)
    Server(parser.parse_args()).serve()


if __name__ == "__main__":
    sys.exit(main())
