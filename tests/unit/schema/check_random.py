#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random schemas and instances, judged by python3-jsonschema as well: both say valid, or both say invalid.

check_random.py PROGRAM [SEED [SCHEMAS]]
"""

import json
import random
import sys
from typing import Any

import jsonschema

from schema_lines import ask

NAMES = ["a", "b", "ab", "x1", "é"]
PATTERNS = ["^a", "b$", "[0-9]", "^.{2}$", "a|é", "^$"]
NUMBERS = [0, 1, 2, 3, -1, 10, 0.5, 1.0, 2.5, 1e3, -0.25]
TYPES = ["null", "boolean", "object", "array", "string", "integer", "number"]


def instance(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(8 if depth < 3 else 5)
    if kind == 0:
        return None
    if kind == 1:
        return rng.random() < 0.5
    if kind == 2:
        return rng.choice(NUMBERS)
    if kind in (3, 4):
        return "".join(rng.choice(["a", "b", "1", "é", " "]) for _ in range(rng.randrange(4)))
    if kind == 5:
        return [instance(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(NAMES): instance(rng, depth + 1) for _ in range(rng.randrange(4))}


def names(rng: random.Random) -> list[str]:
    return rng.sample(NAMES, rng.randrange(3))


def schema(rng: random.Random, depth: int = 0) -> Any:
    """References lead to #/$defs/d only, and from below a property or an item, so that none is endless."""

    def sub() -> Any:
        return schema(rng, depth + 1)

    def deeper() -> Any:
        return {"$ref": "#/$defs/d"} if rng.random() < 0.2 else sub()

    def count() -> int:
        return rng.randrange(4)

    if depth > 3 or rng.random() < 0.1:
        return rng.choice([True, True, False, {"type": rng.choice(TYPES)}])
    keywords = {
        "type": lambda: rng.choice([rng.choice(TYPES), rng.sample(TYPES, 3)]),
        "enum": lambda: [instance(rng, 2) for _ in range(3)],
        "const": lambda: instance(rng, 2),
        "minimum": lambda: rng.choice(NUMBERS),
        "maximum": lambda: rng.choice(NUMBERS),
        "exclusiveMinimum": lambda: rng.choice(NUMBERS),
        "exclusiveMaximum": lambda: rng.choice(NUMBERS),
        # Powers of two: on others jsonschema computes with doubles, and this validator with decimals.
        "multipleOf": lambda: rng.choice([1, 2, 0.5, 0.25, 4.0]),
        "minLength": count,
        "maxLength": count,
        "pattern": lambda: rng.choice(PATTERNS),
        "minItems": count,
        "maxItems": count,
        "uniqueItems": lambda: rng.random() < 0.7,
        "items": deeper,
        "prefixItems": lambda: [deeper() for _ in range(rng.randrange(1, 3))],
        "contains": sub,
        "minContains": count,
        "maxContains": count,
        "minProperties": count,
        "maxProperties": count,
        "required": lambda: names(rng),
        "dependentRequired": lambda: {name: names(rng) for name in names(rng)},
        "properties": lambda: {name: deeper() for name in names(rng)},
        "patternProperties": lambda: {rng.choice(PATTERNS): deeper() for _ in range(2)},
        "additionalProperties": deeper,
        "propertyNames": sub,
        "allOf": lambda: [sub(), sub()],
        "anyOf": lambda: [sub(), sub()],
        "oneOf": lambda: [sub(), sub()],
        "not": sub,
        "if": sub,
        "then": sub,
        "else": sub,
    }
    return {name: keywords[name]() for name in rng.sample(sorted(keywords), rng.randrange(1, 5))}


def main() -> int:
    program = sys.argv[1]
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20_201_2)
    questions = []
    for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 2000):
        document = schema(rng)
        document = {"allOf": [document], "$defs": {"d": schema(rng, 2)}}
        questions.append((document, [instance(rng) for _ in range(8)]))
    counts = {True: 0, False: 0}
    for (document, instances), answer in zip(questions, ask(program, questions)):
        judge = jsonschema.Draft202012Validator(document)
        for value, result in zip(instances, answer["results"]):
            expected = judge.is_valid(value)
            counts[expected] += 1
            if expected != (result is None):
                print(json.dumps({"schema": document, "instance": value, "expected": expected, "got": result}))
                return 1
    print(f"{counts[True]} valid and {counts[False]} invalid instances, judged the same")
    return 0 if min(counts.values()) > 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
