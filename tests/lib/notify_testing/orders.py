# SPDX-License-Identifier: Apache-2.0
"""The order service's users: a shop's backend."""

from __future__ import annotations

import json
import uuid
from typing import Any, Mapping, Optional

from .processes import Service
from .service_database import ServiceDatabase
from .web import JSON, Answer, http_port_of, request


def an_order(email: str = "ada@example.org", **changes: Any) -> dict[str, Any]:
    item = {"sku": "TEA-100", "name": "Green tea, 100 g", "quantity": 2, "unit_price": 490}
    order = {"customer": {"name": "Ada Lovelace", "email": email}, "currency": "EUR", "items": [item]}
    return {**order, **changes}


class OrderClient:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.port = http_port_of(service)
        self.database = ServiceDatabase(service)

    def post(
        self, order: Any, key: Optional[str] = None, headers: Optional[Mapping[str, str]] = None, raw: bool = False
    ) -> Answer:
        """key None: a new one."""
        body = order if raw else json.dumps(order)
        all_headers = {**JSON, "Idempotency-Key": key or str(uuid.uuid4())}
        return request(self.port, "POST", "/orders", body, {**all_headers, **(headers or {})})

    def place(self, order: Any, key: Optional[str] = None) -> str:
        answer = self.post(order, key)
        assert answer.status == 202, answer
        return str(answer.json()["id"])

    def get(self, order_id: str) -> Answer:
        return request(self.port, "GET", f"/orders/{order_id}")

    def shown(self, order_id: str) -> dict[str, Any]:
        answer = self.get(order_id)
        assert answer.status == 200, answer
        return dict(answer.json())

    def state(self, order_id: str) -> str:
        return str(self.shown(order_id)["state"])
