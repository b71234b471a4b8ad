/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka record in delivery, and the mails it causes. */
#ifndef NOTIFY_EMAIL_RECORD_H
#define NOTIFY_EMAIL_RECORD_H

#include "common/mail_address.h"
#include "common/text_buffer.h"
#include "compose/message.h"
#include "kafka/cloud_event.h"
#include "kafka/dead_letter.h"
#include "kafka/group_consumer.h"
#include "key_order.h"
#include "policy/put_back_policy.h"
#include "render/template_store.h"
#include "smtp/smtp_mail.h"
#include "suppression_list.h"

struct record;

enum mail_state {
    MAIL_READY,      /* waits for a session */
    MAIL_SENDING,    /* a session has it */
    MAIL_FORWARDING, /* on its way to a retry topic or to the dead letters */
    MAIL_SETTLED,
};

enum forward_kind { FORWARD_RETRY, FORWARD_DEAD_LETTER, FORWARD_STATUS, FORWARD_SUPPRESSION, FORWARD_KINDS };

/* What a dead letter leaves out of its original, so that its topic takes it. */
enum forward_cut { FORWARD_WHOLE, FORWARD_WITHOUT_VALUE, FORWARD_BARE };

/* Why a mail or an event is handed on. */
struct failure {
    const char *reason; /* a fixed word */
    char text[512];
    struct retry_state state;
    size_t delay_index; /* of a retry */
};

/*
 * On its way to another topic, until Kafka has it. Every record in delivery has four of them, so a failure
 * lies beside: it has 680 bytes, a forward 88.
 */
struct forward {
    enum forward_kind kind;
    enum forward_cut cut;
    struct record *record;
    struct mail *mail; /* NULL: the whole event */
    /* Retries and dead letters: the original record with more headers, which tell this. */
    struct failure *failure;
    /* Statuses and suppressions: a record of our own; NULL takes a suppressed address off the list. */
    char *value;
    struct suppression_key suppressed; /* of suppressions */
    struct forward *sibling;           /* the mail's next suppression */
    struct forward *next;              /* in the list of those to be sent again */
};

struct mail {
    struct record *record;
    struct smtp_mail smtp;
    struct mail_address recipient;
    char template_name[TEMPLATE_NAME_SIZE]; /* a metrics label: of a template that exists */
    bool is_poison;     /* it can never be sent: failure says why, message_id is a stand-in
                         */
    bool is_suppressed; /* its recipient was on the list when it was built: it is not sent */
    char message_id[MESSAGE_ID_SIZE];
    struct text_buffer message;
    enum mail_state state;
    struct put_back_history put_backs;
    struct failure failure;
    struct forward forward, status;
    struct forward *held_suppression; /* one of the next, until the dead letter is durable */
    uint64_t trips_when_held;
    struct forward *suppressions; /* what its end puts on the list of suppressed addresses, or takes off */
    unsigned forwards_under_way;  /* forward and suppressions: with the last the mail is settled */
    struct mail *next, *previous; /* in the list of ready mails */
};

struct record {
    struct key_order_link key_link; /* first: a link is its record */
    struct group_partition *partition;
    rd_kafka_message_t *message;
    rd_kafka_headers_t *headers; /* borrowed from the message; may be NULL */
    struct retry_state past;
    bool past_is_readable;
    struct cloud_event event;
    struct mail *mails;
    size_t mail_count, settled_count;
    size_t statuses_under_way;
    bool begun;                     /* something of it was handed on: it must be finished here */
    struct failure failure;         /* of the whole event, when it is poison */
    struct forward forward, status; /* the same */
    bool is_settled;                /* the next of its key may go */
    struct record *next_unbuilt;
    struct record *next, *previous; /* in the list of all */
};

/* Takes over the message and the partition's reference. NULL: no memory, nothing is taken over. */
struct record *record_new(struct group_partition *partition, rd_kafka_message_t *message);
/* Frees all but the partition's reference, which was completed or abandoned. */
void record_free(struct record *record);
/* Room for its mails, zeroed. mail_count may be lowered afterwards, when not all of them are made. */
bool record_make_mails(struct record *record, size_t count);
/* As if none had been made. */
void record_drop_mails(struct record *record);

#endif
