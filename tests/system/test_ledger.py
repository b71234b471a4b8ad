# SPDX-License-Identifier: Apache-2.0
"""The ledger on runs that are made up, where the answer is plain to see."""

from __future__ import annotations

from notify_testing.events import binary, event, mail_event
from notify_testing.kafka import Record
from notify_testing.ledger import Accepted, accepted_from, event_id_of, overtaken, settle
from notify_testing.smtp_records import Attempt, Mail


def accepted(*names: str) -> list[Accepted]:
    """ "a1" is the first event of key a."""
    return [Accepted(name, name[0], int(name[1:]), f"{name}@example.org") for name in names]


def mail(name: str) -> Mail:
    return Mail(0, 0.0, 1, "", [f"{name}@example.org"], b"", name, f"{name}@mail")


def attempt(name: str, begun: int, ended: int | None, how: str = "250") -> Attempt:
    return Attempt(f"{name}@example.org", 1, begun, ended, how)


def test_everything_once_is_a_clean_account() -> None:
    account = settle(accepted("a1", "a2", "b1"), [mail("a1"), mail("b1"), mail("a2")], [])
    assert (account.accepted, account.delivered, account.dead_lettered) == (3, 3, 0)
    assert not (account.lost or account.duplicates or account.both or account.strange or account.out_of_order)


def test_what_is_neither_delivered_nor_dead_lettered_is_lost() -> None:
    account = settle(accepted("a1", "a2", "b1"), [mail("a1")], [], ["b1"])
    assert account.lost == ["a2"]
    assert account.dead_lettered == 1


def test_each_delivery_after_the_first_is_a_duplicate() -> None:
    account = settle(accepted("a1", "a2"), [mail("a1"), mail("a2"), mail("a1"), mail("a1")], [])
    assert account.duplicates == {"a1": 2}
    assert account.duplicate_count == 2
    assert account.delivered == 2


def test_delivered_and_dead_lettered_and_unknown_events_are_told() -> None:
    account = settle(accepted("a1"), [mail("a1"), mail("x1")], [], ["a1", "y1"])
    assert account.both == ["a1"]
    assert account.strange == ["x1", "y1"]


def test_keys_in_turn_are_in_order() -> None:
    attempts = [attempt("a1", 1, 2), attempt("b1", 3, 6), attempt("a2", 4, 5), attempt("b2", 7, 8)]
    assert overtaken(accepted("a1", "a2", "b1", "b2"), attempts) == []


def test_a_mail_that_begins_before_its_predecessor_is_over_is_out_of_order() -> None:
    assert overtaken(accepted("a1", "a2"), [attempt("a1", 1, 4), attempt("a2", 3, 5)]) == [("a1", "a2")]
    assert overtaken(accepted("a1", "a2"), [attempt("a2", 1, 2), attempt("a1", 3, 4)]) == [("a1", "a2")]


def test_retries_and_second_deliveries_keep_no_order() -> None:
    attempts = [attempt("a1", 1, 2, "450"), attempt("a2", 3, 4), attempt("a1", 5, 6), attempt("a2", 7, 8)]
    assert overtaken(accepted("a1", "a2"), attempts) == []


def test_an_attempt_that_ended_with_its_connection_lets_the_next_begin() -> None:
    attempts = [attempt("a1", 1, 2, "lost"), attempt("a1", 3, 4), attempt("a2", 5, 6)]
    assert overtaken(accepted("a1", "a2"), attempts) == []


def test_an_attempt_that_never_ended_is_overtaken_by_whatever_follows() -> None:
    assert overtaken(accepted("a1", "a2"), [attempt("a1", 1, None, ""), attempt("a2", 2, 3)]) == [("a1", "a2")]


def test_events_without_an_attempt_do_not_count() -> None:
    assert overtaken(accepted("a1", "a2", "a3"), [attempt("a1", 1, 2), attempt("a3", 3, 4)]) == []


def test_the_event_of_a_record_is_found_in_both_modes_and_not_in_rubbish() -> None:
    record = mail_event("e1", "k", "ada@example.org")
    assert event_id_of(record) == "e1"
    assert event_id_of(binary("k", event("e2", {}))) == "e2"
    for value in (None, b"", b"{", b"[]", b'{"id"', b"\xff\xfe"):
        assert event_id_of(Record(value)) == ""
    record.offset = 7
    assert accepted_from([record]) == [Accepted("e1", "k", 7, "ada@example.org")]
