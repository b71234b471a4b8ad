/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void *ledger_opaque(size_t number) {
    return (void *)(uintptr_t)(number + 1);
}

void ledger_note(const notify_delivery *delivery, void *data) {
    struct ledger *ledger = data;
    size_t number = (size_t)(uintptr_t)notify_delivery_opaque(delivery) - 1;
    enum notify_error error = notify_delivery_error(delivery);
    ck_assert_uint_lt(number, LEDGER_SIZE);
    ck_assert_int_eq(error == NOTIFY_OK, notify_delivery_offset(delivery) >= 0);
    ck_assert_int_eq(error == NOTIFY_OK, notify_delivery_partition(delivery) >= 0);
    ck_assert_int_eq(error == NOTIFY_OK, strlen(notify_delivery_error_text(delivery)) == 0);
    pthread_mutex_lock(&ledger->mutex);
    ledger->calls[number]++;
    ledger->errors[number] = error;
    snprintf(ledger->ids[number], sizeof ledger->ids[number], "%s", notify_delivery_event_id(delivery));
    ledger->total++;
    pthread_mutex_unlock(&ledger->mutex);
}

void ledger_assert_each_once(struct ledger *ledger, size_t count) {
    pthread_mutex_lock(&ledger->mutex);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(ledger->calls[i] == 1, "event %zu was told %d times", i, ledger->calls[i]);
    ck_assert_uint_eq(ledger->total, count);
    pthread_mutex_unlock(&ledger->mutex);
}

size_t ledger_count(struct ledger *ledger, enum notify_error error) {
    size_t count = 0;
    pthread_mutex_lock(&ledger->mutex);
    for (size_t i = 0; i < LEDGER_SIZE; i++)
        count += ledger->calls[i] > 0 && ledger->errors[i] == error;
    pthread_mutex_unlock(&ledger->mutex);
    return count;
}
