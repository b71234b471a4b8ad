# SPDX-License-Identifier: Apache-2.0
"""The HTTP side: the page, and a JSON API with the paths and names of Mailpit's."""

import json
import re
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .mail import Mail
from .store import Store

PAGE = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/mailbox.css": ("mailbox.css", "text/css; charset=utf-8"),
    "/mailbox.js": ("mailbox.js", "text/javascript; charset=utf-8"),
    "/favicon.svg": ("favicon.svg", "image/svg+xml"),
}
LARGEST_BODY = 1024 * 1024
MOST_CONNECTIONS = 64
# A mail's HTML is a stranger's: no script, no form, nothing loaded from anywhere; links open a page of their own.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox"
)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'"
)


class WebServer:
    def __init__(self, store: Store, host: str, port: int) -> None:
        handler = type("Handler", (Handler,), {"store": store})
        family = {"address_family": socket.AF_INET6} if ":" in host else {}
        self._server = type("Server", (BoundedServer,), family)((host, port), handler)
        self.port = self._server.server_address[1]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="http", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class BoundedServer(ThreadingHTTPServer):
    """A thread a connection, and no more connections than that; one too many is closed."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()


class Handler(BaseHTTPRequestHandler):
    store: Store
    server_version = "notify-mailbox"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:  # noqa: N802 (http.server's name)
        url = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        if url.path in FILES:
            name, content_type = FILES[url.path]
            self.reply((PAGE / name).read_bytes(), content_type, policy=PAGE_POLICY)
            return
        for pattern, answer in GET_ROUTES:
            match = pattern.fullmatch(url.path)
            if match:
                answer(self, query, *match.groups())
                return
        self.problem(HTTPStatus.NOT_FOUND, "there is no such page")

    do_HEAD = do_GET  # reply() leaves the body out

    def do_DELETE(self) -> None:  # noqa: N802
        if urlsplit(self.path).path != "/api/v1/messages":
            self.problem(HTTPStatus.NOT_FOUND, "there is no such page")
            return
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= LARGEST_BODY:
                raise ValueError("the body is too large")
            ids = ids_of(json.loads(self.rfile.read(length) or b"{}"))
        except ValueError as error:
            self.close_connection = True
            self.problem(HTTPStatus.BAD_REQUEST, str(error))
            return
        self.store.delete(ids)
        self.reply(b"ok", "text/plain; charset=utf-8")

    # The answers -----------------------------------------------------------------------------------------------

    def messages(self, query: dict[str, str]) -> None:
        self.listing(self.store.mails(), query)

    def search(self, query: dict[str, str]) -> None:
        if not query.get("query"):
            self.problem(HTTPStatus.BAD_REQUEST, "no search query")
            return
        self.listing(self.store.mails(query["query"]), query)

    def listing(self, mails: list[Mail], query: dict[str, str]) -> None:
        try:
            start, limit = max(0, int(query.get("start", 0))), max(0, int(query.get("limit", 50)))
        except ValueError:
            self.problem(HTTPStatus.BAD_REQUEST, "start and limit are numbers")
            return
        state = self.store.state()
        chosen = mails[start : start + limit]
        self.reply_json(
            {
                "total": state["Messages"],
                "unread": state["Unread"],
                "count": len(chosen),
                "messages_count": len(mails),
                "messages_unread": sum(not mail.read for mail in mails),
                "start": start,
                "tags": [],
                "messages": [mail.listed() for mail in chosen],
            }
        )

    def info(self, query: dict[str, str]) -> None:
        self.reply_json({"Version": "notify-mailbox", **self.store.state()})

    def ready(self, query: dict[str, str]) -> None:
        self.reply(b"ok", "text/plain; charset=utf-8")

    def message(self, query: dict[str, str], mail_id: str) -> None:
        if mail := self.find(mail_id):
            self.store.mark_read(mail)
            self.reply_json(mail.details())

    def message_headers(self, query: dict[str, str], mail_id: str) -> None:
        if mail := self.find(mail_id):
            self.reply_json(mail.headers())

    def message_raw(self, query: dict[str, str], mail_id: str) -> None:
        if mail := self.find(mail_id):
            self.reply(mail.raw, "text/plain; charset=utf-8")

    def view_html(self, query: dict[str, str], mail_id: str) -> None:
        if mail := self.find(mail_id):
            self.reply(open_links_apart(mail.html()).encode(), "text/html; charset=utf-8", policy=MAIL_POLICY)

    def view_text(self, query: dict[str, str], mail_id: str) -> None:
        if mail := self.find(mail_id):
            self.reply(mail.text().encode(), "text/plain; charset=utf-8")

    # The wire --------------------------------------------------------------------------------------------------

    def find(self, mail_id: str) -> Mail | None:
        mail = self.store.get(mail_id)
        if mail is None:
            self.problem(HTTPStatus.NOT_FOUND, "there is no such mail (any more)")
        return mail

    def reply_json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.reply(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), "application/json", status)

    def problem(self, status: HTTPStatus, text: str) -> None:
        self.reply_json({"Error": text}, status)

    def reply(
        self, body: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK, policy: str = "default-src 'none'"
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (http.server's name)
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the browser went away
            self.close_connection = True


GET_ROUTES: list[tuple[re.Pattern[str], Callable[..., None]]] = [
    (re.compile(r"/api/v1/messages"), Handler.messages),
    (re.compile(r"/api/v1/search"), Handler.search),
    (re.compile(r"/api/v1/info"), Handler.info),
    (re.compile(r"/api/v1/message/([^/]+)"), Handler.message),
    (re.compile(r"/api/v1/message/([^/]+)/headers"), Handler.message_headers),
    (re.compile(r"/api/v1/message/([^/]+)/raw"), Handler.message_raw),
    (re.compile(r"/view/([^/]+)\.html"), Handler.view_html),
    (re.compile(r"/view/([^/]+)\.txt"), Handler.view_text),
    (re.compile(r"/readyz|/livez"), Handler.ready),
]


def ids_of(wanted: Any) -> list[str] | None:
    ids = wanted.get("IDs", []) if isinstance(wanted, dict) else None
    if not isinstance(ids, list) or not all(isinstance(mail_id, str) for mail_id in ids):
        raise ValueError('the body is {"IDs": ["…"]}, or nothing for all mails')
    return ids or None


def open_links_apart(html: str) -> str:
    """In a sandboxed frame a link must open a page of its own."""
    base = '<base target="_blank">'
    opened, count = re.subn(r"(<head\b[^>]*>)", rf"\1{base}", html, count=1, flags=re.IGNORECASE)
    return opened if count else base + html
