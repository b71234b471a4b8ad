# SPDX-License-Identifier: Apache-2.0
"""What the system tests and the fault runs share: a scripted SMTP server, processes, Kafka, and the ledger."""
