# SPDX-License-Identifier: Apache-2.0
"""The events' JSON Schemas, read by a validator that is not the project's own."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from .processes import REPOSITORY

SCHEMAS = REPOSITORY / "schemas"


def validator(event_type: str) -> jsonschema.Draft202012Validator:
    """Of an event's data. The schema is checked itself first, and formats are not just remarks."""
    schema = json.loads((SCHEMAS / f"{event_type}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def example(event_type: str) -> dict[str, Any]:
    """The schema's own first one, as data for an event."""
    return dict(json.loads((SCHEMAS / f"{event_type}.json").read_text())["examples"][0])
