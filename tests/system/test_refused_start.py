# SPDX-License-Identifier: Apache-2.0
"""What cannot start says why in one plain sentence, and ends with the right status."""

from __future__ import annotations

import pathlib
import socket
from typing import Iterator

import pytest

from notify_testing.processes import EMAIL, REPOSITORY, SIGNUP, clean_environment, nobody, run, signup_service

from start_settings import email_settings, signup_settings

BAD_CONFIGURATION, BAD_USAGE = 78, 64


def id_of(value: object) -> str:
    """For the names of the cases."""
    return value.name if isinstance(value, pathlib.Path) else str(value)


@pytest.fixture
def used_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


def is_about_brokers(line: str) -> bool:
    """There is no Kafka where these tests run, and a service that had got on with its start may have said so."""
    return line.startswith("{") and ("librdkafka FAIL" in line or "no Kafka broker" in line)


def refusal(program: pathlib.Path, settings: dict[str, object]) -> str:
    """The one sentence with which a service refuses to start."""
    ended = run([program], settings, timeout=20)
    assert ended.returncode == BAD_CONFIGURATION, f"status {ended.returncode}: {ended.stderr}"
    complaints = [line for line in ended.stderr.splitlines() if not is_about_brokers(line)]
    assert len(complaints) == 1, ended.stderr
    assert ended.stdout == ""
    return complaints[0]


SETTINGS = {EMAIL: email_settings, SIGNUP: signup_settings}
EITHER = [pytest.param(EMAIL, id="email"), pytest.param(SIGNUP, id="signup")]


@pytest.mark.parametrize("program", EITHER)
@pytest.mark.parametrize(
    "name, value, told",
    [
        ("KAFKA_BOOTSTRAP_SERVER", "localhost:1", "KAFKA_BOOTSTRAP_SERVER"),
        ("KAFKA_NO_SUCH_PROPERTY", "1", "KAFKA_NO_SUCH_PROPERTY"),
        ("KAFKA_SESSION_TIMEOUT_MS", "soon", "KAFKA_SESSION_TIMEOUT_MS"),
        ("KAFKA_ENABLE_IDEMPOTENCE", "false", "KAFKA_ENABLE_IDEMPOTENCE"),
        ("KAFKA_ACKS", "1", "KAFKA_ACKS"),
        ("KAFKA_ENABLE_AUTO_COMMIT", "true", "KAFKA_ENABLE_AUTO_COMMIT"),
        ("KAFKA_PARTITION_ASSIGNMENT_STRATEGY", "range", "KAFKA_PARTITION_ASSIGNMENT_STRATEGY"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("ADMIN_LISTEN", "nowhere", "ADMIN_LISTEN"),
        ("LOG_LEVEL_FILE", "/nonexistent/level", "/nonexistent/level"),
    ],
)
def test_a_bad_common_setting_is_refused_by_name(
    program: pathlib.Path, name: str, value: str, told: str, tmp_path: pathlib.Path
) -> None:
    settings = SETTINGS[program](tmp_path)
    assert told in refusal(program, {**settings, name: value})


@pytest.mark.parametrize(
    "program, name, value, told",
    [
        (EMAIL, "SMTP_URLL", "smtp://localhost", "SMTP_URL"),
        (EMAIL, "EMAIL_TOPIC", "users", "EMAIL_TOPICS"),
        (EMAIL, "SMTP_URL", "http://localhost", "smtp://"),
        (EMAIL, "SMTP_TLS", "maybe", "SMTP_TLS"),
        (EMAIL, "MAIL_FROM", "nobody", "MAIL_FROM"),
        (EMAIL, "EMAIL_MAX_IN_FLIGHT", "many", "EMAIL_MAX_IN_FLIGHT"),
        (EMAIL, "EMAIL_MAX_IN_FLIGHT", "0", "EMAIL_MAX_IN_FLIGHT"),
        (EMAIL, "EMAIL_RETRY_DELAYS", "10s,later", "EMAIL_RETRY_DELAYS"),
        (EMAIL, "EMAIL_RATE_LIMIT", "100", "100/s"),
        (EMAIL, "EMAIL_RATE_LIMIT", "0/s", "EMAIL_RATE_LIMIT"),
        (EMAIL, "SMTP_OAUTH_TOKEN", "secret", "SMTP_OAUTH_TOKEN_FILE"),
        (EMAIL, "EMAIL_TEMPLATES", "/nonexistent/templates", "/nonexistent/templates"),
        (SIGNUP, "SIGNUP_COOLDWON", "60s", "SIGNUP_COOLDOWN"),
        (SIGNUP, "SIGNUP_CLIENT_RATE", "often", "SIGNUP_CLIENT_RATE"),
        (SIGNUP, "PUBLIC_URL", "example.org", "PUBLIC_URL"),
        (SIGNUP, "DATABASE_URL", "mysql://localhost", "DATABASE_URL"),
        (SIGNUP, "DATABASE_URL", "sqlite:/nonexistent/signup.db", "/nonexistent/signup.db"),
        (SIGNUP, "DATABASE_URL", "sqlite:/proc/signup.db", "/proc/signup.db"),
        (SIGNUP, "DATABASE_URL", "sqlite:/", "database /"),
    ],
    ids=id_of,
)
def test_a_bad_setting_is_refused_by_name(
    program: pathlib.Path, name: str, value: str, told: str, tmp_path: pathlib.Path
) -> None:
    settings = SETTINGS[program](tmp_path)
    assert told in refusal(program, {**settings, name: value})


NO_CERTIFICATES = REPOSITORY / "README.md"


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"SMTP_URL": "http://localhost"}, "SMTP_URL"),
        ({"SMTP_URL": "localhost:25"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://localhost:99999"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://localhost/path"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://localhost?query"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://user:canary@localhost"}, "SMTP_URL"),
        ({"SMTP_USERNAME": "user", "SMTP_PASSWORD": "canary"}, "SMTP_TLS"),
        ({"SMTP_USERNAME": "user"}, "SMTP_TLS"),
        ({"SMTP_PASSWORD": "canary"}, "SMTP_USERNAME"),
        ({"SMTP_CA_LOCATION": "/nonexistent/ca.pem"}, "SMTP_CA_LOCATION"),
        ({"SMTP_CA_LOCATION": "/"}, "SMTP_CA_LOCATION"),
        ({"SMTP_CA_LOCATION": NO_CERTIFICATES}, "SMTP_CA_LOCATION"),
        ({"SMTP_HELO_NAME": "mail_1.example.org"}, "SMTP_HELO_NAME"),
        ({"SMTP_HELO_NAME": "192.0.2.1"}, "SMTP_HELO_NAME"),
        ({"EMAIL_TOPICS": "users,orders,users"}, "EMAIL_TOPICS"),
        ({"EMAIL_TOPICS": "users,or ders"}, "EMAIL_TOPICS"),
        ({"EMAIL_TOPICS": "^users.*"}, "EMAIL_TOPICS"),
        ({"KAFKA_GROUP_ID": "mail/eu"}, "KAFKA_GROUP_ID"),
        ({"KAFKA_GROUP_ID": "g" * 240}, "KAFKA_GROUP_ID"),
        ({"EMAIL_TOPICS": "users,email.retry.10s"}, "EMAIL_TOPICS"),
        ({"EMAIL_TOPICS": "users,email.dlq"}, "EMAIL_TOPICS"),
        ({"EMAIL_TOPICS": "email.suppression"}, "EMAIL_TOPICS"),
        ({"EMAIL_RETRY_DELAYS": "10s,1m,10s"}, "EMAIL_RETRY_DELAYS"),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else None,
)
def test_the_check_refuses_what_a_start_refuses(
    settings: dict[str, object], named: str, tmp_path: pathlib.Path
) -> None:
    good = email_settings(tmp_path)
    del good["EMAIL_RETRY_DELAYS"]  # the check looks for a topic of each in deploy/topics.json
    checked = run([EMAIL, "--check-config"], {**good, **settings})
    assert (checked.returncode, checked.stdout) == (BAD_CONFIGURATION, ""), checked.stderr
    assert named in checked.stderr and "canary" not in checked.stderr
    assert refusal(EMAIL, {**good, **settings}) == checked.stderr.rstrip("\n")


@pytest.mark.parametrize("name", ["SMTP_URL", "MAIL_FROM"])
def test_a_setting_that_is_needed_and_missing_is_named(name: str, tmp_path: pathlib.Path) -> None:
    settings = email_settings(tmp_path)
    del settings[name]
    assert name in refusal(EMAIL, settings)


@pytest.mark.parametrize(
    "more, named",
    [
        ({"SMTP_USERNAME": "user", "SMTP_PASSWORD": "canary-password"}, ["SMTP_PASSWORD", "SMTP_OAUTH_TOKEN_FILE"]),
        ({}, ["SMTP_OAUTH_TOKEN_FILE", "SMTP_USERNAME"]),
    ],
    ids=["with a password too", "without a user"],
)
def test_an_oauth_token_is_for_a_user_and_instead_of_a_password(
    more: dict[str, str], named: list[str], tmp_path: pathlib.Path
) -> None:
    token = tmp_path / "token"
    token.write_text("canary-token")
    settings = {**email_settings(tmp_path), "SMTP_TLS": "required", "SMTP_OAUTH_TOKEN_FILE": token, **more}
    told = refusal(EMAIL, settings)
    assert all(name in told for name in named), told
    assert "canary" not in told


def test_an_oauth_token_is_checked_and_never_told(tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    settings = {**email_settings(tmp_path), "SMTP_TLS": "required", "SMTP_USERNAME": "user"}
    settings["SMTP_OAUTH_TOKEN_FILE"] = token
    del settings["EMAIL_RETRY_DELAYS"]  # the check looks for a topic of each in deploy/topics.json
    missing = run([EMAIL, "--check-config"], settings)
    assert missing.returncode == BAD_CONFIGURATION
    assert "SMTP_OAUTH_TOKEN_FILE" in missing.stderr and str(token) in missing.stderr
    token.write_text("canary token")
    broken = run([EMAIL, "--check-config"], settings)
    assert broken.returncode == BAD_CONFIGURATION and "canary" not in broken.stdout + broken.stderr
    token.write_text("canary-token\n")
    good = run([EMAIL, "--check-config"], settings)
    assert good.returncode == 0, good.stderr
    printed = run([EMAIL, "--print-config"], settings)
    assert printed.returncode == 0 and f"SMTP_OAUTH_TOKEN_FILE={token}" in printed.stdout
    assert "canary" not in good.stdout + good.stderr + printed.stdout + printed.stderr


def test_a_template_that_cannot_be_read_is_named_with_its_file(tmp_path: pathlib.Path) -> None:
    template = tmp_path / "templates" / "broken"
    template.mkdir(parents=True)
    (template / "subject.txt").write_text("{{#open}}never closed")
    (template / "body.txt").write_text("text")
    settings = {**email_settings(tmp_path), "EMAIL_TEMPLATES": template.parent}
    assert "broken/subject.txt" in refusal(EMAIL, settings)


@pytest.mark.parametrize(
    "program, name", [(EMAIL, "ADMIN_LISTEN"), (SIGNUP, "ADMIN_LISTEN"), (SIGNUP, "HTTP_LISTEN")], ids=id_of
)
def test_a_port_in_use_is_named(program: pathlib.Path, name: str, used_port: int, tmp_path: pathlib.Path) -> None:
    settings = {**SETTINGS[program](tmp_path), name: f"127.0.0.1:{used_port}"}
    assert str(used_port) in refusal(program, settings)


def test_a_second_signup_on_the_same_database_is_refused(tmp_path: pathlib.Path) -> None:
    with signup_service("signup", tmp_path, bootstrap=nobody()) as first:
        first.wait_ready()
        settings = {**signup_settings(tmp_path), "DATABASE_URL": first.settings["DATABASE_URL"]}
        assert "signup.db" in refusal(SIGNUP, settings) or "PostgreSQL" in refusal(SIGNUP, settings)
        assert first.readiness()[0] == 200


@pytest.mark.parametrize("program", EITHER)
@pytest.mark.parametrize("arguments", [["--no-such-option"], ["argument"], ["--help=yes"]])
def test_bad_usage_ends_with_64(program: pathlib.Path, arguments: list[str]) -> None:
    ended = run([program, *arguments])
    assert ended.returncode == BAD_USAGE
    assert "--help" in ended.stderr and ended.stdout == ""


def test_kubernetes_variables_are_passed_over(tmp_path: pathlib.Path) -> None:
    injected = {
        "EMAIL_SERVICE_HOST": "10.0.0.1",
        "EMAIL_SERVICE_PORT": "80",
        "EMAIL_PORT": "tcp://10.0.0.1:80",
        "EMAIL_PORT_80_TCP": "tcp://10.0.0.1:80",
        "KAFKA_SERVICE_HOST": "10.0.0.2",
        "KAFKA_PORT_9092_TCP_ADDR": "10.0.0.2",
    }
    settings = email_settings(tmp_path)
    del settings["EMAIL_RETRY_DELAYS"]  # the check looks for a topic of each in deploy/topics.json
    checked = run([EMAIL, "--check-config"], {**settings, **injected})
    assert checked.returncode == 0, checked.stderr


def test_the_environment_of_the_tests_configures_nothing() -> None:
    assert not [
        name for name in clean_environment() if name.startswith(("KAFKA_", "EMAIL_", "SMTP_", "SIGNUP_", "HTTP_"))
    ]
