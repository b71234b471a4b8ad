#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Encoded events, read by Python's JSON, uuid and datetime and held against CloudEvents 1.0's rules as a JSON Schema."""

import datetime
import json
import subprocess
import sys
import time
import uuid

import jsonschema

CLOUD_EVENT = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "type": {"type": "string", "minLength": 1},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
    },
    "propertyNames": {"pattern": "^[a-z0-9]+$"},
}
TEXT = '"\\/\b\f\n\r\t\x1f\x7f \N{LOVE LETTER}'


def unique(pairs: list) -> dict:
    members = dict(pairs)
    assert len(members) == len(pairs), f"duplicate member in {pairs}"
    return members


def main(program: str) -> None:
    before = int(time.time() * 1000)
    lines = subprocess.run([program], check=True, capture_output=True).stdout.decode("utf-8").splitlines()
    after = int(time.time() * 1000)
    previous = ""
    for number, line in enumerate(lines):
        event = json.loads(line, object_pairs_hook=unique)
        jsonschema.validate(event, CLOUD_EVENT)
        identifier = uuid.UUID(event["id"])
        assert str(identifier) == event["id"], event["id"]
        assert identifier.variant == uuid.RFC_4122 and identifier.version == 7, event["id"]
        # The counter may carry into the time by a millisecond for every 2,048 ids.
        assert before <= identifier.int >> 80 <= after + 1, event["id"]
        assert event["id"] > previous, f"{event['id']} after {previous}"
        previous = event["id"]
        told = datetime.datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S.%f%z")
        assert before <= round(told.timestamp() * 1000) <= after, event["time"]
        assert event["subject"] == "user \N{EURO SIGN}"
        assert event["data"] == {
            "recipient": "ada@example.org",
            "variables": {"text": TEXT, "number": number, "even": number % 2 == 0},
        }
    assert len(lines) == 500, len(lines)


if __name__ == "__main__":
    main(sys.argv[1])
