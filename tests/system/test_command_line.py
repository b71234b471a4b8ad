# SPDX-License-Identifier: Apache-2.0
"""--help, --version, --check-config and --print-config of the services."""

from __future__ import annotations

import pathlib
import re

import pytest

from notify_testing.processes import EMAIL, MAIL_FILES, NOTIFYCTL, SIGNUP, run

GOOD: dict[pathlib.Path, dict[str, object]] = {
    EMAIL: {"SMTP_URL": "smtp://localhost:2525", "MAIL_FROM": "noreply@example.org", **MAIL_FILES},
    SIGNUP: {"DATABASE_URL": "sqlite::memory:"},
}
SERVICES = [pytest.param(EMAIL, id="email"), pytest.param(SIGNUP, id="signup")]
PROGRAMS = [*SERVICES, pytest.param(NOTIFYCTL, id="notifyctl")]


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_goes_to_standard_output_and_ends_with_0(program: pathlib.Path) -> None:
    ended = run([program, "--help"])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Usage:") or ended.stdout.lower().startswith("usage:")


@pytest.mark.parametrize("program", PROGRAMS)
def test_version_names_the_program_and_a_version(program: pathlib.Path) -> None:
    ended = run([program, "--version"])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(rf"{program.name} [0-9]+\.[0-9]+\.[0-9]+", ended.stdout.strip())


@pytest.mark.parametrize("program", SERVICES)
def test_help_tells_every_setting_that_print_config_prints(program: pathlib.Path) -> None:
    described = run([program, "--help"]).stdout
    printed = run([program, "--print-config"], GOOD[program]).stdout
    names = re.findall(r"^([A-Z][A-Z0-9_]+)=", printed, re.MULTILINE)
    assert "KAFKA_BOOTSTRAP_SERVERS" in names and "ADMIN_LISTEN" in names
    assert [name for name in names if name not in described] == []


@pytest.mark.parametrize("program", SERVICES)
def test_print_config_says_where_a_value_comes_from(program: pathlib.Path, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "brokers"
    file.write_text("broker.example.org:9092\n")
    ended = run(
        [program, "--print-config"], {**GOOD[program], "LOG_LEVEL": "debug", "KAFKA_BOOTSTRAP_SERVERS_FILE": file}
    )
    assert ended.returncode == 0, ended.stderr
    lines = {line.partition("=")[0]: line for line in ended.stdout.splitlines()}
    assert "debug" in lines["LOG_LEVEL"] and "environment" in lines["LOG_LEVEL"]
    assert "json" in lines["LOG_FORMAT"] and "default" in lines["LOG_FORMAT"]
    assert (
        "broker.example.org:9092" in lines["KAFKA_BOOTSTRAP_SERVERS"] and str(file) in lines["KAFKA_BOOTSTRAP_SERVERS"]
    )


@pytest.mark.parametrize("program", SERVICES)
def test_print_config_masks_secrets_wherever_they_come_from(program: pathlib.Path, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "key"
    file.write_text("canary-from-a-file")
    secrets: dict[str, object] = {"KAFKA_SASL_PASSWORD": "canary-sasl", "KAFKA_SSL_KEY_PASSWORD_FILE": file}
    if program == EMAIL:
        secrets["SMTP_PASSWORD"] = "canary-smtp"
        secrets["SMTP_USERNAME"] = "shop"
    ended = run([program, "--print-config"], {**GOOD[program], **secrets})
    assert ended.returncode == 0, ended.stderr
    assert "canary" not in ended.stdout + ended.stderr
    for name in secrets:
        if name != "SMTP_USERNAME":
            assert name.removesuffix("_FILE") in ended.stdout


@pytest.mark.parametrize("program", SERVICES)
def test_check_config_accepts_what_would_start_and_refuses_what_would_not(
    program: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    settings = {**GOOD[program]}
    if program == SIGNUP:
        settings["DATABASE_URL"] = f"sqlite:{tmp_path / 'signup.db'}"
    good = run([program, "--check-config"], settings)
    assert good.returncode == 0, good.stderr
    bad = run([program, "--check-config"], {**settings, "LOG_LEVEL": "loud"})
    assert bad.returncode == 78 and "LOG_LEVEL" in bad.stderr


def test_check_config_finds_a_broken_template(tmp_path: pathlib.Path) -> None:
    template = tmp_path / "broken"
    template.mkdir()
    (template / "subject.txt").write_text("{{#open}}never closed")
    (template / "body.txt").write_text("text")
    ended = run([EMAIL, "--check-config"], {**GOOD[EMAIL], "EMAIL_TEMPLATES": tmp_path})
    assert ended.returncode == 78 and "broken/subject.txt" in ended.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_full_standard_output_is_an_error(program: pathlib.Path) -> None:
    ended = run(["sh", "-c", f"exec '{program}' --help >/dev/full"])
    assert ended.returncode != 0 and ended.stderr
