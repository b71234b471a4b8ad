# SPDX-License-Identifier: Apache-2.0
"""Certificates made when a test runs, by openssl; nothing of the kind is kept in the repository."""

from __future__ import annotations

import pathlib
import ssl
import subprocess
from dataclasses import dataclass


@dataclass
class Certificate:
    """Self-signed, so the certificate is its own authority."""

    certificate_file: pathlib.Path
    key_file: pathlib.Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def make_certificate(folder: pathlib.Path, host: str = "127.0.0.1") -> Certificate:
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    kind = "IP" if host.replace(".", "").isdigit() else "DNS"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName={kind}:{host}"]
    command += ["-keyout", str(made.key_file), "-out", str(made.certificate_file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return made
