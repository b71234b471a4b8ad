/* SPDX-License-Identifier: Apache-2.0 */
#include "topic_watch.h"

#include "common/clock.h"
#include "common/log.h"
#include "delivery/status_event.h"
#include "kafka/topic_survey.h"
#include "kafka_readiness.h"
#include <stdio.h>
#include <stdlib.h>

#define EVERY_MS 60000
#define WHILE_MISSING_MS 2000 /* also while it is not known */

struct topic_watch {
    const struct email_settings *settings;
    struct readiness *readiness;
    struct kafka_readiness state;
    struct text_list needed; /* event topics first; borrows the names */
    char *prefix;            /* "<group>.retry." */
    bool is_asking;
    int64_t next_ms;
    struct text_list warned_of;
};

static void publish(struct topic_watch *watch) {
    const char *detail = "";
    bool ok = kafka_readiness_is_ok(&watch->state, &detail);
    readiness_set(watch->readiness, "kafka", true, ok, detail);
}

static bool gather(struct topic_watch *watch) {
    const struct email_settings *settings = watch->settings;
    watch->needed.items = calloc(settings->subscription.count + 2, sizeof *watch->needed.items);
    if (watch->needed.items == NULL)
        return false;
    for (size_t i = 0; i < settings->subscription.count; i++)
        watch->needed.items[watch->needed.count++] = settings->subscription.items[i];
    watch->needed.items[watch->needed.count++] = settings->dead_letter_topic;
    watch->needed.items[watch->needed.count++] = (char *)STATUS_TOPIC;
    return asprintf(&watch->prefix, "%s.retry.", settings->group_id) >= 0;
}

struct topic_watch *topic_watch_new(const struct email_settings *settings, struct readiness *readiness) {
    struct topic_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->settings = settings;
    watch->readiness = readiness;
    if (!gather(watch)) {
        watch->prefix = NULL;
        topic_watch_free(watch);
        return NULL;
    }
    publish(watch);
    return watch;
}

void topic_watch_free(struct topic_watch *watch) {
    if (watch == NULL)
        return;
    text_list_free(&watch->warned_of);
    free(watch->needed.items);
    free(watch->prefix);
    free(watch);
}

/* --- what is found --- */

static void warn_of_forgotten(struct topic_watch *watch, const struct text_list *forgotten) {
    for (size_t i = 0; i < forgotten->count; i++)
        if (!text_list_has(&watch->warned_of, forgotten->items[i])) {
            (void)text_list_add(&watch->warned_of, forgotten->items[i]); /* no memory: it is told again */
            log_warning("a retry topic holds mails that this group has not read, and its delay is not in "
                        "EMAIL_RETRY_DELAYS: they are not sent until it is",
                        LOG_FIELDS(log_text("topic", forgotten->items[i])));
        }
}

static void on_answer(void *data, const struct survey_answer *answer) {
    struct topic_watch *watch = data;
    watch->is_asking = false;
    if (answer->is_known) {
        bool was_missing = *watch->state.missing != '\0';
        kafka_readiness_note_missing(&watch->state, &watch->needed, watch->settings->topics.count,
                                     answer->is_missing);
        if (was_missing && *watch->state.missing == '\0')
            log_info("all topics are there", NULL);
        warn_of_forgotten(watch, &answer->forgotten);
        publish(watch);
    }
    bool is_well = answer->is_known && *watch->state.missing == '\0';
    watch->next_ms = clock_monotonic_ms() + (is_well ? EVERY_MS : WHILE_MISSING_MS);
}

/* --- what happens --- */

void topic_watch_tick(struct topic_watch *watch, struct group_consumer *consumer) {
    const struct survey_question question = {.needed = &watch->needed, .prefix = watch->prefix};
    if (!watch->is_asking && clock_monotonic_ms() >= watch->next_ms)
        watch->is_asking = topic_survey_ask(consumer, &question, on_answer, watch);
}

void topic_watch_kafka_state(struct topic_watch *watch, bool ok, const char *detail) {
    watch->state.in_trouble = !ok;
    snprintf(watch->state.trouble, sizeof watch->state.trouble, "%s", detail);
    publish(watch);
}

void topic_watch_joined(struct topic_watch *watch) {
    watch->state.has_joined = true;
    publish(watch);
}
