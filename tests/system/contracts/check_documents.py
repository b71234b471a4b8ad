# SPDX-License-Identifier: Apache-2.0
"""The contracts on paper, without a service: every schema and its examples, every reference of the OpenAPI and AsyncAPI documents.

usage: check_documents.py SCHEMAS TOPICS. Says what it found, and ends with 1 if something is wrong.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any, Iterator

import jsonschema
import yaml

Checker = jsonschema.Draft202012Validator.FORMAT_CHECKER


class Documents:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.loaded: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        if name not in self.loaded:
            text = (self.folder / name).read_text()
            self.loaded[name] = yaml.safe_load(text) if name.endswith(".yaml") else json.loads(text)
        return self.loaded[name]

    def resolve(self, name: str, reference: str) -> Any:
        """What a reference in this document stands for."""
        file, _, pointer = reference.partition("#")
        found = self.load(file or name)
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def check_schema(documents: Documents, name: str) -> int:
    schema = documents.load(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://example.com/schemas/{name}", name
    validator = jsonschema.Draft202012Validator(schema, format_checker=Checker)
    assert schema["examples"], f"{name} has no example"
    for example in schema["examples"]:
        validator.validate(example)
    return len(schema["examples"])


def check_asyncapi(documents: Documents, topics: list[str], types: set[str]) -> None:
    document = documents.load("asyncapi.yaml")
    assert document["asyncapi"] == "3.0.0"
    addresses = set()
    for channel in document["channels"].values():
        delays = channel.get("parameters", {}).get("delay", {}).get("enum", [""])
        addresses |= {channel["address"].replace("{delay}", delay) for delay in delays}
    assert addresses == set(topics), f"topics and channels differ: {addresses ^ set(topics)}"
    messages = document["components"]["messages"]
    assert {message["name"] for message in messages.values() if "traits" in message} == types
    told = {ref for channel in document["channels"].values() for ref in references(channel.get("messages", {}))}
    assert told == {f"#/components/messages/{name}" for name in messages}, "a message without a channel"
    for name, operation in document["operations"].items():
        assert operation["action"] in ("send", "receive"), name
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"], name
    for message in messages.values():
        if "traits" not in message:
            continue
        parts = message["payload"]["allOf"]
        properties = parts[1]["properties"]
        assert properties["type"]["const"] == message["name"]
        assert properties["data"]["$ref"] == f"{message['name']}.json"
        check_envelope(documents, message, parts[0], properties["data"]["$ref"])


def check_envelope(documents: Documents, message: dict[str, Any], envelope: dict[str, Any], data: str) -> None:
    """An event around the data schema's own example is as the message says."""
    schema = documents.resolve("asyncapi.yaml", envelope["$ref"])
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/tests",
        "type": message["name"],
        "data": documents.load(data)["examples"][0],
    }
    jsonschema.Draft202012Validator(schema, format_checker=Checker).validate(event)


def main() -> int:
    folder, topics_file = map(pathlib.Path, sys.argv[1:])
    documents = Documents(folder)
    schemas = sorted(path.name for path in folder.glob("*.json"))
    examples = sum(check_schema(documents, name) for name in schemas)
    count = 0
    for name in (*schemas, "openapi.yaml", "asyncapi.yaml"):
        for reference in references(documents.load(name)):
            documents.resolve(name, reference)
            count += 1
    topics = [topic["name"] for topic in json.loads(topics_file.read_text())["topics"]]
    check_asyncapi(documents, topics, {name.removesuffix(".json") for name in schemas})
    print(f"{len(schemas)} schemas, {examples} examples, {count} references")
    return 0


if __name__ == "__main__":
    sys.exit(main())
