# SPDX-License-Identifier: Apache-2.0
"""The mailbox from outside: mails go in by SMTP, and come out by HTTP."""

import json
import re
import smtplib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).resolve().parent.parent / "notify-mailbox"


class Mailbox:
    def __init__(self, *options: str) -> None:
        command = [sys.executable, str(PROGRAM), "--smtp-port", "0", "--http-port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        first_line = self.process.stdout.readline()
        addresses = re.fullmatch(r"smtp://127\.0\.0\.1:(\d+) (http://127\.0\.0\.1:\d+)/\n", first_line)
        assert addresses, "the addresses are the first line of its output"
        self.smtp_port = int(addresses[1])
        self.url = addresses[2]

    def send(self, sender: str, recipients: list[str], raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as client:
            client.sendmail(sender, recipients, raw, mail_options=["SMTPUTF8"] if not raw.isascii() else [])

    def fetch(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, Any, bytes]:
        request = urllib.request.Request(self.url + path, method=method, data=body)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def json(self, path: str) -> Any:
        status, _, body = self.fetch(path)
        assert status == 200, body
        return json.loads(body)

    def subjects(self, query: str) -> list[str]:
        found = self.json("/api/v1/search?query=" + urllib.parse.quote(query))
        return [mail["Subject"] for mail in found["messages"]]

    def close(self) -> int:
        self.process.terminate()
        status = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture
def open_mailbox() -> Iterator[Callable[..., Mailbox]]:
    opened: list[Mailbox] = []

    def start(*options: str) -> Mailbox:
        opened.append(Mailbox(*options))
        return opened[-1]

    yield start
    assert [mailbox.close() for mailbox in opened] == [0] * len(opened)


def mail(recipient: str, subject: str, text: str = "Hello", html: str | None = None) -> bytes:
    message = EmailMessage()
    message["From"] = "The Shop <shop@example.org>"
    message["To"] = recipient
    message["Subject"] = subject
    message["Message-ID"] = f"<{abs(hash(subject))}@example.org>"
    message["Date"] = "Sat, 21 Nov 2026 08:00:00 +0100"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def test_mail_is_listed_with_the_names_mailpit_uses(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    raw = mail('"Lovelace, Ada" <ada@example.org>', "Grüße", html="<b>Hi</b>")
    mailbox.send("bounce@example.org", ["ada@example.org"], raw)

    listing = mailbox.json("/api/v1/messages")
    listed = listing["messages"][0]
    assert (listing["total"], listing["unread"], listing["count"], listing["messages_count"]) == (1, 1, 1, 1)
    assert listed["From"] == {"Name": "The Shop", "Address": "shop@example.org"}
    assert listed["To"] == [{"Name": "Lovelace, Ada", "Address": "ada@example.org"}]
    assert (listed["Subject"], listed["Snippet"], listed["Read"], listed["Bcc"]) == ("Grüße", "Hello", False, [])

    whole = mailbox.json(f"/api/v1/message/{listed['ID']}")
    assert (whole["Text"].strip(), whole["HTML"].strip()) == ("Hello", "<b>Hi</b>")
    assert whole["ReturnPath"] == "bounce@example.org"
    assert whole["Date"] == "2026-11-21T08:00:00+01:00"
    assert mailbox.json("/api/v1/message/latest")["ID"] == listed["ID"]
    assert mailbox.json("/api/v1/messages")["unread"] == 0


def test_source_keeps_every_octet(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    raw = b"Subject: dots\r\n\r\n.\r\n..two\r\n\xff\xfe\r\nend\r\n"
    mailbox.send("a@example.org", ["b@example.org"], raw)
    assert mailbox.fetch("/api/v1/message/latest/raw")[2] == raw


def test_envelope_recipient_that_no_header_names_is_a_bcc(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    mailbox.send("a@example.org", ["hidden@example.org"], mail("open@example.org", "x"))
    assert mailbox.json("/api/v1/message/latest")["Bcc"] == [{"Name": "", "Address": "hidden@example.org"}]
    assert mailbox.subjects("to:hidden@example.org") == ["x"]


def test_search_joins_its_terms(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    mailbox.send("a@example.org", ["ada@example.org"], mail("ada@example.org", "first order"))
    mailbox.send("a@example.org", ["ada@example.org"], mail("ada@example.org", "second order"))
    mailbox.send("a@example.org", ["grace@example.org"], mail("grace@example.org", "first order"))

    assert mailbox.subjects("to:ada@example.org") == ["second order", "first order"]
    assert mailbox.subjects("to:ADA@example.org subject:first") == ["first order"]
    assert mailbox.subjects('"second order"') == ["second order"]
    assert mailbox.subjects('"half open') == []
    assert mailbox.fetch("/api/v1/search")[0] == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"Subject: =?nonsense?q?x?=\r\n\r\nx",
        b"Content-Type: text/html; charset=nonsense\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Date: not a date\r\nTo: <<>>,,;\r\nFrom:\r\n\r\n",
        b"Subject: \xc3\xa4\xff\r\n\r\n",
    ],
)
def test_broken_mail_can_be_looked_at(open_mailbox: Callable[..., Mailbox], raw: bytes) -> None:
    mailbox = open_mailbox()
    mailbox.send("a@example.org", ["b@example.org"], raw)
    assert mailbox.json("/api/v1/messages")["messages"][0]["Bcc"] == [{"Name": "", "Address": "b@example.org"}]
    for path in ("/api/v1/search?query=b", "/api/v1/message/latest", "/api/v1/message/latest/headers"):
        assert mailbox.fetch(path)[0] == 200, path
    for path in ("/api/v1/message/latest/raw", "/view/latest.html", "/view/latest.txt"):
        assert mailbox.fetch(path)[0] == 200, path


def test_html_of_a_mail_can_run_and_load_nothing(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    html = "<head></head><a href='https://example.org'>x</a>"
    mailbox.send("a@example.org", ["b@example.org"], mail("b@example.org", "x", html=html))
    _, headers, body = mailbox.fetch("/view/latest.html")
    policy = [part.strip() for part in headers["Content-Security-Policy"].split(";")]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not any(part.startswith("script-src") for part in policy)
    assert b'<head><base target="_blank">' in body


def test_last_mails_are_kept_and_older_ones_go(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox("--keep", "3")
    for number in range(5):
        mailbox.send("a@example.org", ["b@example.org"], mail("b@example.org", f"mail {number}"))
    assert mailbox.subjects("mail") == ["mail 4", "mail 3", "mail 2"]
    assert mailbox.json("/api/v1/info")["Received"] == 5


def test_mails_beyond_the_bytes_go(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox("--keep-mib", "1")
    for number in range(4):
        mailbox.send("a@example.org", ["b@example.org"], mail("b@example.org", f"mail {number}") + b"x\r\n" * 130_000)
    info = mailbox.json("/api/v1/info")
    assert info["Messages"] == 2
    assert info["Bytes"] <= 1024 * 1024


def test_delete_some_or_all(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    for number in range(3):
        mailbox.send("a@example.org", ["b@example.org"], mail("b@example.org", f"mail {number}"))
    latest = mailbox.json("/api/v1/message/latest")["ID"]
    assert mailbox.fetch("/api/v1/messages", "DELETE", json.dumps({"IDs": [latest]}).encode())[0] == 200
    assert mailbox.subjects("mail") == ["mail 1", "mail 0"]
    assert mailbox.fetch("/api/v1/messages", "DELETE", b"[1]")[0] == 400
    assert mailbox.fetch("/api/v1/messages", "DELETE")[0] == 200
    assert mailbox.json("/api/v1/messages")["total"] == 0
    assert mailbox.fetch("/api/v1/message/latest")[0] == 404


def test_page_and_its_files_are_served(open_mailbox: Callable[..., Mailbox]) -> None:
    mailbox = open_mailbox()
    status, headers, page = mailbox.fetch("/")
    assert status == 200 and "script-src 'self'" in headers["Content-Security-Policy"]
    for path in set(re.findall(r'(?:href|src)="(/[^"]+)"', page.decode())):
        assert mailbox.fetch(path)[0] == 200, path
    assert mailbox.fetch("/../main.py")[0] == 404
    assert mailbox.fetch("/readyz")[2] == b"ok"


def test_port_in_use_is_one_sentence_and_status_78(open_mailbox: Callable[..., Mailbox]) -> None:
    taken = open_mailbox().smtp_port
    command = [sys.executable, str(PROGRAM), "--smtp-port", str(taken), "--http-port", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 78
    assert ended.stderr.count("\n") == 1 and f"127.0.0.1:{taken}" in ended.stderr
