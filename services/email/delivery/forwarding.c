/* SPDX-License-Identifier: Apache-2.0 */
#include "forwarding.h"

#include "common/log.h"
#include "status_event.h"
#include <stdlib.h>
#include <string.h>

struct forwarding {
    const struct email_settings *settings;
    struct record_producer *producer;
    struct email_metrics *metrics;
    void (*done)(void *data, struct forward *forward);
    void (*dropped)(void *data, struct forward *forward);
    void *data;
    struct forward *again;                 /* could not be produced */
    char trouble[FORWARD_STATUS + 1][256]; /* of each kind, last told, so that it is told once */
};

struct forwarding *forwarding_new(const struct email_settings *settings, struct record_producer *producer,
                                  struct email_metrics *metrics,
                                  void (*done)(void *data, struct forward *forward),
                                  void (*dropped)(void *data, struct forward *forward), void *data) {
    struct forwarding *forwarding = calloc(1, sizeof *forwarding);
    if (forwarding == NULL)
        return NULL;
    forwarding->settings = settings;
    forwarding->producer = producer;
    forwarding->metrics = metrics;
    forwarding->done = done;
    forwarding->dropped = dropped;
    forwarding->data = data;
    return forwarding;
}

void forwarding_free(struct forwarding *forwarding) {
    free(forwarding);
}

static const char *topic_of(const struct forwarding *forwarding, const struct forward *forward) {
    switch (forward->kind) {
    case FORWARD_RETRY:
        return forwarding->settings->retry_topics.items[forward->delay_index];
    case FORWARD_DEAD_LETTER:
        return forwarding->settings->dead_letter_topic;
    case FORWARD_STATUS:
        break;
    }
    return STATUS_TOPIC;
}

static rd_kafka_headers_t *headers_of(const struct forwarding *forwarding, const struct forward *forward) {
    const rd_kafka_message_t *original = forward->record->message;
    const char *group_id = forwarding->settings->group_id;
    if (forward->kind == FORWARD_STATUS)
        return status_headers(forward->record->headers);
    if (forward->kind == FORWARD_RETRY)
        return retry_headers(original, group_id, &forward->state);
    const struct dead_letter dead_letter = {
        .reason = forward->reason,
        .message = forward->text,
        .mail = forward->state.mail[0] == '\0' ? NULL : forward->state.mail,
        .past = &forward->state,
    };
    return dead_letter_headers(original, group_id, &dead_letter);
}

static void keep_for_later(struct forwarding *forwarding, struct forward *forward, const char *reason) {
    forward->next = forwarding->again;
    forwarding->again = forward;
    if (group_partition_is_revoked(forward->record->partition))
        return; /* it is dropped at the next turn */
    char *trouble = forwarding->trouble[forward->kind];
    size_t size = sizeof forwarding->trouble[forward->kind];
    if (strncmp(trouble, reason, size - 1) == 0)
        return;
    snprintf(trouble, size, "%s", reason);
    log_error("a record cannot be handed on and is tried again",
              LOG_FIELDS(log_text("topic", topic_of(forwarding, forward)), log_text("reason", reason)));
}

void forwarding_send(struct forwarding *forwarding, struct forward *forward) {
    const rd_kafka_message_t *original = forward->record->message;
    rd_kafka_headers_t *headers = headers_of(forwarding, forward);
    if (headers == NULL) {
        keep_for_later(forwarding, forward, "no memory for a record's headers");
        return;
    }
    const struct outgoing_record outgoing = {
        .topic = topic_of(forwarding, forward),
        .key = original->key,
        .key_size = original->key_len,
        .value = forward->kind == FORWARD_STATUS ? forward->value : original->payload,
        .value_size = forward->kind == FORWARD_STATUS ? strlen(forward->value) : original->len,
        .headers = headers,
    };
    struct error error = {0};
    if (record_producer_send(forwarding->producer, &outgoing, forward, &error))
        return;
    rd_kafka_headers_destroy(headers);
    keep_for_later(forwarding, forward, error.text);
}

static void count(struct forwarding *forwarding, const struct forward *forward) {
    if (forward->kind == FORWARD_DEAD_LETTER)
        email_metrics_dead_letter(forwarding->metrics, forward->reason);
    else if (forward->kind == FORWARD_RETRY)
        email_metrics_retry(forwarding->metrics,
                            forwarding->settings->retry_delay_names.items[forward->delay_index]);
}

void forwarding_delivered(struct forwarding *forwarding, struct forward *forward, const char *reason) {
    if (reason != NULL) {
        keep_for_later(forwarding, forward, reason);
        return;
    }
    forwarding->trouble[forward->kind][0] = '\0';
    count(forwarding, forward);
    forwarding->done(forwarding->data, forward);
}

void forwarding_send_again(struct forwarding *forwarding) {
    struct forward *next = forwarding->again;
    forwarding->again = NULL;
    while (next != NULL) {
        struct forward *forward = next;
        next = forward->next;
        if (group_partition_is_revoked(forward->record->partition))
            forwarding->dropped(forwarding->data, forward);
        else
            forwarding_send(forwarding, forward);
    }
}

void forwarding_forget(struct forwarding *forwarding) {
    forwarding->again = NULL;
}
