/* SPDX-License-Identifier: Apache-2.0 */
#include "forward_queue.h"

void forward_queue_push(struct forward_queue *queue, struct forward *forward) {
    forward->next = NULL;
    if (queue->tail != NULL)
        queue->tail->next = forward;
    else
        queue->head = forward;
    queue->tail = forward;
}

struct forward_queue forward_queue_take_all(struct forward_queue *queue) {
    struct forward_queue all = *queue;
    *queue = (struct forward_queue){0};
    return all;
}

struct forward *forward_queue_pop(struct forward_queue *queue) {
    struct forward *forward = queue->head;
    if (forward == NULL)
        return NULL;
    queue->head = forward->next;
    if (queue->head == NULL)
        queue->tail = NULL;
    forward->next = NULL;
    return forward;
}
