# SPDX-License-Identifier: Apache-2.0
"""Events as Kafka records, made here and not by the project's own library: a second reading of CloudEvents."""

from __future__ import annotations

import datetime
import json
from typing import Any, Sequence

from .kafka import Record

REQUESTED = "com.example.notification.requested.v1"
STRUCTURED = ("content-type", b"application/cloudevents+json; charset=UTF-8")


def event(event_id: str, data: dict[str, Any], *, event_type: str = REQUESTED, subject: str = "s") -> dict[str, Any]:
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/tests",
        "type": event_type,
        "subject": subject,
        "time": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "datacontenttype": "application/json",
        "data": data,
    }


def structured(key: str, document: dict[str, Any]) -> Record:
    return Record(json.dumps(document, ensure_ascii=False).encode(), key.encode(), [STRUCTURED])


def binary(key: str, document: dict[str, Any]) -> Record:
    """CloudEvents' binary mode: attributes as headers, the data as value."""
    attributes = ("id", "source", "type", "subject", "time", "specversion")
    headers: list[tuple[str, bytes | None]] = [(f"ce_{name}", document[name].encode()) for name in attributes]
    headers.append(("content-type", b"application/json"))
    return Record(json.dumps(document["data"], ensure_ascii=False).encode(), key.encode(), headers)


def mail_event(event_id: str, key: str, recipient: str, text: str = "Hello.") -> Record:
    """A notification.requested for the plain template."""
    variables = {"subject": f"Mail {event_id}", "text": text}
    data = {"template": "notification", "recipient": recipient, "locale": "en", "variables": variables}
    return structured(key, event(event_id, data, subject=key))


def mail_events(prefix: str, count: int, keys: int, domain: str = "example.org") -> list[Record]:
    """count mails over so many keys in turn; each has a recipient of its own, so that an attempt tells its event."""
    return [
        mail_event(f"{prefix}-{number:06d}", f"{prefix}-key-{number % keys}", f"{prefix}-{number:06d}@{domain}")
        for number in range(count)
    ]


def mails_of_kinds(prefix: str, kinds: Sequence[str], keys: int) -> list[Record]:
    """A mail of each kind, in this order, whose recipient begins with the kind and a dot, for a scenario's rules to tell
    them apart. With a number of keys that does not divide the kinds' turns, each key has mails of several kinds."""
    records = []
    for number, kind in enumerate(kinds):
        name = f"{prefix}-{number:06d}"
        records.append(mail_event(name, f"key-{number % keys}", f"{kind}.{name}@example.org"))
    return records
