/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle of the delivery tests: which events were written, what the SMTP server saw of their mails, and
 * what is in the topics at the end. It knows events by their ids and mails by their bytes, nothing else.
 */
#ifndef NOTIFY_TESTS_KAFKA_MAIL_LEDGER_H
#define NOTIFY_TESTS_KAFKA_MAIL_LEDGER_H

#include "cluster.h"
#include "smtp/smtp_mail.h"
#include <stdbool.h>

#define LEDGER_EVENTS_MOST 4000
#define LEDGER_MAILS_MOST 2

enum event_kind {
    EVENT_NOTIFICATION, /* one mail */
    EVENT_ORDER,        /* two mails */
    EVENT_SKIPPED,      /* of a type without a route */
    EVENT_POISON,       /* no JSON at all */
};

struct ledger_mail {
    char message_id[128]; /* "": never seen on the wire */
    bool is_to_head;
    unsigned on_wire, charged, accepted, dead_lettered, parked;
    unsigned tried_later; /* ends after which the retry topic has the mail */
};

struct ledger_event {
    enum event_kind kind;
    int key;
    struct ledger_mail mails[LEDGER_MAILS_MOST];
    unsigned dead_lettered; /* as a whole */
    unsigned statuses;
};

struct ledger {
    struct ledger_event events[LEDGER_EVENTS_MOST];
    size_t count;
    unsigned disorder; /* first attempts before an earlier event of the key had its own */
    /* Mails on the wire twice at once: two members had a partition. Not counted where the retry topic has the
     * mail besides: after a commit that was refused, its owner and that of the event's own partition may
     * meet. */
    unsigned overlaps;
};

/* Writes an event of the key and notes it. */
void ledger_write(struct ledger *ledger, struct cluster *cluster, const char *topic, int partitions, int key,
                  enum event_kind kind);

/* Writes an event once more: the ledger expects nothing of the copy. Its topic and partition are the caller's
 * to keep. */
void ledger_write_again(struct ledger *ledger, struct cluster *cluster, const char *topic, int partitions,
                        size_t number);

/* For fake_smtp. */
void ledger_begins(void *data, const struct smtp_mail *mail);
void ledger_ends(void *data, const struct smtp_mail *mail, const struct smtp_result *result);

/* For cluster_read. */
void ledger_dead_letter(const rd_kafka_message_t *message, void *data);
void ledger_parked(const rd_kafka_message_t *message, void *data);
void ledger_status(const rd_kafka_message_t *message, void *data);

/* Mails that an event of this kind causes. */
size_t ledger_mails_of(enum event_kind kind);
/* Ends (sent, dead-lettered, parked) beyond the one that each mail must have; ends the test when one has
 * none. */
unsigned ledger_surplus_ends(const struct ledger *ledger);
void ledger_assert_statuses(const struct ledger *ledger);

#endif
