# SPDX-License-Identifier: Apache-2.0
"""One mail: what came over the wire, and what can be read out of it however broken it is."""

import email
import email.policy
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from functools import cached_property
from typing import Any

SNIPPET_LENGTH = 250


class Mail:
    def __init__(self, mail_id: str, raw: bytes, mail_from: str, recipients: list[str], received: datetime) -> None:
        self.id = mail_id
        self.raw = raw
        self.mail_from = mail_from
        self.recipients = recipients
        self.received = received
        self.read = False

    @cached_property
    def summary(self) -> dict[str, Any]:
        """As Mailpit lists it."""
        message = self._parse()
        in_headers = {a["Address"].lower() for name in ("To", "Cc", "Bcc") for a in addresses(message, name)}
        blind = [{"Name": "", "Address": r} for r in self.recipients if r.lower() not in in_headers]
        senders = addresses(message, "From") or [{"Name": "", "Address": self.mail_from}]
        text = " ".join(part_text(message, "plain").split())
        return {
            "ID": self.id,
            "MessageID": header(message, "Message-ID").strip("<> "),
            "From": senders[0],
            "To": addresses(message, "To"),
            "Cc": addresses(message, "Cc"),
            "Bcc": addresses(message, "Bcc") + blind,
            "ReplyTo": addresses(message, "Reply-To"),
            "Subject": header(message, "Subject"),
            "Created": rfc3339(self.received),
            "Username": "",
            "Tags": [],
            "Size": len(self.raw),
            "Attachments": len(attachments(message)),
            "Snippet": text[:SNIPPET_LENGTH],
        }

    def listed(self) -> dict[str, Any]:
        return {**self.summary, "Read": self.read}

    def details(self) -> dict[str, Any]:
        message = self._parse()
        whole = {key: self.summary[key] for key in self.summary if key not in ("Created", "Snippet", "Attachments")}
        return {
            **whole,
            "ReturnPath": self.mail_from,
            "Date": date(message) or self.summary["Created"],
            "Text": part_text(message, "plain"),
            "HTML": part_text(message, "html"),
            "Inline": [],
            "Attachments": attachments(message),
        }

    def headers(self) -> dict[str, list[str]]:
        message = self._parse()
        found: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            found.setdefault(name, []).append(decoded(as_utf8(value)))
        return found

    def html(self) -> str:
        return part_text(self._parse(), "html")

    def text(self) -> str:
        return part_text(self._parse(), "plain")

    def searchable(self, field: str) -> str:
        return self._searchable[field]

    @cached_property
    def _searchable(self) -> dict[str, str]:
        summary = self.summary
        people = [f"{a['Name']} {a['Address']}" for key in ("To", "Cc", "Bcc") for a in summary[key]]
        fields = {
            "to": " ".join([*people, *self.recipients]),
            "from": f"{summary['From']['Name']} {summary['From']['Address']} {self.mail_from}",
            "subject": summary["Subject"],
            "message-id": summary["MessageID"],
        }
        fields["all"] = " ".join([*fields.values(), summary["Snippet"]])
        return {name: value.lower() for name, value in fields.items()}

    def _parse(self) -> Message:
        # compat32 keeps a broken header as it is where the newer policies raise.
        return email.message_from_bytes(self.raw, policy=email.policy.compat32)


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def raw_values(message: Message, name: str) -> list[str]:
    return [as_utf8(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def as_utf8(value: object) -> str:
    """The parser hands on octets above 127 as surrogates; in a header they are UTF-8 (RFC 6532) or nothing."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def decoded(text: str) -> str:
    try:
        text = str(make_header(decode_header(text)))
    except (LookupError, ValueError, UnicodeError, email.errors.HeaderParseError):
        pass
    return as_utf8(" ".join(text.split()))


def header(message: Message, name: str) -> str:
    return decoded(next(iter(raw_values(message, name)), ""))


def addresses(message: Message, name: str) -> list[dict[str, str]]:
    # Taken apart before the words are decoded: a decoded name may hold a comma.
    found = getaddresses(raw_values(message, name))
    return [{"Name": decoded(person), "Address": address} for person, address in found if address]


def date(message: Message) -> str | None:
    try:
        return parsedate_to_datetime(header(message, "Date")).isoformat()
    except (TypeError, ValueError, IndexError):
        return None


def is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def part_text(message: Message, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() != f"text/{kind}" or is_attachment(part):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        try:
            return payload.decode(part.get_content_charset("utf-8"), "replace")
        except LookupError:
            return payload.decode("utf-8", "replace")
    return ""


def attachments(message: Message) -> list[dict[str, Any]]:
    return [
        {
            "PartID": str(number),
            "FileName": decoded(part.get_filename() or ""),
            "ContentType": part.get_content_type(),
            "ContentID": str(part.get("Content-ID") or "").strip("<>"),
            "Size": len(part.get_payload(decode=True) or b""),
        }
        for number, part in enumerate(message.walk())
        if is_attachment(part)
    ]
