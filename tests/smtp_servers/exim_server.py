# SPDX-License-Identifier: Apache-2.0
"""Exim: submission with STARTTLS and its plaintext authenticator, delivery by appendfile into one Maildir."""

from __future__ import annotations

import collections
import re

from installed_server import InstalledServer
from real_server import LARGEST, USER, Session

EXIM_USER = "Debian-exim"

LARGEST_SESSION = 1000  # mails; smtp_accept_max_per_connection, as Exim has it by default

# Its own defaults for a client's sessions stand: smtp_enforce_sync, the mails of a session, 20 sessions at once.
CONFIGURATION = """
primary_hostname = mx.example.org
domainlist local_domains = example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment =
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
log_selector = +pid +incoming_port +pipelining +smtp_connection +smtp_no_mail +smtp_protocol_error +smtp_syntax_error
message_size_limit = {largest}
host_lookup =
rfc1413_hosts =
split_spool_directory = yes
queue_run_max = 4

tls_advertise_hosts = *
tls_certificate = /etc/exim4/certificate.pem
tls_privatekey = /etc/exim4/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_recipient
acl_smtp_data = check_data

begin acl

check_mail:
  deny    !authenticated = *
          message = 530 5.7.0 Authentication required
  accept

check_recipient:
  require domains = +local_domains
  defer   local_parts = ^full-
          message = 452 4.2.2 The mailbox is full
  deny    local_parts = ^quota-
          message = 552 5.2.2 The mailbox is over its quota
  defer   local_parts = ^grey-
          condition = ${{if match{{${{readsocket{{inet:127.0.0.1:{greylist}}}\\
                      {{recipient=$local_part@$domain\\n\\n}}{{5s}}{{}}}}}}{{defer}}}}
          message = 451 4.2.0 Greylisted, come again
  require verify = recipient
  accept

check_data:
  deny    condition = ${{if match{{$recipients}}{{^spam-}}}}
          message = 550 5.7.1 Not this one
  deny    condition = ${{if match{{$recipients}}{{^long-}}}}
          condition = ${{if >{{$message_size}}{{10K}}}}
          message = 552 5.3.4 Too long for this mailbox
  accept

begin routers

mailbox:
  driver = accept
  domains = +local_domains
  local_parts = ! ^unknown-
  transport = maildir

begin transports

maildir:
  driver = appendfile
  maildir_format
  directory = /var/mail/inbox
  user = {user}
  delivery_date_add
  envelope_to_add

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{login}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""

ARRIVAL = re.compile(r" <= \S+ H=.*?\[127\.0\.0\.1\]:(\d+) (.*)")


class Exim(InstalledServer):
    name = "exim"
    users = (EXIM_USER,)
    command = ("/usr/sbin/exim4", "-bdf", "-q1s")
    log_file = "var/log/exim4/mainlog"

    def configure(self, greylist_port: int) -> None:
        words = {"port": self.port, "largest": LARGEST, "greylist": greylist_port, "user": EXIM_USER}
        text = CONFIGURATION.format(**words, login=USER, password=self.password)
        self.place.write("etc/exim4/exim4.conf", text)  # root's and nobody else's to write, or Exim does not read it
        for file in self.copy_certificate("etc/exim4"):
            self.place.give(file, EXIM_USER, 0o600)
        for directory in ("var/spool/exim4", "var/log/exim4", "var/mail"):
            self.place.make_folder(directory, EXIM_USER, mode=0o750)

    def panics(self) -> list[str]:
        return self.place.log("var/log/exim4/paniclog")

    def state(self) -> str:
        return "\n".join([super().state(), *self.panics()[-5:]])

    def arrivals(self) -> list[tuple[str, str]]:
        """The client's port and what else the log tells of each mail that was accepted."""
        return [(match[1], match[2]) for line in self.log() if (match := ARRIVAL.search(line))]

    def pipelined(self) -> int:
        """Mails of sessions that used PIPELINING: an L in the log."""
        return sum(1 for _, fields in self.arrivals() if re.search(r" L[.-]? ", f" {fields} "))

    def sessions(self) -> list[Session]:
        found: dict[str, Session] = collections.defaultdict(Session)
        for port, fields in self.arrivals():
            session = found[port]
            session.mails += 1
            session.has_tls |= " X=TLS" in f" {fields}"
            login = re.search(r" A=plain:(\S+)", f" {fields}")
            session.users.add(login[1] if login else "")
        return list(found.values())

    def complaints(self) -> list[str]:
        bad = ("synchronization", "syntax or protocol", "unexpected disconnection", "protocol violation")
        lines = [line for line in self.log() if any(word in line for word in bad)]
        return lines + self.panics()
