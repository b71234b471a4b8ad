/* SPDX-License-Identifier: Apache-2.0 */
#include "forwarding.h"

#include "common/log.h"
#include "forward_queue.h"
#include "status_event.h"
#include "suppression_record.h"
#include <stdlib.h>
#include <string.h>

struct forwarding {
    const struct email_settings *settings;
    struct record_producer *producer;
    struct email_metrics *metrics;
    void (*done)(void *data, struct forward *forward);
    void (*dropped)(void *data, struct forward *forward);
    void *data;
    struct forward_queue again;       /* could not be produced */
    char trouble[FORWARD_KINDS][256]; /* of each kind, last told, so that it is told once */
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
    case FORWARD_SUPPRESSION:
        return forwarding->settings->suppression_topic;
    case FORWARD_STATUS:
    case FORWARD_KINDS:
        break;
    }
    return STATUS_TOPIC;
}

static rd_kafka_headers_t *headers_of(const struct forwarding *forwarding, const struct forward *forward) {
    const rd_kafka_message_t *original = forward->record->message;
    const char *group_id = forwarding->settings->group_id;
    if (forward->kind == FORWARD_STATUS)
        return status_headers(forward->record->headers);
    if (forward->kind == FORWARD_SUPPRESSION)
        return suppression_headers();
    if (forward->kind == FORWARD_RETRY)
        return retry_headers(original, group_id, &forward->state);
    const struct dead_letter dead_letter = {
        .reason = forward->reason,
        .message = forward->text,
        .mail = forward->state.mail[0] == '\0' ? NULL : forward->state.mail,
        .template_name = forward->mail == NULL || forward->mail->template_name[0] == '\0'
                             ? NULL
                             : forward->mail->template_name,
        .past = &forward->state,
    };
    return dead_letter_headers(original, group_id, &dead_letter);
}

static void keep_for_later(struct forwarding *forwarding, struct forward *forward, const char *reason) {
    forward_queue_push(&forwarding->again, forward);
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

/* Statuses are keyed as the event that caused the mail, suppressions by their address. False: no digest. */
static bool set_content(struct outgoing_record *outgoing, const struct forward *forward,
                        char suppression_key[SUPPRESSION_KEY_TEXT_SIZE]) {
    const rd_kafka_message_t *original = forward->record->message;
    outgoing->key = original->key;
    outgoing->key_size = original->key_len;
    if (forward->kind == FORWARD_RETRY || forward->kind == FORWARD_DEAD_LETTER) {
        outgoing->value = original->payload;
        outgoing->value_size = original->len;
        return true;
    }
    outgoing->value = forward->value;
    outgoing->value_size = forward->value == NULL ? 0 : strlen(forward->value);
    if (forward->kind == FORWARD_STATUS)
        return true;
    struct suppression_key key;
    if (!suppression_key_of(&key, forward->text))
        return false;
    suppression_key_text(&key, suppression_key);
    outgoing->to_first_partition = true;
    outgoing->key = suppression_key;
    outgoing->key_size = strlen(suppression_key);
    return true;
}

void forwarding_send(struct forwarding *forwarding, struct forward *forward) {
    char suppression_key[SUPPRESSION_KEY_TEXT_SIZE];
    rd_kafka_headers_t *headers = headers_of(forwarding, forward);
    if (headers == NULL) {
        keep_for_later(forwarding, forward, "no memory for a record's headers");
        return;
    }
    struct outgoing_record outgoing = {.topic = topic_of(forwarding, forward), .headers = headers};
    struct error error = {0};
    if (!set_content(&outgoing, forward, suppression_key))
        error_set(&error, "no digest could be made");
    else if (record_producer_send(forwarding->producer, &outgoing, forward, &error))
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
    struct forward_queue turn = forward_queue_take_all(&forwarding->again);
    for (struct forward *forward; (forward = forward_queue_pop(&turn)) != NULL;)
        if (group_partition_is_revoked(forward->record->partition))
            forwarding->dropped(forwarding->data, forward);
        else
            forwarding_send(forwarding, forward);
}

void forwarding_forget(struct forwarding *forwarding) {
    forwarding->again = (struct forward_queue){0};
}
