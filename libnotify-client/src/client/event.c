/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"
#include "attribute.h"
#include "error.h"
#include "uuid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Replaces *target by a copy of value when check finds no fault with it. */
static enum notify_error replace_text(char **target, const char *name, const char *value,
                                      const char *(*check)(const char *), enum notify_error bad) {
    if (value == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the event's %s is NULL", name);
    const char *problem = check(value);
    if (problem != NULL)
        return notify_fail(bad, "the event's %s %s", name, problem);
    char *copy = strdup(value);
    if (copy == NULL)
        return notify_fail_no_memory();
    free(*target);
    *target = copy;
    return NOTIFY_OK;
}

enum notify_error notify_event_new(notify_event **event_out, const char *type) {
    if (event_out == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "event_out is NULL");
    *event_out = NULL;
    notify_event *event = calloc(1, sizeof *event);
    if (event == NULL)
        return notify_fail_no_memory();
    enum notify_error error =
        replace_text(&event->type, "type", type, attribute_check_type, NOTIFY_E_INVALID_EVENT);
    if (error != NOTIFY_OK) {
        notify_event_free(event);
        return error;
    }
    *event_out = event;
    return NOTIFY_OK;
}

notify_event *notify_event_free(notify_event *event) {
    if (event == NULL)
        return NULL;
    char *texts[] = {event->type, event->id,   event->source,      event->subject,
                     event->key,  event->time, event->traceparent, event->tracestate};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    json_decref(event->data);
    json_decref(event->extensions);
    free(event);
    return NULL;
}

#define REFUSE_NULL_EVENT(event)                                                                             \
    do {                                                                                                     \
        if ((event) == NULL)                                                                                 \
            return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "the event is NULL");                              \
    } while (0)

enum notify_error notify_event_set_id(notify_event *event, const char *id) {
    REFUSE_NULL_EVENT(event);
    return replace_text(&event->id, "id", id, attribute_check_text, NOTIFY_E_INVALID_EVENT);
}

enum notify_error notify_event_set_source(notify_event *event, const char *source) {
    REFUSE_NULL_EVENT(event);
    return replace_text(&event->source, "source", source, attribute_check_source, NOTIFY_E_INVALID_EVENT);
}

enum notify_error notify_event_set_subject(notify_event *event, const char *subject) {
    REFUSE_NULL_EVENT(event);
    return replace_text(&event->subject, "subject", subject, attribute_check_text, NOTIFY_E_INVALID_EVENT);
}

enum notify_error notify_event_set_key(notify_event *event, const char *key) {
    REFUSE_NULL_EVENT(event);
    return replace_text(&event->key, "key", key, attribute_check_text, NOTIFY_E_INVALID_EVENT);
}

enum notify_error notify_event_set_time(notify_event *event, int64_t unix_ms) {
    REFUSE_NULL_EVENT(event);
    char text[ATTRIBUTE_TIME_SIZE];
    const char *problem = attribute_format_time(unix_ms, text);
    if (problem != NULL)
        return notify_fail(NOTIFY_E_INVALID_EVENT, "the event's time %s", problem);
    return replace_text(&event->time, "time", text, attribute_check_time, NOTIFY_E_INVALID_EVENT);
}

enum notify_error notify_event_set_trace(notify_event *event, const char *traceparent,
                                         const char *tracestate) {
    REFUSE_NULL_EVENT(event);
    char *new_parent = NULL, *new_state = NULL;
    enum notify_error error = replace_text(&new_parent, "traceparent", traceparent,
                                           attribute_check_traceparent, NOTIFY_E_INVALID_EVENT);
    if (error == NOTIFY_OK && tracestate != NULL)
        error = replace_text(&new_state, "tracestate", tracestate, attribute_check_tracestate,
                             NOTIFY_E_INVALID_EVENT);
    if (error != NOTIFY_OK) {
        free(new_parent);
        return error;
    }
    free(event->traceparent);
    free(event->tracestate);
    event->traceparent = new_parent;
    event->tracestate = new_state;
    return NOTIFY_OK;
}

const char *notify_event_id(const notify_event *event) {
    return event == NULL ? NULL : event->id;
}

const char *notify_event_type(const notify_event *event) {
    return event == NULL ? NULL : event->type;
}

const char *notify_event_source(const notify_event *event) {
    return event == NULL ? NULL : event->source;
}

const char *notify_event_subject(const notify_event *event) {
    return event == NULL ? NULL : event->subject;
}

const char *notify_event_key(const notify_event *event) {
    if (event == NULL)
        return NULL;
    return event->key != NULL ? event->key : event->subject;
}

const char *notify_event_time(const notify_event *event) {
    return event == NULL ? NULL : event->time;
}

const char *notify_event_traceparent(const notify_event *event) {
    return event == NULL ? NULL : event->traceparent;
}

const char *notify_event_tracestate(const notify_event *event) {
    return event == NULL ? NULL : event->tracestate;
}

static enum notify_error present_unix_ms(int64_t *unix_ms_out) {
    struct timespec present;
    if (clock_gettime(CLOCK_REALTIME, &present) != 0)
        return notify_fail(NOTIFY_E_SYSTEM, "clock_gettime: %s", strerror(errno));
    *unix_ms_out = (int64_t)present.tv_sec * 1000 + present.tv_nsec / 1000000;
    return NOTIFY_OK;
}

enum notify_error notify_event_new_id(char id[37]) {
    if (id == NULL)
        return notify_fail(NOTIFY_E_INVALID_ARGUMENT, "id is NULL");
    /* Not kept in stock between calls: a fork would give parent and child the same numbers. */
    uint8_t random[10];
    ssize_t size;
    do {
        size = getrandom(random, sizeof random, 0);
    } while (size < 0 && errno == EINTR);
    if (size != (ssize_t)sizeof random)
        return notify_fail(NOTIFY_E_SYSTEM, "getrandom: %s", strerror(errno));
    int64_t unix_ms = 0;
    enum notify_error error = present_unix_ms(&unix_ms);
    if (error != NOTIFY_OK)
        return error;
    uint16_t counter_start = (uint16_t)(random[8] << 8 | random[9]);
    uuid_format_v7(uuid_next_stamp((uint64_t)unix_ms, counter_start), random, id);
    return NOTIFY_OK;
}

enum notify_error event_complete(notify_event *event, const char *source) {
    enum notify_error error = NOTIFY_OK;
    if (event->id == NULL) {
        char id[UUID_SIZE];
        error = notify_event_new_id(id);
        if (error == NOTIFY_OK)
            error = notify_event_set_id(event, id);
    }
    if (error == NOTIFY_OK && event->time == NULL) {
        int64_t unix_ms = 0;
        error = present_unix_ms(&unix_ms);
        if (error == NOTIFY_OK)
            error = notify_event_set_time(event, unix_ms);
    }
    if (error == NOTIFY_OK && event->source == NULL && source != NULL)
        error = notify_event_set_source(event, source);
    if (error == NOTIFY_OK && event->source == NULL)
        error = notify_fail(NOTIFY_E_INVALID_EVENT,
                            "the event's source is missing, and the client has none either");
    return error;
}
