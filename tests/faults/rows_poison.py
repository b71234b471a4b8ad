# SPDX-License-Identifier: Apache-2.0
"""Events that can never become a mail."""

from __future__ import annotations

import json
from typing import Any

from notify_testing.events import STRUCTURED, binary, event, mail_event, mail_events, structured
from notify_testing.kafka import Record

from dead_letters import dead_letter_problems, original_position
from fault_row import Result, Run, row


def requested(name: str, **changes: object) -> dict[str, Any]:
    """A good event's document, to be spoiled: members of the data by their name, attributes as ce_name."""
    document: dict[str, Any] = mail_event(name, "k", f"{name}@example.org").json()
    for change, value in changes.items():
        place, member = (document, change[3:]) if change.startswith("ce_") else (document["data"], change)
        if value is None:
            place.pop(member)
        else:
            place[member] = value
    return document


def raw(key: str, value: bytes | None, headers: bool = True) -> Record:
    return Record(value, key.encode(), [STRUCTURED, ("x-kept", b"\x00\xff")] if headers else [])


RECIPIENTS = {
    "no address": "not an address",
    "line break": "a@example.org\r\nRCPT TO:<injected@example.org>",
    "encoded line break": "a%0d%0aRCPT TO:<injected@example.org>",
    "NUL in the address": "a\u0000@example.org",
    "line separator": "a\u2028b@example.org",
    "two addresses": "a@example.org,injected@example.org",
    "in brackets": "<injected@example.org>",
    "too long": "a" * 300 + "@example.org",
    "no domain": "ada@",
    "a number": 7,
    "empty": "",
    "missing": None,
}


def no_events(key: str) -> dict[str, Record]:
    """Values that cannot be read as an event."""
    good = json.dumps(requested("good")).encode()
    deep = "[" * 100_000 + "]" * 100_000
    without_id = binary(key, requested("binary"))
    without_id.headers = [header for header in without_id.headers if header[0] != "ce_id"]
    return {
        "bad JSON": raw(key, b"{"),
        "truncated JSON": raw(key, good[:-20]),
        "JSON followed by more": raw(key, good + b"}"),
        "invalid UTF-8": raw(key, good.replace(b"Hello.", b"\xc3\x28")),
        "NUL in the JSON": raw(key, good.replace(b"Hello.", b"\x00")),
        "nesting bomb": raw(key, good.replace(b'"Hello."', deep.encode())),
        "empty value": raw(key, b""),
        "no value": raw(key, None),
        "no event": raw(key, b'{"hello": 1}'),
        "array": raw(key, b"[]"),
        "neither structured nor binary": raw(key, b"hello", headers=False),
        "binary without id": without_id,
        "huge and broken": raw(key, b'{"id":"huge","data":"' + b"x" * 1_000_000),
    }


def bad_events(key: str) -> dict[str, Record]:
    """Events whose attributes or data are not as they must be."""
    documents = {
        **{f"recipient: {name}": requested(name, recipient=value) for name, value in RECIPIENTS.items()},
        "other specversion": requested("v", ce_specversion="0.3"),
        "no id": requested("i", ce_id=None),
        "empty id": requested("i", ce_id=""),
        "no source": requested("s", ce_source=None),
        "no type": requested("t", ce_type=None),
        "data is no object": requested("d", ce_data="text"),
        "no such template": requested("unknown", template="no-such-template"),
        "template outside its folder": requested("outside", template="../templates/notification"),
        "no template": requested("none", template=None),
    }
    return {name: structured(key, document) for name, document in documents.items()}


def poison(key: str) -> dict[str, Record]:
    return {**no_events(key), **bad_events(key)}


def interleaved(good: list[Record], bad: list[Record]) -> list[Record]:
    """Bad ones from the first record on: one before each thirty good ones, and what is left of them at the end."""
    mixed: list[Record] = []
    waiting = list(bad)
    for index, record in enumerate(good):
        if index % 30 == 0 and waiting:
            mixed.append(waiting.pop(0))
        mixed.append(record)
    return mixed + waiting


def expect_exact_dead_letters(run: Run, published: list[Record], bad: dict[str, Record]) -> int:
    """Each bad record is there once, whole, and nothing else is. How many bad ones are there."""
    dead = run.dead_letters()
    for problem in dead_letter_problems(published, dead, run.group):
        run.expect(False, problem)
    expected = {(each.topic, each.partition, each.offset): name for name, each in bad.items()}
    found = [original_position(record) for record in dead]
    names = {position: expected.get(position, f"a good event at {position}") for position in found}
    missing = [name for position, name in expected.items() if position not in found]
    surplus = [names[each] for each in found if each not in expected]
    run.expect(not missing, f"not in the DLQ: {missing}")
    run.expect(not surplus, f"in the DLQ: {surplus}")
    run.expect(len(found) == len(set(found)), "dead letters are there twice")
    sentences = [record.text_header("kafka_dlt-exception-message") for record in dead]
    reasons = [f"{names[position]}: {sentence}" for position, sentence in zip(found, sentences)]
    (run.folder / "reasons.txt").write_text("\n".join(sorted(reasons)) + "\n")
    run.say(f"{len(dead)} dead letters, {len(set(sentences))} different sentences")
    return len(set(found) & set(expected))


@row(27, "poison events")
def poison_events(run: Run) -> Result:
    run.create_topics()
    good = mail_events(run.name, 2000, keys=99)
    big = mail_event(f"{run.name}-big", f"{run.name}-key-1", "big@example.org", "Long enough. " * 20_000)
    other_mode = binary(f"{run.name}-key-2", mail_event(f"{run.name}-binary", "k", "binary@example.org").json())
    skipped = [structured("key", event(f"skipped-{n}", {}, event_type="com.example.unknown.v1")) for n in range(20)]
    other_key = {f"{name} (other key)": each for name, each in poison(f"{run.name}-key-3").items()}
    bad = {**poison(f"{run.name}-key-0"), **other_key}
    *between, last = bad.values()
    published = [*interleaved(good, between), big, other_mode, *skipped, last]
    run.publish(published).wait()
    run.start_workers(2)
    run.wait_settled(len(good) + 2 + len(bad))
    run.expect(all(worker.running for worker in run.workers), "a worker ended")
    run.stop_workers()
    dead = expect_exact_dead_letters(run, published, bad)
    injected = [attempt.recipient for attempt in run.smtp.attempts if "injected" in attempt.recipient]
    run.expect(not injected, f"an injected recipient was tried: {injected}")

    # A binary record's value is the data alone: its document is put together again for the account.
    document = requested(f"{run.name}-binary", recipient="binary@example.org")
    whole = Record(json.dumps(document).encode(), other_mode.key, offset=other_mode.offset)
    result = run.conclude([*good, big, whole], 0, bound="dup 0, DLQ exact")
    result.account.accepted += len(bad)
    result.account.dead_lettered = dead
    return result
