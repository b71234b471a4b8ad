#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON-Schema-Test-Suite, draft 2020-12, against the validator.

check_suite.py PROGRAM LEFT_OUT FOLDER: FOLDER is the suite's draft2020-12. LEFT_OUT has a line for whatever is not done or
done otherwise, with the reason. What is listed and passes, or is listed and not in the suite any more, is a failure
too, so that the list stays true.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schema_lines import Answer, ask


@dataclass
class Test:
    file: str
    group: str
    name: str
    valid: bool
    answer: Answer
    index: int

    @property
    def refusal(self) -> str | None:
        if "unreadable" in self.answer:
            return f"unreadable: {self.answer['unreadable']}"
        return self.answer.get("refused")

    @property
    def passes(self) -> bool:
        return self.refusal is None and (self.answer["results"][self.index] is None) == self.valid

    def __str__(self) -> str:
        got = self.refusal or json.dumps(self.answer["results"][self.index])
        return f"{self.file} | {self.group} | {self.name} | valid: {self.valid}, got: {got}"


@dataclass
class Entry:
    line: int
    optional: bool
    file: str
    refusal: re.Pattern[str] | None
    group: str
    test: str
    covered: list[Test] = field(default_factory=list)

    def covers(self, test: Test) -> bool:
        if self.file not in ("*", test.file):
            return False
        if self.refusal is not None:
            return test.refusal is not None and self.refusal.search(test.refusal) is not None
        return self.group in ("*", test.group) and self.test in ("*", test.name)


def read_left_out(path: Path) -> list[Entry]:
    entries = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.removeprefix("?").split(" | ")
        if len(parts) == 3 and parts[1].startswith("~"):
            entries.append(Entry(number, line[0] == "?", parts[0], re.compile(parts[1][1:]), "", ""))
        elif len(parts) == 4 and all(parts):
            entries.append(Entry(number, line[0] == "?", parts[0], None, parts[1], parts[2]))
        else:
            raise SystemExit(f"{path.name}:{number}: neither FILE | GROUP | TEST | REASON nor FILE | ~EXPRESSION | REASON")
    return entries


def run(program: str, suite: Path) -> list[Test]:
    groups: list[tuple[str, dict[str, Any]]] = [
        (path.relative_to(suite).as_posix().removesuffix(".json"), group)
        for path in sorted(suite.rglob("*.json"))
        for group in json.loads(path.read_text("utf-8"))
    ]
    answers = ask(program, [(group["schema"], [test["data"] for test in group["tests"]]) for _, group in groups])
    return [
        Test(file, group["description"], test["description"], test["valid"], answer, index)
        for (file, group), answer in zip(groups, answers)
        for index, test in enumerate(group["tests"])
    ]


def main() -> int:
    program, left_out_file, suite = sys.argv[1:]
    entries = read_left_out(Path(left_out_file))
    tests = run(program, Path(suite))
    problems = []
    for test in tests:
        covering = [entry for entry in entries if entry.covers(test)]
        for entry in covering:
            entry.covered.append(test)
        if not test.passes and not covering:
            problems.append(str(test))
    for entry in entries:
        where = f"{Path(left_out_file).name}:{entry.line}"
        if not entry.covered and not entry.optional:
            problems.append(f"{where}: there is no such test")
        problems += [f"{where}: it passes, so it is not left out: {test}" for test in entry.covered if test.passes]
    passed = sum(test.passes for test in tests)
    print("\n".join(problems))
    print(f"{passed} tests passed, {len(tests) - passed} failed or are left out, {len(problems)} problems")
    return 1 if problems or passed < 900 else 0


if __name__ == "__main__":
    sys.exit(main())
