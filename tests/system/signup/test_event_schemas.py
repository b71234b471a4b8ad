# SPDX-License-Identifier: Apache-2.0
"""The events against the schemas of schemas/, by a validator that is not the project's own."""

from __future__ import annotations

import pytest

from notify_testing.schemas import validator
from notify_testing.sign_up import confirm

from signup_requests import UUID7, Start


@pytest.mark.parametrize(
    "event_type",
    ["com.example.user.signed_up.v1", "com.example.user.confirmed.v1", "com.example.notification.requested.v1"],
)
def test_the_examples_of_a_schema_validate(event_type: str) -> None:
    checker = validator(event_type)
    assert checker.schema["examples"]
    assert checker.schema["$id"].endswith(f"/{event_type}.json")
    for example in checker.schema["examples"]:
        checker.validate(example)
        for name in checker.schema["required"]:
            assert not checker.is_valid({key: value for key, value in example.items() if key != name})


def test_every_event_that_is_emitted_validates(start: Start) -> None:
    signup = start(SIGNUP_COOLDOWN="0s")
    addresses = ['"a b@c"@example.org', "ada+tag@Bücher.example", "zoë@example.org", "ada@example.org"]
    for address in addresses:
        signup.sign_up(address, "名前 & Co")
    assert confirm(signup.port, signup.link("ada@example.org")).status == 200
    signup.sign_up("ada@example.org")
    events = signup.database.events()
    assert len(events) == 2 * len(addresses) + 2 + 1
    for event in events:
        assert event["specversion"] == "1.0" and event["source"] == "/signup" and UUID7.fullmatch(event["id"])
        validator(event["type"]).validate(event["data"])
