# SPDX-License-Identifier: Apache-2.0
"""A distribution's server, run from its unpacked packages as if it were installed, and ended with the test.

It gets a mount and a process namespace of its own: /usr is this system's with the packages laid over it, /etc and /var are
folders of the test, with the users that the server insists on. So nothing of this system is changed, the server finds its
compiled-in paths, and no process of it outlives the first one. The network is this system's: the servers listen on 127.0.0.1.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from typing import Mapping, Sequence

from notify_testing.processes import REPOSITORY, Service

SECONDS = 900  # the longest that a server may live, whatever becomes of the test
USER_ID = 64601  # of the first of its users: nobody's on this system
NEEDS = ("unshare", "mount", "chroot", "timeout")

# ROOT is the new root, PACKAGES the folder with the unpacked packages; the rest is the command.
ENTER = """
set -e
root=$1 packages=$2
shift 2
mount -t overlay overlay -o "lowerdir=$packages/usr:/usr" "$root/usr"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec timeout --signal=KILL "$SECONDS_TO_LIVE" chroot "$root" "$@"
"""


def why_not() -> str:
    """Why no such server can run here; empty: it can."""
    if os.geteuid() != 0:
        return "Postfix and Exim start as root only"
    missing = [name for name in NEEDS if shutil.which(name) is None]
    if missing:
        return f"not there: {', '.join(missing)}"
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True, timeout=20
    )
    return f"no namespaces: {tried.stderr.strip()}" if tried.returncode != 0 else ""


class ServerRoot:
    def __init__(self, name: str, folder: pathlib.Path, users: Sequence[str], groups: Sequence[str] = ()) -> None:
        self.name = name
        self.folder = folder
        self.root = folder / "root"
        fetched = subprocess.run(
            [str(REPOSITORY / "scripts/lib/smtp_servers"), name], capture_output=True, text=True, timeout=600
        )
        assert fetched.returncode == 0, fetched.stderr
        self.packages = fetched.stdout.strip()
        self.ids = {each: USER_ID + number for number, each in enumerate([*users, *groups])}
        for directory in ("usr", "proc", "dev", "etc", "tmp", "run", "root", "var/log", "var/mail", "var/spool"):
            (self.root / directory).mkdir(parents=True)
        for link in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if pathlib.Path("/", link).is_symlink():
                (self.root / link).symlink_to(os.readlink(f"/{link}"))
        (self.root / "tmp").chmod(0o1777)
        self._write_users(users, groups)
        self.root.chmod(0o755)  # what is above it is not seen from inside

    def _write_users(self, users: Sequence[str], groups: Sequence[str]) -> None:
        passwd = ["root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"]
        passwd += [f"{each}:x:{self.ids[each]}:{self.ids[each]}::/nonexistent:/usr/sbin/nologin" for each in users]
        self.write("etc/passwd", "\n".join(passwd) + "\n")
        group = [
            "root:x:0:",
            *(f"{each}:x:{self.ids[each]}:" for each in [*users, *groups]),
            "mail:x:8:",
            "nogroup:x:65534:",
        ]
        self.write("etc/group", "\n".join(group) + "\n")
        self.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\n")
        self.write("etc/hosts", "127.0.0.1 localhost mx.example.org\n")
        self.write("etc/services", "smtp 25/tcp\n")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def make_folder(self, path: str, user: str = "", group: str = "", mode: int = 0o755) -> None:
        made = self.root / path
        made.mkdir(parents=True, exist_ok=True)
        os.chown(made, self.ids.get(user, 0), self.ids.get(group or user, 0))
        made.chmod(mode)

    def give(self, path: str, user: str, mode: int) -> None:
        os.chown(self.root / path, self.ids[user], self.ids[user])
        (self.root / path).chmod(mode)

    def command(self, *words: object) -> list[str]:
        inside = [str(self.root), self.packages, *(str(word) for word in words)]
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return [*namespaces, "sh", "-c", ENTER.replace("$SECONDS_TO_LIVE", str(SECONDS)), "sh", *inside]

    def run(self, *words: object, text: str = "") -> str:
        """A program of the server that ends by itself."""
        done = subprocess.run(self.command(*words), input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"
        return done.stdout

    def service(self, *words: object, environment: Mapping[str, object] = {}) -> Service:
        return Service(self.name, self.command(*words), environment, self.folder)

    def log(self, path: str) -> list[str]:
        file = self.root / path
        return file.read_text(errors="replace").splitlines() if file.exists() else []
