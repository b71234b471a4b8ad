# SPDX-License-Identifier: Apache-2.0
"""Asks check_lines, the validator as a program."""

import json
import subprocess
from typing import Any

Answer = dict[str, Any]


def ask(program: str, questions: list[tuple[Any, list[Any]]]) -> list[Answer]:
    """One answer for each (schema, instances)."""
    lines = "".join(json.dumps({"schema": schema, "instances": instances}) + "\n" for schema, instances in questions)
    done = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    if len(answers) != len(questions):
        raise RuntimeError(f"{len(questions)} questions, {len(answers)} answers")
    return answers
