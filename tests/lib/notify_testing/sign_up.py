# SPDX-License-Identifier: Apache-2.0
"""What signup's users do: by a browser, or by an app."""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import Any, Mapping, Optional

from .events import REQUESTED
from .processes import Service
from .service_database import ServiceDatabase
from .smtp_records import Mail
from .web import FORM, JSON, Answer, http_port_of, request

AS_JSON = {"Accept": "application/json"}


def post_sign_up(port: int, address: str, name: str = "Ada") -> Answer:
    body = json.dumps({"email": address, "name": name})
    return request(port, "POST", "/signup", body, {**JSON, **AS_JSON})


def sign_up(port: int, address: str) -> int:
    return post_sign_up(port, address).status


def confirmation_link(mail: Mail) -> str:
    match = re.search(r"https?://\S*/confirm\?token=[^\s\"<>]+", mail.text)
    if match is None:
        raise AssertionError(f"no confirmation link in:\n{mail.text}")
    return match[0]


def confirm(port: int, link: str) -> Answer:
    """Presses the button of the confirmation page."""
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
    form = urllib.parse.urlencode({"token": token})
    return request(port, "POST", "/confirm", form, {**FORM, **AS_JSON})


def state_of(port: int, signup_id: str) -> str:
    answer = request(port, "GET", f"/signups/{signup_id}", headers=AS_JSON)
    assert answer.status == 200 and answer.json()["id"] == signup_id, answer
    return str(answer.json()["state"])


class SignupClient:
    """A running signup, by HTTP and by what it has stored."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.port = http_port_of(service)
        self.url = str(service.settings["PUBLIC_URL"])
        self.database = ServiceDatabase(service)

    def get(self, path: str, headers: Optional[Mapping[str, str]] = None) -> Answer:
        return request(self.port, "GET", path, None, headers)

    def post(self, path: str, body: str, headers: Mapping[str, str]) -> Answer:
        return request(self.port, "POST", path, body, headers)

    def sign_up(self, address: str, name: str = "Ada") -> str:
        answer = post_sign_up(self.port, address, name)
        assert answer.status == 202, answer
        return str(answer.json()["id"])

    def state(self, signup_id: str) -> str:
        return state_of(self.port, signup_id)

    def mails(self, address: str) -> list[dict[str, Any]]:
        """The data of the notification.requested events for an address."""
        requested = [event for event in self.database.events() if event["type"] == REQUESTED]
        return [event["data"] for event in requested if event["data"]["recipient"] == address]

    def link(self, address: str) -> str:
        """In the latest mail that the address was sent."""
        return str(self.mails(address)[-1]["variables"]["confirmation_url"])

    def is_alive(self) -> None:
        assert self.get("/").status == 200
        assert self.service.running
