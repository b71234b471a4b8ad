#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The schemas of this project: each is one for the validator and for python3-jsonschema, and both accept its examples.

check_project.py PROGRAM FOLDER
"""

import json
import sys
from pathlib import Path

import jsonschema

from schema_lines import ask

program, folder = sys.argv[1:]
paths = sorted(Path(folder).glob("*.json"))
documents = [json.loads(path.read_text("utf-8")) for path in paths]
answers = ask(program, [(document, [*document.get("examples", []), None]) for document in documents])
problems = [] if paths else ["no schemas"]
for path, document, answer in zip(paths, documents, answers):
    judge = jsonschema.Draft202012Validator(document, format_checker=jsonschema.FormatChecker())
    judge.check_schema(document)
    if "results" not in answer:
        problems.append(f"{path.name}: {answer}")
        continue
    if not document.get("examples"):
        problems.append(f"{path.name}: no examples")
    *results, of_null = answer["results"]
    for number, (example, result) in enumerate(zip(document["examples"], results)):
        if result is not None:
            problems.append(f"{path.name}: example {number}: {result}")
        problems += [f"{path.name}: example {number}: {error.message}" for error in judge.iter_errors(example)]
    if of_null is None:
        problems.append(f"{path.name}: accepts null, and the data of an event is an object")
print("\n".join(problems) or f"{len(paths)} schemas")
sys.exit(1 if problems else 0)
