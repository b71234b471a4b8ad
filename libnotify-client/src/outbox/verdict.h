/* SPDX-License-Identifier: Apache-2.0 */
/* What a delivery report means for its row: the one place that decides it. */
#ifndef NOTIFY_OUTBOX_VERDICT_H
#define NOTIFY_OUTBOX_VERDICT_H

#include <notify-client.h>

enum verdict {
    VERDICT_DELIVERED, /* Kafka has it: the row goes. */
    VERDICT_REFUSED,   /* This record will never be taken: the row is marked failed, its key goes on. */
    VERDICT_TRY_AGAIN, /* The topic or the producer is in trouble, the record is good: the row waits with its
                          topic. */
    VERDICT_CLIENT_BUSY, /* Not taken for want of room in the client: try again as soon as there is some. */
};

enum verdict verdict_of(enum notify_error error);

#endif
