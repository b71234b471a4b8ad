# SPDX-License-Identifier: Apache-2.0
"""README.md, CONTRIBUTING.md and docs/ against the programs: what they tell to type works.

Every command of the documents is either run by a test here (@runs) or stands in ELSEWHERE with the text that runs it.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from typing import Callable, Iterator, TypeVar

import pytest

from notify_testing.documents import README, WALKED, WITH_COMMANDS, documents
from notify_testing.embedded import EmbeddedStack
from notify_testing.markdown import command_blocks, fenced, section
from notify_testing.processes import BUILD, EMAIL, MAIL_FILES, REPOSITORY, clean_environment, run
from notify_testing.waiting import wait_until

ELSEWHERE: dict[str, tuple[str, str]] = {
    "scripts/demo": ("tests/system/test_demo.py", '"scripts/demo"'),
    "scripts/demo --kafka": ("tests/system/test_demo.py", '"scripts/demo --kafka"'),
    "scripts/test": (".ci/run", "\nrun\n"),
    "scripts/test faults": (".ci/run", "\nrun faults\n"),
    "docker compose up -d --wait --build": ("tests/compose/test_compose.py", '"up", "-d", "--wait", "--build"'),
    "docker compose up -d --scale email=3": ("tests/compose/test_compose.py", '"--scale", "email=3"'),
    "curl http://localhost:9090/readyz": ("tests/system/test_operations.py", '"curl http://localhost:9090/readyz"'),
    "notifyctl topics list": ("tests/system/test_operations.py", '"notifyctl topics list"'),
    "notifyctl topics apply deploy/topics.json": (
        "tests/system/test_operations.py",
        '"notifyctl topics apply deploy/topics.json"',
    ),
    "notifyctl lag --group email": ("tests/system/test_operations.py", '"notifyctl lag --group email"'),
    **{
        f"notifyctl suppression {words}": ("tests/system/test_suppression.py", f"notifyctl suppression {words}")
        for words in (
            "list",
            "check ada@example.org",
            'add ada@example.org --reason "asked by telephone"',
            "remove ada@example.org",
        )
    },
    **{
        command: ("tests/system/test_dead_letters.py", f'"{command}"')
        for command in (
            "notifyctl dlq list",
            "notifyctl dlq list --filter reason=permanent-failure --filter younger-than=2h",
            "notifyctl dlq show 0 0",
            "notifyctl dlq redrive --filter reason=permanent-failure --dry-run",
            "notifyctl dlq redrive --filter reason=permanent-failure --rate 20",
            "notifyctl lag --group email.dlq.redrive",
            "notifyctl tail --topic notifications --from-beginning --limit 1",
        )
    },
}

Test = TypeVar("Test", bound=Callable[..., None])
run_here: set[str] = set()


def runs(*commands: str) -> Callable[[Test], Test]:
    """The test runs these commands, which stand in a document as they stand here."""
    run_here.update(commands)
    return lambda test: test


def documented_commands() -> dict[str, pathlib.Path]:
    return {
        command: document
        for document in WITH_COMMANDS
        for block in command_blocks(document.read_text())
        for command in block
    }


def shell(script: str, folder: pathlib.Path, environment: dict[str, str], timeout: float = 120) -> str:
    """A shell that ends with the first command that fails; what it printed."""
    ended = subprocess.run(
        ["bash", "-c", "set -e\n" + script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    assert ended.returncode == 0, f"{script}\nended with {ended.returncode}:\n{ended.stdout}"
    return ended.stdout


# --- every command has its test ---


def test_every_command_of_the_documents_is_run_by_a_test() -> None:
    documented, tested = documented_commands(), run_here | set(ELSEWHERE)
    unknown = {command: path.name for command, path in documented.items() if command not in tested}
    assert unknown == {}, "commands that no test runs"
    assert tested - set(documented) == set(), "commands that no document has (any more)"


@pytest.mark.parametrize("command", ELSEWHERE)
def test_the_test_that_is_said_to_run_a_command_has_it(command: str) -> None:
    file, text = ELSEWHERE[command]
    assert text in (REPOSITORY / file).read_text()


def test_fenced_shell_stands_only_where_a_test_runs_all_of_it() -> None:
    for document in documents():
        if any(fenced(document.read_text(), r"(?:bash|sh|shell|console)\b[^\n]*")):
            assert document in WALKED, f"{document}: commands are indented, not fenced"
    for document, test in WALKED.items():
        assert str(document.relative_to(REPOSITORY)) in (REPOSITORY / test).read_text()


# --- a mail from one's own application ---


@pytest.fixture
def installed(tmp_path: pathlib.Path) -> Iterator[dict[str, str]]:
    """An environment in which what `meson install` installs is found, though it lies in a folder of its own."""
    stage = tmp_path / "stage"
    told = shell(f"meson install -C '{BUILD}' --no-rebuild --destdir '{stage}'", tmp_path, clean_environment())
    package = next(stage.rglob("notify-client.pc"), None)
    assert package is not None, told
    library, binary = package.parents[1], next(stage.rglob("notifyctl")).parent
    yield {
        **clean_environment(),
        "PATH": f"{binary}:{os.environ['PATH']}",
        "PKG_CONFIG_PATH": str(package.parent),
        "PKG_CONFIG_SYSROOT_DIR": str(stage),
        "LD_LIBRARY_PATH": str(library),
        "STAGE": str(stage),
    }


INSTALL = "meson install -C build && ldconfig"
EXPORT = "export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:35101"
COMPILE = "cc example.c $(pkg-config --cflags --libs notify-client)"
PUBLISH = (
    "notifyctl publish --template notification --recipient ada@example.org "
    "--variable subject=Hello --variable text='It works.'"
)
SIGN_UP = """curl --json '{"email": "ada@example.org", "name": "Ada"}' http://localhost:8080/signup"""


@runs(INSTALL, EXPORT, COMPILE, "./a.out ada@example.org", PUBLISH, "notifyctl lag", SIGN_UP)
def test_the_program_and_the_commands_of_the_readme_send_their_mails(
    tmp_path: pathlib.Path, installed: dict[str, str]
) -> None:
    text = README.read_text()
    (tmp_path / "example.c").write_text(fenced(text, "c")[0])
    blocks = command_blocks(section(text, "Send a mail from your application"))
    assert blocks == [[INSTALL, EXPORT, COMPILE, "./a.out ada@example.org"], [PUBLISH, "notifyctl lag"]]
    with EmbeddedStack(tmp_path) as stack:
        environment = {**installed, "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap}
        # The first two are the installation, made by the fixture, and the address, which is another each time.
        told = shell("\n".join(blocks[0][2:]), tmp_path, environment)
        assert re.fullmatch(r"published [0-9a-f-]{36}\n", told)
        mail = stack.wait_for_mail("ada@example.org")
        subject, first_line = variables_of_the_example()
        assert (mail["Subject"], mail["Text"].splitlines()[0]) == (subject, first_line)

        publish, lag = blocks[1]
        shell(publish, tmp_path, environment)
        mail = stack.wait_for_mail("ada@example.org", 2)
        assert (mail["Subject"], mail["Text"].splitlines()[0]) == ("Hello", "It works.")
        wait_until(lambda: run(["notifyctl", "lag"], environment).returncode == 0, 30, "the first commit")
        assert re.search(r"^notifications +", shell(lag, tmp_path, environment), re.MULTILINE)

        sign_up = SIGN_UP.replace("localhost:8080", f"127.0.0.1:{stack.signup_port}")
        assert '"status_url"' in shell(sign_up, tmp_path, environment)
        assert "/confirm?token=" in stack.wait_for_mail("ada@example.org", 3)["Text"]


def variables_of_the_example() -> tuple[str, str]:
    """Subject and text that the program of the README gives to its mail."""
    values = dict(re.findall(r'"variables\.(\w+)", "([^"]*)"', README.read_text()))
    return values["subject"], values["text"]


def test_the_readme_has_the_code_of_the_example() -> None:
    example = (REPOSITORY / "libnotify-client/examples/publish-and-wait.c").read_text()
    assert fenced(README.read_text(), "c") == [example[example.index("#include") :]]


@runs("notify-email --check-config", "notify-signup --check-config", "notify-order --check-config")
def test_what_is_installed_works_from_where_it_is_installed(tmp_path: pathlib.Path, installed: dict[str, str]) -> None:
    shared = next(pathlib.Path(installed["STAGE"]).rglob("topics.json")).parent
    settings = {
        **installed,
        "EMAIL_TEMPLATES": str(shared / "templates"),
        "EMAIL_SCHEMAS": str(shared / "schemas"),
        "EMAIL_ROUTES": str(shared / "routes.json"),
        "EMAIL_DECLARED_TOPICS": str(shared / "topics.json"),
        "SMTP_URL": "smtp://localhost:2525",
        "MAIL_FROM": "noreply@example.org",
    }
    shell("notify-signup --check-config && notify-order --check-config", tmp_path, installed)
    told = shell("notify-email --check-config", tmp_path, settings)
    assert told == run([EMAIL, "--check-config"], {**settings, **MAIL_FILES}).stdout
    for program in ("notify-signup", "notify-order", "notify-email", "notifyctl", "notify-devbroker"):
        assert re.fullmatch(rf"{program} [\d.]+\n", shell(f"{program} --version", tmp_path, installed))
    stage = pathlib.Path(installed["STAGE"])
    assert ".SS notifyctl dlq redrive" in next(stage.rglob("man1/notifyctl.1")).read_text()
    complete = f"source '{next(stage.rglob('completions/notifyctl.bash'))}'; COMP_WORDS=(notifyctl dlq re) COMP_CWORD=2"
    assert shell(f"{complete}; _notifyctl; echo ${{COMPREPLY[*]}}", tmp_path, installed) == "redrive\n"
    schemas = {path.name for path in (REPOSITORY / "schemas").iterdir()}
    assert {path.name for path in (shared / "schemas").iterdir()} == schemas
    for header in ("notify-client.h", "notify-outbox.h"):
        (tmp_path / "header.c").write_text(f"#include <{header}>\nint main(void) {{ return 0; }}\n")
        package = header.removesuffix(".h")
        shell(f"cc -Wall -Werror header.c $(pkg-config --cflags --libs {package})", tmp_path, installed)


# --- building, as CONTRIBUTING says ---


@runs("meson setup build && ninja -C build")
def test_the_build_of_the_contributing_page_configures(tmp_path: pathlib.Path) -> None:
    # Compiled the same way by whoever runs this test: -n only plans.
    told = shell(f"meson setup '{tmp_path}/build' && ninja -n -C '{tmp_path}/build'", REPOSITORY, clean_environment())
    assert "notify-email" in told


@runs("scripts/test unit")
def test_the_test_script_runs_a_part_and_tells_its_sum_as_the_readme_shows(tmp_path: pathlib.Path) -> None:
    environment = {**clean_environment({"NOTIFY_BUILD_DIR": BUILD}), "TMPDIR": str(tmp_path)}
    told = shell("scripts/test unit -- common-error", REPOSITORY, environment)
    shown = next(block for block in fenced(README.read_text(), "text") if block.startswith("Summary\n"))
    heading = shown.splitlines()[1]
    assert heading in told.splitlines()
    rows = shown.splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["unit", "integration", "system"]
    row = next(line for line in told.splitlines() if line.startswith("unit "))
    assert re.sub(r" +\d+", " #", rows[0]) == re.sub(r" +\d+", " #", row)


SANITIZED = (
    "meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false",
    "meson setup build-tsan -Db_sanitize=thread -Db_lundef=false",
    "CC=clang meson setup build-clang",
)


@runs(*SANITIZED)
@pytest.mark.parametrize("command", SANITIZED)
def test_the_other_builds_of_the_contributing_page_configure(command: str, tmp_path: pathlib.Path) -> None:
    shell(re.sub(r"\b(build-\w+)", rf"{tmp_path}/\1", command), REPOSITORY, clean_environment())


@runs("meson setup build-libraries -Dservices=false && meson test -C build-libraries")
def test_the_libraries_build_and_pass_their_tests_without_the_services(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "build-libraries"
    told = shell(
        f"meson setup '{folder}' -Dservices=false && meson test -C '{folder}'", REPOSITORY, clean_environment(), 400
    )
    assert re.search(r"^Fail: +0 *$", told, re.MULTILINE)
    assert not list(folder.rglob("notify-email")) and list(folder.rglob("libnotify-outbox.so"))


@runs("scripts/lib/settings_table.py --write")
def test_the_table_of_settings_says_what_help_says() -> None:
    checked = run([REPOSITORY / "scripts/lib/settings_table.py", "--check", BUILD])
    assert checked.returncode == 0, checked.stderr


INSTALL_PACKAGES = next(command for command in documented_commands() if command.startswith("apt install "))


@runs(INSTALL_PACKAGES)
def test_the_packages_named_to_install_by_hand_are_those_that_the_scripts_install() -> None:
    needs = re.findall(
        r"^needs_(?:build|test)=\((.*?)\)$", (REPOSITORY / "scripts/lib/packages.sh").read_text(), re.M | re.S
    )
    assert set(INSTALL_PACKAGES.split()[2:]) == {need.rpartition("=")[2] for group in needs for need in group.split()}
