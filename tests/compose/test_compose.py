# SPDX-License-Identifier: Apache-2.0
"""docker compose up as a user would: a sign-up on :8080 reaches Mailpit on :8025; more workers share the work."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import time
import urllib.parse
import urllib.request
import uuid
from typing import Any, Callable, Iterator, TypeVar

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIGNUP = "http://127.0.0.1:8080"
ORDER = "http://127.0.0.1:8081"
MAILPIT = "http://127.0.0.1:8025"
DEPARTMENT_HEAD = "sales@example.org"  # MAIL_VAR_DEPARTMENT_HEAD of docker-compose.yml
SERVICES = ("signup", "order", "email", "mailpit", "kafka-1")
GROUP_TOOL = "/opt/kafka/bin/kafka-consumer-groups.sh"
T = TypeVar("T")


def compose(*arguments: str, seconds: float = 120, check: bool = True) -> str:
    command = ["docker", "compose", "--progress", "plain", "-p", "notify-test", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    if check and ended.returncode != 0:
        pytest.fail(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stderr[-4000:]}", pytrace=False)
    return ended.stdout


def containers(service: str) -> list[str]:
    return compose("ps", "-q", service).split()


def inspect(container: str) -> Any:
    return json.loads(subprocess.check_output(["docker", "inspect", container], text=True))[0]


@pytest.fixture(scope="module", autouse=True)
def stack() -> Iterator[None]:
    compose("down", "-v", "--remove-orphans", "-t", "1")
    try:
        compose("up", "-d", "--wait", "--build", seconds=900)
        yield
    except BaseException:
        print(compose("logs", "--no-color", "--tail", "40", check=False))
        raise
    finally:
        compose("down", "-v", "--remove-orphans", "-t", "5", check=False)


def fetch(url: str, body: dict[str, str] | None = None, form: dict[str, str] | None = None) -> Any:
    headers = {"accept": "application/json"}
    data = None
    if body is not None:
        headers["content-type"], data = "application/json", json.dumps(body).encode()
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def sign_up(address: str) -> str:
    return fetch(f"{SIGNUP}/signup", body={"email": address, "name": "Ada Lovelace"})["id"]


def eventually(what: str, probe: Callable[[], T], seconds: float = 60) -> T:
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)
    return found


def mails_to(address: str) -> list[Any]:
    query = urllib.parse.quote(f"to:{address}")
    return fetch(f"{MAILPIT}/api/v1/search?query={query}")["messages"]


def a_new_address() -> str:
    return f"user-{uuid.uuid4().hex[:12]}@example.org"


def partitions_of_members() -> dict[str, int]:
    """Kafka's own tool: member id to the number of its partitions."""
    table = compose("exec", "-T", "kafka-1", GROUP_TOOL, "--bootstrap-server", "kafka-1:9092", "--describe",
                    "--group", "email", "--members", check=False)  # fmt: skip
    header, *rows = [line.split() for line in table.splitlines() if line.strip()] or [[]]
    if "#PARTITIONS" not in header:
        return {}
    member, count = header.index("CONSUMER-ID"), header.index("#PARTITIONS")
    return {row[member]: int(row[count]) for row in rows if row[count].isdigit()}


def test_sign_up_is_confirmed_by_the_link_in_its_mail() -> None:
    address = a_new_address()
    sign_up_id = sign_up(address)
    mail = eventually("the confirmation mail", lambda: mails_to(address))[0]
    text = fetch(f"{MAILPIT}/api/v1/message/{mail['ID']}")["Text"]
    link = re.search(r"http://localhost:8080/confirm\?token=\S+", text)
    assert link, text
    assert fetch(f"{SIGNUP}/signups/{sign_up_id}")["state"] != "confirmed"

    token = urllib.parse.parse_qs(urllib.parse.urlsplit(link[0]).query)["token"][0]
    fetch(f"{SIGNUP}/confirm", form={"token": token})
    assert fetch(f"{SIGNUP}/signups/{sign_up_id}")["state"] == "confirmed"
    eventually("the welcome mail", lambda: len(mails_to(address)) == 2)


def test_order_by_curl_shows_two_mails_and_its_state() -> None:
    address = a_new_address()
    order = {
        "customer": {"name": "Grace Hopper", "email": address},
        "currency": "EUR",
        "items": [{"sku": "TEA-100", "name": "Green tea, 100 g", "quantity": 2, "unit_price": 490}],
    }
    command = ["curl", "-fsS", "--max-time", "20", "-H", "content-type: application/json", "-H", f"idempotency-key: {address}",
               "-d", json.dumps(order), f"{ORDER}/orders"]  # fmt: skip
    accepted = json.loads(subprocess.check_output(command, text=True))
    again = json.loads(subprocess.check_output(command, text=True))
    assert again == accepted

    def when_told() -> Any:
        shown = fetch(f"{ORDER}/orders/{accepted['id']}")
        return shown if shown["state"] != "pending" else None

    shown = eventually("the state of the order", when_told)
    assert shown["state"] == "sent"
    assert sorted(mail["template"] for mail in shown["mails"]) == ["department-head", "order-confirmation"]
    assert shown["order"]["total"] == {"amount": 980, "currency": "EUR"}
    (confirmation,) = mails_to(address)
    assert "9.80" in fetch(f"{MAILPIT}/api/v1/message/{confirmation['ID']}")["Text"]
    notices = [fetch(f"{MAILPIT}/api/v1/message/{mail['ID']}")["Text"] for mail in mails_to(DEPARTMENT_HEAD)]
    assert sum(accepted["id"] in notice for notice in notices) == 1


def test_three_workers_share_the_partitions_and_every_mail_arrives_once() -> None:
    alone = eventually("one worker with partitions", partitions_of_members)
    compose("up", "-d", "--wait", "--no-recreate", "--scale", "email=3", seconds=180)

    def three_with_work() -> dict[str, int] | None:
        members = partitions_of_members()
        return members if len(members) == 3 and all(members.values()) else None

    shared = eventually("three workers with partitions each", three_with_work, seconds=90)
    assert sum(shared.values()) == sum(alone.values())

    addresses = [a_new_address() for _ in range(10)]
    for address in addresses:
        sign_up(address)
    eventually("ten mails", lambda: all(mails_to(address) for address in addresses))
    assert [len(mails_to(address)) for address in addresses] == [1] * 10


def test_sign_ups_outlive_their_container() -> None:
    sign_up_id = sign_up(a_new_address())
    compose("up", "-d", "--wait", "--force-recreate", "--no-deps", "signup", seconds=120)
    assert fetch(f"{SIGNUP}/signups/{sign_up_id}")["id"] == sign_up_id


@pytest.mark.parametrize("service", SERVICES)
def test_container_has_as_few_rights_as_it_needs(service: str) -> None:
    for container in containers(service):
        found = inspect(container)
        host = found["HostConfig"]
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert found["Config"]["User"] not in ("", "0", "root")
        assert found["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("service", ("signup", "order", "email"))
def test_service_stops_in_order_on_sigterm(service: str) -> None:
    compose("stop", service, seconds=60)
    for container in compose("ps", "-a", "-q", service).split():
        assert inspect(container)["State"]["ExitCode"] == 0
