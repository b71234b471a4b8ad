# SPDX-License-Identifier: Apache-2.0
"""What the tests of signup send, and read."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from typing import Callable

from notify_testing.sign_up import SignupClient

GOOD = {"email": "ada@example.org", "name": "Ada"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

Start = Callable[..., SignupClient]  # the fixture `start`


def exchange(port: int, *pieces: bytes, timeout: float = 20, pause: float = 0) -> bytes:
    """What comes back for raw bytes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        received = b""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
        return received
