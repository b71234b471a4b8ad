# SPDX-License-Identifier: Apache-2.0
"""What a dead-letter record must keep of the original, and tell about it."""

from __future__ import annotations

from typing import Iterator, Sequence

from notify_testing.kafka import Record


def original_position(dead: Record) -> tuple[str, int, int]:
    """By Spring's headers: partition in 4 bytes, offset in 8, big-endian."""
    return (
        dead.text_header("kafka_dlt-original-topic"),
        dead.number_header("kafka_dlt-original-partition"),
        dead.number_header("kafka_dlt-original-offset"),
    )


def dead_letter_problems(originals: Sequence[Record], dead: Sequence[Record], group: str) -> Iterator[str]:
    by_position = {(record.topic, record.partition, record.offset): record for record in originals}
    for record in dead:
        where = f"dead letter {record.partition}/{record.offset}"
        original = by_position.get(original_position(record))
        if original is None:
            yield f"{where}: no original at {original_position(record)}"
            continue
        if (record.key, record.value) != (original.key, original.value):
            yield f"{where}: key or value differ from the original's at offset {original.offset}"
        missing = [name for name, value in original.headers if (name, value) not in record.headers]
        if missing:
            yield f"{where}: the original's headers {missing} are gone"
        widths = [
            len(record.header(f"kafka_dlt-original-{name}") or b"") for name in ("partition", "offset", "timestamp")
        ]
        if widths != [4, 8, 8]:
            yield f"{where}: partition, offset and timestamp take {widths} bytes, not [4, 8, 8]"
        if record.text_header("kafka_dlt-original-consumer-group") != group:
            yield f"{where}: consumer group {record.text_header('kafka_dlt-original-consumer-group')!r}"
        for name in (
            "kafka_dlt-original-timestamp-type",
            "kafka_dlt-exception-fqcn",
            "kafka_dlt-exception-message",
            "notify-reason",
        ):
            if not record.header(name):
                yield f"{where}: no {name}"
