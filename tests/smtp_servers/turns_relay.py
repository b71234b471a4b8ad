# SPDX-License-Identifier: Apache-2.0
"""A TCP relay that counts turns: how often the client had to wait for the server before it went on.

One command at a time needs four turns a mail (MAIL, RCPT, DATA, the message); a pipelined session one or two. It sees so much
also of an encrypted session.
"""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Optional

SERVER_TIMEOUT = 10


class Connection:
    def __init__(self) -> None:
        self.turns = 0
        self._client_spoke = False
        self._lock = threading.Lock()

    def spoke(self, client: bool) -> None:
        with self._lock:
            if not client and self._client_spoke:
                self.turns += 1
            self._client_spoke = client


class TurnsRelay:
    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.connections: list[Connection] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    @property
    def turns(self) -> int:
        return sum(connection.turns for connection in self.connections)

    def __enter__(self) -> "TurnsRelay":
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        for each in [self._listener, *self._sockets]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed by its peer already
            each.close()
        self._acceptor.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # the listener was closed
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port), timeout=SERVER_TIMEOUT)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            connection = Connection()
            self.connections.append(connection)
            self._sockets += [client, server]
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target, is_client in ((client, server, True), (server, client, False)):
                words = (source, target, connection, is_client)
                threading.Thread(target=self._pass_on, args=words, daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket, connection: Connection, is_client: bool) -> None:
        try:
            while data := source.recv(65536):
                connection.spoke(is_client)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for each in (source, target):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other thread was faster
