/* SPDX-License-Identifier: Apache-2.0 */
/* What the delivery callback told, by the number that each event was published with as its opaque. */
#ifndef TEST_LEDGER_H
#define TEST_LEDGER_H

#include <notify-client.h>
#include <pthread.h>
#include <stddef.h>

#define LEDGER_SIZE 40000

struct ledger {
    pthread_mutex_t mutex;
    int calls[LEDGER_SIZE];
    enum notify_error errors[LEDGER_SIZE];
    char ids[LEDGER_SIZE][40];
    size_t total;
};

/* The opaque of event number n, and back. */
void *ledger_opaque(size_t number);

/* A notify_delivery_callback with a ledger as its data. It asserts that a delivery makes sense in itself. */
void ledger_note(const notify_delivery *delivery, void *ledger);

/* Every number below count was told exactly once. */
void ledger_assert_each_once(struct ledger *ledger, size_t count);
/* How many deliveries had this error. */
size_t ledger_count(struct ledger *ledger, enum notify_error error);

#endif
