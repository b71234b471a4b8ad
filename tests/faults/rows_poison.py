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


def poison(key: str) -> dict[str, Record]:
    good = json.dumps(requested("good")).encode()
    deep = "[" * 100_000 + "]" * 100_000
    recipients = {
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
    named = {
        f"recipient: {name}": structured(key, requested(name, recipient=value))
        for name, value in recipients.items()
    }
    incomplete = binary(key, requested("binary"))
    incomplete.headers = [header for header in incomplete.headers if header[0] != "ce_id"]
    named.update(
        {
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
            "binary without id": incomplete,
            "huge and broken": raw(key, b'{"id":"huge","data":"' + b"x" * 1_000_000),
            "other specversion": structured(key, requested("v", ce_specversion="0.3")),
            "no id": structured(key, requested("i", ce_id=None)),
            "empty id": structured(key, requested("i", ce_id="")),
            "no source": structured(key, requested("s", ce_source=None)),
            "no type": structured(key, requested("t", ce_type=None)),
            "data is no object": structured(key, requested("d", ce_data="text")),
            "no such template": structured(key, requested("unknown", template="no-such-template")),
            "template outside its folder": structured(key, requested("outside", template="../templates/notification")),
            "no template": structured(key, requested("none", template=None)),
        }
    )
    return named


@row(27, "poison events")
def poison_events(run: Run) -> Result:
    run.create_topics()
    good = mail_events(run.name, 2000, keys=99)
    big = mail_event(f"{run.name}-big", f"{run.name}-key-1", "big@example.org", "Long enough. " * 20_000)
    other_mode = binary(f"{run.name}-key-2", mail_event(f"{run.name}-binary", "k", "binary@example.org").json())
    skipped = [
        structured("key", event(f"skipped-{n}", {}, event_type="com.example.unknown.v1")) for n in range(20)
    ]
    bad = poison(f"{run.name}-key-0") | {
        f"{name} (other key)": each for name, each in poison(f"{run.name}-key-3").items()
    }
    # Poison from the first record on, then one after each thirty good ones, and at the end.
    mixed: list[Record] = []
    bad_list = list(bad.values())
    for index, record in enumerate(good):
        if index % 30 == 0 and bad_list:
            mixed.append(bad_list.pop(0))
        mixed.append(record)
    mixed += [big, other_mode, *skipped, *bad_list]
    run.publish(mixed).wait()
    run.start_workers(2)
    expected_dead = {(each.topic, each.partition, each.offset): name for name, each in bad.items()}
    run.wait_settled(len(good) + 2 + len(bad))
    run.expect(all(worker.running for worker in run.workers), "a worker ended")
    run.stop_workers()

    dead = run.dead_letters()
    for problem in dead_letter_problems(mixed, dead, run.group):
        run.expect(False, problem)
    found = [original_position(record) for record in dead]
    names = {position: expected_dead.get(position, f"a good event at {position}") for position in found}
    missing = [name for position, name in expected_dead.items() if position not in found]
    run.expect(not missing, f"not in the DLQ: {missing}")
    run.expect(
        set(found) <= set(expected_dead),
        f"in the DLQ: {[names[each] for each in found if each not in expected_dead]}",
    )
    run.expect(len(found) == len(set(found)), "dead letters are there twice")
    reasons = [
        f"{names[original_position(record)]}: {record.text_header('kafka_dlt-exception-message')}"
        for record in dead
    ]
    (run.folder / "reasons.txt").write_text("\n".join(sorted(reasons)) + "\n")
    run.say(
        f"{len(dead)} dead letters, {len({reason.partition(': ')[2] for reason in reasons})} different sentences"
    )
    injected = [attempt.recipient for attempt in run.smtp.attempts if "injected" in attempt.recipient]
    run.expect(not injected, f"an injected recipient was tried: {injected}")

    # A binary record's value is the data alone: its document is put together again for the account.
    whole = Record(
        json.dumps(requested(f"{run.name}-binary", recipient="binary@example.org")).encode(), other_mode.key
    )
    whole.offset = other_mode.offset
    result = run.conclude([*good, big, whole], 0, bound="dup 0, DLQ exact")
    result.account.accepted += len(bad)
    result.account.dead_lettered = len(set(found) & set(expected_dead))
    return result
