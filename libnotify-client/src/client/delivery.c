/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"
#include "error.h"
#include "monotonic.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct delivery_waiter {
    pthread_mutex_t mutex;
    pthread_cond_t settled_condition;
    int holders;
    bool settled;
    enum notify_error error;
    char error_text[256];
};

struct delivery_record {
    void *opaque;
    struct delivery_waiter *waiter; /* NULL: the callback is told */
    char event_id[];
};

struct delivery_waiter *delivery_waiter_new(void) {
    struct delivery_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return NULL;
    if (pthread_mutex_init(&waiter->mutex, NULL) != 0) {
        free(waiter);
        return NULL;
    }
    if (!monotonic_condition_init(&waiter->settled_condition)) {
        pthread_mutex_destroy(&waiter->mutex);
        free(waiter);
        return NULL;
    }
    waiter->holders = 1;
    return waiter;
}

void delivery_waiter_release(struct delivery_waiter *waiter) {
    if (waiter == NULL)
        return;
    pthread_mutex_lock(&waiter->mutex);
    bool last = --waiter->holders == 0;
    pthread_mutex_unlock(&waiter->mutex);
    if (!last)
        return;
    pthread_cond_destroy(&waiter->settled_condition);
    pthread_mutex_destroy(&waiter->mutex);
    free(waiter);
}

enum notify_error delivery_waiter_wait(struct delivery_waiter *waiter, int timeout_ms) {
    struct timespec deadline = monotonic_deadline(timeout_ms);
    enum notify_error error = NOTIFY_OK;
    pthread_mutex_lock(&waiter->mutex);
    int waited = 0;
    while (!waiter->settled && waited != ETIMEDOUT) {
        waited = timeout_ms < 0
                     ? pthread_cond_wait(&waiter->settled_condition, &waiter->mutex)
                     : pthread_cond_timedwait(&waiter->settled_condition, &waiter->mutex, &deadline);
    }
    if (!waiter->settled)
        error = notify_fail(NOTIFY_E_TIMED_OUT, "no delivery report within %d ms", timeout_ms);
    else if (waiter->error != NOTIFY_OK)
        error = notify_fail(waiter->error, "%s", waiter->error_text);
    pthread_mutex_unlock(&waiter->mutex);
    return error;
}

static void waiter_settle(struct delivery_waiter *waiter, const notify_delivery *delivery) {
    pthread_mutex_lock(&waiter->mutex);
    waiter->settled = true;
    waiter->error = delivery->error;
    snprintf(waiter->error_text, sizeof waiter->error_text, "%s", delivery->error_text);
    pthread_cond_broadcast(&waiter->settled_condition);
    pthread_mutex_unlock(&waiter->mutex);
}

struct delivery_record *delivery_record_new(const char *event_id, void *opaque,
                                            struct delivery_waiter *waiter) {
    size_t id_size = strlen(event_id) + 1;
    struct delivery_record *record = malloc(sizeof *record + id_size);
    if (record == NULL)
        return NULL;
    record->opaque = opaque;
    record->waiter = waiter;
    memcpy(record->event_id, event_id, id_size);
    if (waiter != NULL) {
        pthread_mutex_lock(&waiter->mutex);
        waiter->holders++;
        pthread_mutex_unlock(&waiter->mutex);
    }
    return record;
}

void delivery_record_free(struct delivery_record *record) {
    if (record == NULL)
        return;
    delivery_waiter_release(record->waiter);
    free(record);
}

enum notify_error delivery_error_of(rd_kafka_resp_err_t error) {
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return NOTIFY_OK;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return NOTIFY_E_QUEUE_FULL;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return NOTIFY_E_TOO_LARGE;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return NOTIFY_E_UNKNOWN_TOPIC;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return NOTIFY_E_NOT_AUTHORIZED;
    /* The record itself is refused, and will be each time: no key on a compacted topic, a timestamp too far
     * off. */
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        return NOTIFY_E_INVALID_EVENT;
    default:
        return NOTIFY_E_NOT_DELIVERED;
    }
}

bool delivery_is_awaited(const rd_kafka_message_t *message) {
    const struct delivery_record *record = message->_private;
    return record->waiter != NULL;
}

void delivery_settle(const rd_kafka_message_t *message, notify_delivery_callback callback,
                     void *callback_data) {
    struct delivery_record *record = message->_private;
    bool stored = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    notify_delivery delivery = {
        .error = delivery_error_of(message->err),
        .error_text = stored ? "" : rd_kafka_err2str(message->err),
        .event_id = record->event_id,
        .topic = message->rkt == NULL ? "" : rd_kafka_topic_name(message->rkt),
        .partition = stored ? message->partition : -1,
        .offset = stored && message->offset >= 0 ? message->offset : -1,
        .opaque = record->opaque,
    };
    /* Whatever the last error was, an earlier attempt may have reached the broker. */
    if (!stored && rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED)
        delivery.error = NOTIFY_E_POSSIBLY_DELIVERED;
    if (record->waiter != NULL)
        waiter_settle(record->waiter, &delivery);
    else if (callback != NULL)
        callback(&delivery, callback_data);
    delivery_record_free(record);
}

enum notify_error notify_delivery_error(const notify_delivery *delivery) {
    return delivery->error;
}

const char *notify_delivery_error_text(const notify_delivery *delivery) {
    return delivery->error_text;
}

const char *notify_delivery_event_id(const notify_delivery *delivery) {
    return delivery->event_id;
}

const char *notify_delivery_topic(const notify_delivery *delivery) {
    return delivery->topic;
}

int32_t notify_delivery_partition(const notify_delivery *delivery) {
    return delivery->partition;
}

int64_t notify_delivery_offset(const notify_delivery *delivery) {
    return delivery->offset;
}

void *notify_delivery_opaque(const notify_delivery *delivery) {
    return delivery->opaque;
}
