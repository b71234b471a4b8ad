# SPDX-License-Identifier: Apache-2.0
"""What a commit may say while replies come in another order than the records stand in."""

from __future__ import annotations

import base64
import random
from typing import Iterator, Sequence

from notify_testing.events import mail_event
from notify_testing.kafka import PartitionState, Record
from notify_testing.scenario import Rule, Scenario

from fault_row import MAX_IN_FLIGHT, Result, Run, row, some

# Seconds that the reply to a mail takes, and the share of the mails that get it.
PACES = {"fast": (0.005, 0.86), "slow": (0.1, 0.1), "slower": (0.5, 0.03), "slowest": (2.5, 0.01)}
LOOKS = 6  # at the commits, before the kill and after it


@row(28, "replies out of order across sessions")
def replies_out_of_order(run: Run) -> Result:
    run.create_topics()
    run.smtp.scenario = Scenario(
        [Rule("dot", recipient=rf"^{pace}\.", delay=delay) for pace, (delay, _) in PACES.items()]
    )
    choice = random.Random(28)
    shares = [share for _, share in PACES.values()]
    wanted = []
    for number in range(2000):
        name = f"{run.name}-{number:06d}"
        pace = choice.choices(list(PACES), shares)[0]
        wanted.append(mail_event(name, f"key-{number % 499}", f"{pace}.{name}@example.org"))
    records = run.publish(wanted).wait()
    run.start_workers(2)
    watch = CommitWatch(run, records)
    run.wait_for_more_mails(400)
    watch.look(LOOKS)
    run.expect(len(run.smtp.mails) < len(records), "the kill came after the last mail")
    run.workers[0].kill()
    watch.look()
    run.workers[0].start()
    run.wait_for_more_mails(500)
    watch.look(LOOKS)
    run.wait_settled(len(records))
    watch.look()
    watch.conclude()
    run.stop_workers()
    return run.conclude(records, MAX_IN_FLIGHT, bound=f"dup ≤ F = {MAX_IN_FLIGHT}")


class CommitWatch:
    """Holds what the group has committed against what the SMTP server has answered."""

    def __init__(self, run: Run, records: Sequence[Record]) -> None:
        self.run = run
        self.recipients = {
            (record.partition, record.offset): str(record.json()["data"]["recipient"]) for record in records
        }
        self.looks = self.with_gaps = self.overtaken = 0

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self._look()

    def _look(self) -> None:
        states = self.run.cluster.partitions(self.run.group, [self.run.topic])
        # After the commits were read: what they say was answered before.
        answered = {attempt.recipient for attempt in list(self.run.smtp.attempts) if attempt.how == "250"}
        self.looks += 1
        for state in states:
            complete = set(complete_offsets(state))
            early = [offset for offset in complete if self.recipients[state.partition, offset] not in answered]
            self.run.expect(
                not early,
                f"partition {state.partition}: committed, and not answered: offsets {some(sorted(early))}",
            )
            committed = state.committed or 0
            self.with_gaps += any(offset > committed for offset in complete)
            if (state.partition, committed) in self.recipients:
                done = [
                    self.recipients[state.partition, offset] in answered for offset in range(committed, state.high)
                ]
                self.overtaken += not done[0] and any(done)

    def conclude(self) -> None:
        self.run.say(
            f"{self.looks} looks at 4 partitions: {self.overtaken} watermarks held back, {self.with_gaps} with gaps told"
        )
        self.run.expect(
            self.overtaken >= 4, f"only {self.overtaken} watermarks were seen that a slow reply held back"
        )
        self.run.expect(self.with_gaps >= 4, f"only {self.with_gaps} commits told what is complete above them")


def complete_offsets(state: PartitionState) -> Iterator[int]:
    """Those below the committed offset, and those above it that the metadata tells: "1.", the gaps between incomplete
    offsets as LEB128 in base64url, ".", a checksum."""
    if state.committed is None:
        return
    yield from range(state.low, state.committed)
    if not state.metadata:
        return
    version, encoded, _ = state.metadata.split(".")
    assert version == "1", f"metadata of another version: {state.metadata}"
    offset = state.committed
    gap = shift = 0
    for byte in base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)):
        gap |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield from range(offset + 1, offset + gap)
            offset += gap
            gap = shift = 0
    yield offset
