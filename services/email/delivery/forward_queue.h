/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards that wait to be sent again, first in, first out: what failed first goes first, so that the records
 * of a partition reach their topics in the order in which they left. Pure. */
#ifndef NOTIFY_EMAIL_FORWARD_QUEUE_H
#define NOTIFY_EMAIL_FORWARD_QUEUE_H

#include "record.h"

/* Linked by forward->next; zeroed, it is empty. */
struct forward_queue {
    struct forward *head, *tail;
};

void forward_queue_push(struct forward_queue *queue, struct forward *forward);
/* All of it, the first one first; the queue is empty then. What fails again meanwhile may be pushed. */
struct forward_queue forward_queue_take_all(struct forward_queue *queue);
/* NULL: it is empty. */
struct forward *forward_queue_pop(struct forward_queue *queue);

#endif
