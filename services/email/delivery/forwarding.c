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
    struct forwarding_events events;
    struct forward_queue again;       /* could not be produced, or wait for a suspect */
    struct forward_queue suspects;    /* were in a batch that was too large */
    struct forward *trial;            /* of these, the one under way, alone */
    struct forward_queue oversize;    /* are too large themselves */
    char trouble[FORWARD_KINDS][256]; /* of each kind, last told, so that it is told once */
};

struct forwarding *forwarding_new(const struct email_settings *settings, struct record_producer *producer,
                                  struct email_metrics *metrics, const struct forwarding_events *events) {
    struct forwarding *forwarding = calloc(1, sizeof *forwarding);
    if (forwarding == NULL)
        return NULL;
    forwarding->settings = settings;
    forwarding->producer = producer;
    forwarding->metrics = metrics;
    forwarding->events = *events;
    return forwarding;
}

void forwarding_free(struct forwarding *forwarding) {
    free(forwarding);
}

static const char *topic_of(const struct forwarding *forwarding, const struct forward *forward) {
    switch (forward->kind) {
    case FORWARD_RETRY:
        return forwarding->settings->retry_topics.items[forward->failure->delay_index];
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
        return retry_headers(original, group_id, &forward->failure->state);
    const struct dead_letter dead_letter = {
        .reason = forward->failure->reason,
        .message = forward->failure->text,
        .mail = forward->failure->state.mail[0] == '\0' ? NULL : forward->failure->state.mail,
        .template_name = forward->mail == NULL || forward->mail->template_name[0] == '\0'
                             ? NULL
                             : forward->mail->template_name,
        .past = &forward->failure->state,
        .is_without_value = forward->cut != FORWARD_WHOLE,
        .is_bare = forward->cut == FORWARD_BARE,
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

/* Statuses are keyed as the event that caused the mail, suppressions by their address. */
static void set_content(struct outgoing_record *outgoing, const struct forward *forward,
                        char suppression_key[SUPPRESSION_KEY_TEXT_SIZE]) {
    const rd_kafka_message_t *original = forward->record->message;
    outgoing->key = original->key;
    outgoing->key_size = original->key_len;
    if (forward->cut == FORWARD_BARE) {
        outgoing->key = NULL;
        outgoing->key_size = 0;
    }
    if (forward->cut != FORWARD_WHOLE)
        return;
    if (forward->kind == FORWARD_RETRY || forward->kind == FORWARD_DEAD_LETTER) {
        outgoing->value = original->payload;
        outgoing->value_size = original->len;
        return;
    }
    outgoing->value = forward->value;
    outgoing->value_size = forward->value == NULL ? 0 : strlen(forward->value);
    if (forward->kind == FORWARD_STATUS)
        return;
    suppression_key_text(&forward->suppressed, suppression_key);
    outgoing->to_first_partition = true;
    outgoing->key = suppression_key;
    outgoing->key_size = strlen(suppression_key);
}

static void produce(struct forwarding *forwarding, struct forward *forward) {
    char suppression_key[SUPPRESSION_KEY_TEXT_SIZE];
    rd_kafka_headers_t *headers = headers_of(forwarding, forward);
    if (headers == NULL) {
        keep_for_later(forwarding, forward, "no memory for a record's headers");
        return;
    }
    struct outgoing_record outgoing = {.topic = topic_of(forwarding, forward), .headers = headers};
    struct error error = {0};
    set_content(&outgoing, forward, suppression_key);
    if (record_producer_send(forwarding->producer, &outgoing, forward, &error))
        return;
    rd_kafka_headers_destroy(headers);
    if (record_producer_refused_for_size(forwarding->producer))
        forward_queue_push(&forwarding->oversize, forward);
    else
        keep_for_later(forwarding, forward, error.text);
}

static bool must_wait(const struct forwarding *forwarding) {
    return forwarding->trial != NULL || forwarding->suspects.head != NULL;
}

void forwarding_send(struct forwarding *forwarding, struct forward *forward) {
    if (must_wait(forwarding))
        forward_queue_push(&forwarding->again, forward);
    else
        produce(forwarding, forward);
}

/* --- what is too large --- */

/* Alone: nothing is pending, and all that follows waits. */
static void try_next_suspect(struct forwarding *forwarding) {
    if (forwarding->trial != NULL || forwarding->suspects.head == NULL ||
        record_producer_pending(forwarding->producer) > 0)
        return;
    forwarding->trial = forward_queue_pop(&forwarding->suspects);
    produce(forwarding, forwarding->trial);
    if (record_producer_pending(forwarding->producer) == 0)
        forwarding->trial = NULL; /* it was not queued */
}

void forwarding_refused_for_size(struct forwarding *forwarding, struct forward *forward) {
    if (forward != forwarding->trial) {
        forward_queue_push(&forwarding->suspects, forward);
    } else {
        forwarding->trial = NULL;
        forward_queue_push(&forwarding->oversize, forward);
    }
    try_next_suspect(forwarding);
}

static void cut_down(struct forwarding *forwarding, struct forward *forward) {
    if (forward->cut == FORWARD_BARE) {
        keep_for_later(forwarding, forward, "the topic takes not even a few headers");
        return;
    }
    forward->cut++;
    log_warning("a dead letter is larger than its topic takes, and part of it is left out",
                LOG_FIELDS(log_text("topic", topic_of(forwarding, forward)),
                           log_text("left_out", forward->cut == FORWARD_WITHOUT_VALUE ? "value" : "all"),
                           log_integer("value_bytes", (int64_t)forward->record->message->len),
                           log_text("original_topic", group_partition_topic(forward->record->partition)),
                           log_integer("partition", group_partition_number(forward->record->partition)),
                           log_integer("offset", forward->record->message->offset)));
    forwarding_send(forwarding, forward);
}

static void settle_oversize(struct forwarding *forwarding, struct forward *forward) {
    switch (forward->kind) {
    case FORWARD_DEAD_LETTER:
        cut_down(forwarding, forward);
        break;
    case FORWARD_RETRY:
        forwarding->events.too_large(forwarding->events.data, forward);
        break;
    case FORWARD_STATUS:
        log_error("a status is larger than its topic takes, and is not told",
                  LOG_FIELDS(log_text("topic", topic_of(forwarding, forward))));
        forwarding->events.done(forwarding->events.data, forward);
        break;
    case FORWARD_SUPPRESSION:
    case FORWARD_KINDS:
        keep_for_later(forwarding, forward, "it is larger than its topic takes");
        break;
    }
}

static void count(struct forwarding *forwarding, const struct forward *forward) {
    if (forward->kind == FORWARD_DEAD_LETTER)
        email_metrics_dead_letter(forwarding->metrics, forward->failure->reason);
    else if (forward->kind == FORWARD_RETRY)
        email_metrics_retry(forwarding->metrics,
                            forwarding->settings->retry_delay_names.items[forward->failure->delay_index]);
}

void forwarding_delivered(struct forwarding *forwarding, struct forward *forward, const char *reason) {
    if (forward == forwarding->trial)
        forwarding->trial = NULL;
    if (reason != NULL) {
        keep_for_later(forwarding, forward, reason);
        return;
    }
    try_next_suspect(forwarding);
    forwarding->trouble[forward->kind][0] = '\0';
    count(forwarding, forward);
    forwarding->events.done(forwarding->events.data, forward);
}

/* All that is in the queue now, but for what is another member's. */
static void take_turn(struct forwarding *forwarding, struct forward_queue *queue,
                      void (*each)(struct forwarding *forwarding, struct forward *forward)) {
    struct forward_queue turn = forward_queue_take_all(queue);
    for (struct forward *forward; (forward = forward_queue_pop(&turn)) != NULL;)
        if (group_partition_is_revoked(forward->record->partition))
            forwarding->events.dropped(forwarding->events.data, forward);
        else
            each(forwarding, forward);
}

static void suspect(struct forwarding *forwarding, struct forward *forward) {
    forward_queue_push(&forwarding->suspects, forward);
}

void forwarding_send_again(struct forwarding *forwarding) {
    take_turn(forwarding, &forwarding->oversize, settle_oversize);
    take_turn(forwarding, &forwarding->suspects, suspect);
    try_next_suspect(forwarding);
    take_turn(forwarding, &forwarding->again, forwarding_send);
}

void forwarding_forget(struct forwarding *forwarding) {
    forwarding->again = forwarding->suspects = forwarding->oversize = (struct forward_queue){0};
}
