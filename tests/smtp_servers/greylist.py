# SPDX-License-Identifier: Apache-2.0
"""A greylisting service: a recipient's first attempt is put off, later ones are not.

It speaks Postfix's policy protocol (lines NAME=VALUE, an empty line, the answer "action=…"); Exim asks it by ${readsocket}.
"""

from __future__ import annotations

import socketserver
import threading

PUT_OFF = "defer_if_permit 4.2.0 Greylisted, come again"


class Asked(socketserver.StreamRequestHandler):
    server: "Greylist"

    def handle(self) -> None:
        recipient = ""
        for line in self.rfile:
            name, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition("=")
            if name == "recipient":
                recipient = value
            elif not name:
                self.wfile.write(f"action={self.server.judge(recipient)}\n\n".encode())


class Greylist(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.port = int(self.server_address[1])
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    def judge(self, recipient: str) -> str:
        with self._lock:
            if not recipient.startswith("grey-") or recipient in self._seen:
                return "dunno"
            self._seen.add(recipient)
            return PUT_OFF

    def __enter__(self) -> "Greylist":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self.server_close()
