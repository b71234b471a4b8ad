# SPDX-License-Identifier: Apache-2.0
"""Postfix: submission with STARTTLS and Cyrus SASL, delivery by virtual(8) into one Maildir."""

from __future__ import annotations

import re

from installed_server import InstalledServer
from real_server import LARGEST, USER, Session

REALM = "mx.example.org"
SPOOL = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved")

MAIN = """
compatibility_level = 3.6
myhostname = {realm}
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
maillog_file = /var/log/mail.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4

# Nothing leaves this machine, and no name is looked up.
disable_dns_lookups = yes
smtpd_peername_lookup = no
mydestination =
mynetworks =
alias_maps =
alias_database =
local_transport = error:nothing is local
default_transport = error:nothing is sent on
relay_transport = error:nothing is sent on
virtual_mailbox_domains = example.org
virtual_mailbox_maps = regexp:/etc/postfix/mailboxes
virtual_mailbox_base = /var/mail
virtual_minimum_uid = {uid}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
message_size_limit = {largest}
# Else clients wait a second a mail as soon as mails come faster than they are put into the mailbox.
in_flow_delay = 0s

smtpd_forbid_unauth_pipelining = yes
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = /etc/postfix/certificate.pem
smtpd_tls_key_file = /etc/postfix/key.pem
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_tls_auth_only = yes
smtpd_sasl_local_domain = {realm}
cyrus_sasl_config_path = /etc/postfix/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unauth_pipelining, check_recipient_access regexp:/etc/postfix/recipients,
    check_policy_service inet:127.0.0.1:{greylist}
smtpd_data_restrictions = reject_unauth_pipelining
header_checks = regexp:/etc/postfix/headers
"""

SERVICES = """
127.0.0.1:{port} inet n - n - 50 smtpd
postlog   unix-dgram n - n - 1 postlogd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - 4 virtual
anvil     unix - - n - 1 anvil
"""

RECIPIENTS = """
/^full-/ 452 4.2.2 The mailbox is full
/^quota-/ 552 5.2.2 The mailbox is over its quota
"""
SASL = """pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: /etc/postfix/sasl/users
mech_list: PLAIN LOGIN
"""
HEADERS = "/^To:.*spam-/ REJECT 5.7.1 Not this one\n"

SMTPD = re.compile(r"postfix/smtpd\[(\d+)\]: (.*)")
COMMANDS = re.compile(r"disconnect from .*?\bmail=(\d+)")


class Postfix(InstalledServer):
    name = "postfix"
    users = ("postfix", "vmail")
    groups = ("postdrop",)
    command = ("/usr/lib/postfix/sbin/master", "-c", "/etc/postfix", "-d")
    log_file = "var/log/mail.log"

    def configure(self, greylist_port: int) -> None:
        write, uid = self.place.write, self.place.ids["vmail"]
        main = MAIN.format(realm=REALM, uid=uid, largest=LARGEST, greylist=greylist_port)
        write("etc/postfix/main.cf", main)
        write("etc/postfix/master.cf", SERVICES.format(port=self.port))
        write("etc/postfix/mailboxes", "!/^unknown-/ inbox/\n")
        write("etc/postfix/recipients", RECIPIENTS)
        write("etc/postfix/headers", HEADERS)
        write("etc/postfix/sasl/smtpd.conf", SASL)
        self.copy_certificate("etc/postfix")
        self._make_spool()
        self._add_user()

    def _make_spool(self) -> None:
        make = self.place.make_folder
        make("var/spool/postfix")
        for name in SPOOL:
            make(f"var/spool/postfix/{name}", "postfix", mode=0o700)
        make("var/spool/postfix/pid")
        make("var/spool/postfix/public", "postfix", "postdrop", 0o710)
        make("var/spool/postfix/maildrop", "postfix", "postdrop", 0o730)
        make("var/lib/postfix", "postfix", mode=0o700)
        make("var/mail", "vmail")

    def _add_user(self) -> None:
        words = ["saslpasswd2", "-p", "-c", "-f", "/etc/postfix/sasl/users", "-u", REALM, USER]
        self.place.run(*words, text=self.password)
        self.place.give("etc/postfix/sasl/users", "postfix", 0o600)

    def sessions(self) -> list[Session]:
        """By process: one smtpd serves one connection after the other."""
        found, open_sessions = [], {}
        for line in self.log():
            if not (match := SMTPD.search(line)):
                continue
            process, text = match.groups()
            if text.startswith("connect from"):
                open_sessions[process] = Session()
                continue
            session = open_sessions.get(process)
            if session is None:
                continue
            session.has_tls |= "TLS connection established" in text
            if login := re.search(r"sasl_username=([^\s,@]+)", text):
                session.users.add(login[1])
            if commands := COMMANDS.search(text):
                session.mails = int(commands[1])
                found.append(open_sessions.pop(process))
        return [session for session in found if session.mails > 0]

    def complaints(self) -> list[str]:
        # Of the client speaks smtpd alone: other parts warn of the machine, such as of its clock.
        bad = ("pipelining", "lost connection", "too many errors", "warning:")
        broken = (": fatal:", ": panic:")
        return [
            line
            for line in self.log()
            if any(word in line for word in broken) or ("postfix/smtpd[" in line and any(word in line for word in bad))
        ]
