# SPDX-License-Identifier: Apache-2.0
"""A broker of its own that knows its clients by name and lets them do only what an ACL allows.

Tests and Kafka's own tools come in by the plain listener, as superusers; services by SASL, through `address`.
"""

from __future__ import annotations

import json
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor
from typing import Sequence

from .kafka import KafkaCluster
from .processes import REPOSITORY, free_port, run

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")

Right = tuple[str, str, str, str]  # principal, operation, topic or group, name; a name that ends with * is a prefix


class GuardedKafka(KafkaCluster):
    def __init__(self, folder: pathlib.Path, principals: Sequence[str]) -> None:
        super().__init__(folder, brokers=1, seconds=900)
        self.address = f"127.0.0.1:{free_port()}"
        self.properties = self.folder / "broker-1/server.properties"
        self.kill_broker(1)
        self._guard(principals)
        self.start_broker(1)

    def _guard(self, principals: Sequence[str]) -> None:
        lines = []
        for line in self.properties.read_text().splitlines():
            if line.startswith(("listeners=", "advertised.listeners=")):
                line += f",SASL_PLAINTEXT://{self.address}"
            elif line.startswith("listener.security.protocol.map="):
                line += ",SASL_PLAINTEXT:SASL_PLAINTEXT"
            lines.append(line)
        users = " ".join(f'user_{name}="{password(name)}"' for name in principals)
        lines += [
            "sasl.enabled.mechanisms=PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config="
            f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",
        ]
        self.properties.write_text("\n".join(lines) + "\n")

    def credentials(self, principal: str) -> dict[str, str]:
        """What a client of this name has in its environment."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.address,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": principal,
            "KAFKA_SASL_PASSWORD": password(principal),
        }

    def apply_topics(self, file: pathlib.Path) -> None:
        """The topics of a file on this one broker."""
        topics = json.loads(file.read_text())["topics"]
        for topic in topics:
            topic["replication_factor"] = 1
            topic["config"]["min.insync.replicas"] = "1"
        self.create_topics(topics)

    def allow(self, rights: Sequence[Right]) -> None:
        """Each takes Kafka's tool a second or two: what can be said together is."""
        together: dict[tuple[str, str, bool], list[str]] = {}
        for principal, operation, kind, name in rights:
            words = together.setdefault((principal, operation, name.endswith("*")), [])
            words += [f"--{kind}", name.removesuffix("*")]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda right: self._allow(*right), together.items()))

    def _allow(self, right: tuple[str, str, bool], resources: list[str]) -> None:
        principal, operation, prefixed = right
        words = ["--add", "--force", "--allow-principal", f"User:{principal}", "--operation", operation, *resources]
        pattern = ["--resource-pattern-type", "prefixed"] if prefixed else []
        script = [REPOSITORY / "scripts/kafka", "--dir", self.folder, "tool", "org.apache.kafka.tools.AclCommand"]
        added = run([*script, *words, *pattern], {"XDG_CACHE_HOME": CACHE}, timeout=120)
        if added.returncode != 0:
            raise RuntimeError(f"no right for {right}: {added.stdout}{added.stderr}")

    def can_read(self, principal: str, topic: str) -> bool:
        """Whether Kafka's own consumer gets a record as this principal. Everybody needs Read on the group `probe`."""
        settings = self.folder / f"{principal}.properties"
        settings.write_text(
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
            "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{principal}" password="{password(principal)}";\n'
        )
        version = json.loads(self._script("status", "--json"))["version"]
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{CACHE}/notify/kafka-{version}/libs/*"]
        command += ["org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", self.address]
        command += ["--consumer.config", str(settings), "--topic", topic, "--group", "probe", "--from-beginning"]
        command += ["--max-messages", "1", "--timeout-ms", "20000"]
        ended = run(command, timeout=120)
        told = ended.stdout + ended.stderr
        if "Processed a total of 1 messages" in told:
            return True
        if "TopicAuthorizationException" in told:
            return False
        raise RuntimeError(f"neither read nor refused: {told[-2000:]}")


def password(principal: str) -> str:
    return f"password-of-{principal}"
