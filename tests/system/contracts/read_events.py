# SPDX-License-Identifier: Apache-2.0
"""Records from standard input, a JSON object a line, read by the CloudEvents SDK and held against the schemas.

usage: read_events.py SCHEMAS. Prints the attributes and the data of each; ends with 1 at the first that is not as it should be.
"""

from __future__ import annotations

import base64
import json
import pathlib
import sys
from typing import Any

import jsonschema
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event


def read(line: str, schemas: pathlib.Path) -> dict[str, Any]:
    record = json.loads(line)
    headers = {name: base64.b64decode(value) for name, value in record["headers"]}
    key, value = base64.b64decode(record["key"]), base64.b64decode(record["value"])
    event = from_structured_event(KafkaMessage(headers=headers, key=key.decode(), value=value))
    content_type = headers["content-type"].decode()
    assert content_type == "application/cloudevents+json; charset=UTF-8", content_type
    assert not [name for name in headers if name.startswith("ce_")], "both modes at once"
    attributes = {name: getattr(event, f"get_{name}")() for name in ("id", "source", "type", "subject")}
    assert event.get_specversion() == "1.0" and event.get_time() is not None
    schema = json.loads((schemas / f"{attributes['type']}.json").read_text())
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(event.get_data())
    return {**attributes, "key": key.decode(), "topic": record["topic"], "data": event.get_data()}


def main() -> int:
    for number, line in enumerate(sys.stdin, 1):
        try:
            print(json.dumps(read(line, pathlib.Path(sys.argv[1]))))
        except Exception as error:  # whatever the SDK or the validator says is the finding
            print(f"record {number}: {type(error).__name__}: {error}\n{line[:2000]}", file=sys.stderr)
            return 1
    return 0


sys.exit(main())
