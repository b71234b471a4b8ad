# SPDX-License-Identifier: Apache-2.0
"""docs/operations.md and docs/metrics.md against the running services: what to watch, and who may do what."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any, Iterator

import pytest

from notify_testing.embedded import EmbeddedStack
from notify_testing.events import mail_event
from notify_testing.group_topics import DEFAULT_DELAYS
from notify_testing.guarded_kafka import GuardedKafka
from notify_testing.kafka import KafkaCluster
from notify_testing.markdown import section, table_rows
from notify_testing.orders import OrderClient, an_order
from notify_testing.processes import NOTIFYCTL, REPOSITORY, Service, email_worker, run, signup_service
from notify_testing.scenario import Rule, Scenario
from notify_testing.scripted_smtp import ScriptedSmtpServer
from notify_testing.sign_up import post_sign_up
from notify_testing.waiting import wait_until
from notify_testing.web import http_port_of

METRICS = (REPOSITORY / "docs/metrics.md").read_text()
OPERATIONS = (REPOSITORY / "docs/operations.md").read_text()
SERVICES = ("signup", "order", "email")
EVENT_TOPICS = ("users", "orders", "notifications")


def command(text: str, programs: dict[str, object]) -> list[object]:
    """A documented command, its program replaced by where that is here."""
    assert f"    {text}\n" in OPERATIONS
    program, *arguments = text.split()
    return [programs.get(program, program), *arguments]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each service said once a sign-up was mailed: its /metrics, its /readyz, and that by the documented curl."""
    with EmbeddedStack(tmp_path_factory.mktemp("stack")) as stack:
        services = {"signup": stack.signup, "order": stack.order, "email": stack.email}
        assert post_sign_up(stack.signup_port, "ada@example.org").status == 202
        stack.wait_for_mail("ada@example.org")
        OrderClient(stack.order).place(an_order("grace@example.org"))
        stack.wait_for_mail("grace@example.org")
        for service in (stack.signup, stack.order):
            wait_for_status(service)
        return {
            name: {"metrics": service.get("/metrics")[1], "readyz": service.readiness(), "curl": curl_readyz(service)}
            for name, service in services.items()
        }


def wait_for_status(service: Service) -> None:
    wait_until(lambda: service.metric("notify_statuses_total", result="stored") >= 1, 30, "the status")


def curl_readyz(service: Service) -> Any:
    words = command("curl http://localhost:9090/readyz", {})
    asked = run([str(word).replace("localhost:9090", f"127.0.0.1:{service.admin_port}") for word in words])
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


# --- metrics ---


def documented_metrics(service: str) -> dict[str, tuple[str, set[str]]]:
    rows = [row for row in table_rows(METRICS) if row[0].startswith("`")]
    return {
        name.strip("`"): (kind, set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, services, _ in rows
        if services == "all" or service in services.split(", ")
    }


def exported_types(metrics: str) -> dict[str, str]:
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", metrics, re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_of_metrics_has_exactly_what_is_exported(service: str, told: dict[str, dict[str, Any]]) -> None:
    documented = {name: kind for name, (kind, _) in documented_metrics(service).items()}
    assert documented == exported_types(told[service]["metrics"])


@pytest.mark.parametrize("service", SERVICES)
def test_labels_are_those_of_the_page(service: str, told: dict[str, dict[str, Any]]) -> None:
    documented = documented_metrics(service)
    seen: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(\w+)\{(.*)\} \S+$", told[service]["metrics"], re.MULTILINE):
        family = name if name in documented else re.sub(r"_(bucket|sum|count)$", "", name)
        seen.setdefault(family, set()).update(re.findall(r'(\w+)="', labels))
    for family, labels in seen.items():
        assert labels - {"le"} == documented[family][1], family


# --- readiness ---


@pytest.mark.parametrize("service", SERVICES)
def test_the_checks_of_readiness_are_those_of_the_page(service: str, told: dict[str, dict[str, Any]]) -> None:
    rows = [row for row in table_rows(section(OPERATIONS, "Is it well")) if service in row[0].split(", ")]
    while_stopping = {row[1].strip("`") for row in rows if row[3] == "stopping"}
    status, document = told[service]["readyz"]
    assert status == 200 and document["ready"]
    assert set(document["checks"]) == {row[1].strip("`") for row in rows} - while_stopping
    assert told[service]["curl"]["checks"].keys() == document["checks"].keys()


def test_the_metrics_to_watch_exist() -> None:
    watched = set(re.findall(r"`(notify_\w+)`", OPERATIONS))
    assert len(watched) >= 5
    assert watched <= set().union(*(documented_metrics(service) for service in SERVICES))


# --- topics, and who may do what ---


def test_the_commands_for_topics_and_lag_do_what_they_say(
    cluster: KafkaCluster, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap}
    programs: dict[str, object] = {"notifyctl": NOTIFYCTL}
    words = command("notifyctl topics apply deploy/topics.json", programs)
    applied = run([*words[:-1], REPOSITORY / str(words[-1])], settings, timeout=120)
    assert applied.returncode == 0, applied.stderr
    declared = {topic["name"] for topic in json.loads((REPOSITORY / "deploy/topics.json").read_text())["topics"]}
    # A broker lists a topic once it has heard of it, which may be a moment later.
    listing = command("notifyctl topics list", programs)
    wait_until(lambda: declared <= set(run(listing, settings).stdout.split()), 20, "the topics in the list")
    worker = email_worker(
        "email",
        tmp_path,
        bootstrap=cluster.bootstrap,
        smtp_url=smtp.url,
        group="email",
        topics=EVENT_TOPICS,
        EMAIL_RETRY_DELAYS=",".join(DEFAULT_DELAYS),
    )
    with worker:
        worker.wait_ready(60)
        published = run([NOTIFYCTL, "publish", *mail_to("ada@example.org")], settings)
        assert published.returncode == 0, published.stderr
        wait_until(lambda: smtp.mails_to("ada@example.org"), 30, "the mail", progress=worker.log_tail)
        # Before the first commit it says that there is none.
        asking = command("notifyctl lag --group email", programs)
        lag = wait_until(lambda: (told := run(asking, settings)).returncode == 0 and told.stdout, 30, "the group's lag")
        assert re.search(r"^notifications +", lag, re.MULTILINE)


def mail_to(recipient: str) -> list[str]:
    words = ["--template", "notification", "--recipient", recipient]
    return [*words, "--variable", "subject=Hello", "--variable", "text=It works."]


@pytest.fixture
def guarded(tmp_path: pathlib.Path) -> Iterator[GuardedKafka]:
    with GuardedKafka(tmp_path / "kafka", ["signup", "email", "operator", "application", "reports"]) as kafka:
        yield kafka


def documented_rights() -> list[tuple[str, str, str, str]]:
    """(principal, operation, kind of resource, name) of the page's table."""
    rights = []
    for principal, operation, resources in table_rows(section(OPERATIONS, "Who may do what"))[2:]:
        for kind, name in re.findall(r"(topic|group) `([^`]+)`", resources):
            rights.append(("application" if " " in principal else principal, operation, kind, name))
    return rights


def test_the_rights_of_the_page_are_enough_and_keep_others_from_the_links(
    guarded: GuardedKafka, tmp_path: pathlib.Path, smtp: ScriptedSmtpServer
) -> None:
    guarded.apply_topics(REPOSITORY / "deploy/topics.json")
    guarded.allow(documented_rights())
    delays = {"EMAIL_RETRY_DELAYS": ",".join(DEFAULT_DELAYS)}
    signup = signup_service("signup", tmp_path, bootstrap=guarded.address, **guarded.credentials("signup"))
    email = email_worker(
        "email",
        tmp_path,
        bootstrap=guarded.address,
        smtp_url=smtp.url,
        group="email",
        topics=EVENT_TOPICS,
        **{**guarded.credentials("email"), **delays},
    )
    gone = Rule("rcpt", recipient=r"^gone@", reply="550 5.1.1 no such user")
    smtp.scenario = Scenario([Rule("rcpt", recipient=r"^later@", reply="450 4.2.1 try later"), gone])
    with signup, email:
        email.wait_ready(60)
        signup.wait_ready(30)
        for address in ("ada@example.org", "later@example.org", "gone@example.org"):
            assert post_sign_up(http_port_of(signup), address).status == 202
        wait_until(lambda: smtp.mails_to("ada@example.org"), 30, "the mail", progress=email.log_tail)
        published = run([NOTIFYCTL, "publish", *mail_to("grace@example.org")], guarded.credentials("application"))
        assert published.returncode == 0, published.stderr
        wait_until(lambda: smtp.mails_to("grace@example.org"), 30, "the application's mail", progress=email.log_tail)
        wait_until(lambda: email.metric("notify_retries_total") == 1, 30, "the retry", progress=email.log_tail)
        wait_until(lambda: guarded.read("email.suppression"), 30, "the suppression", progress=email.log_tail)
        wait_until(lambda: signup.metric("notify_statuses_total") >= 1, 30, "the status", progress=signup.log_tail)
        guarded.publish("email.dlq", [mail_event("dead", "k", "dead@example.org")])
        redriven = run([NOTIFYCTL, "dlq", "redrive"], {**guarded.credentials("operator"), **delays}, timeout=120)
        assert redriven.returncode == 0, redriven.stderr
        wait_until(lambda: smtp.mails_to("dead@example.org"), 30, "the redriven mail", progress=email.log_tail)
    # Whoever may read the facts about users does not see the links.
    guarded.allow([("reports", "Read", "topic", "users"), ("*", "Read", "group", "probe")])
    assert guarded.can_read("reports", "users")
    for principal in ("reports", "signup", "application"):
        assert not guarded.can_read(principal, "notifications")
