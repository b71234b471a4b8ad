/* SPDX-License-Identifier: Apache-2.0 */
#include "dead_letter_view.h"
#include "kafka/dead_letter.h"

#include <stdlib.h>
#include <string.h>

/* Spring's numbers: big-endian, of four or eight bytes. */
static int64_t read_number(const rd_kafka_headers_t *headers, const char *name) {
    const void *value = NULL;
    size_t size = 0;
    if (headers == NULL ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        value == NULL || (size != 4 && size != 8))
        return -1;
    const unsigned char *bytes = value;
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return size == 4 ? (int32_t)(uint32_t)number : (int64_t)number;
}

static char *template_of(const struct dead_letter_view *view, const rd_kafka_headers_t *headers) {
    char *named = kafka_header_text(headers, HEADER_TEMPLATE);
    const char *asked =
        view->is_event ? json_string_value(json_object_get(view->event.data, "template")) : NULL;
    return named == NULL && asked != NULL ? strdup(asked) : named;
}

void dead_letter_view_read(struct dead_letter_view *view, const void *value, size_t value_size,
                           const rd_kafka_headers_t *headers, int64_t timestamp) {
    *view = (struct dead_letter_view){.died_unix_ms = timestamp};
    view->oversize = oversize_read(headers);
    view->is_event = cloud_event_decode(&view->event, value, value_size, headers, &view->event_trouble);
    view->reason = kafka_header_text(headers, HEADER_REASON);
    view->message = kafka_header_text(headers, "kafka_dlt-exception-message");
    view->mail = kafka_header_text(headers, HEADER_MAIL);
    view->attempts = kafka_header_text(headers, HEADER_ATTEMPT);
    view->template_name = template_of(view, headers);
    view->original_topic = kafka_header_text(headers, "kafka_dlt-original-topic");
    view->original_partition = read_number(headers, "kafka_dlt-original-partition");
    view->original_offset = read_number(headers, "kafka_dlt-original-offset");
    if (view->oversize >= 0)
        error_set(&view->event_trouble,
                  "the dead letters do not take its value of %lld bytes (notify-oversize): it is left out, "
                  "and the record stands where it was first read, as long as that topic keeps it",
                  (long long)view->oversize);
    view->replay_count = replay_count_read(headers);
}

void dead_letter_view_free(struct dead_letter_view *view) {
    cloud_event_clear(&view->event);
    free(view->reason);
    free(view->message);
    free(view->mail);
    free(view->attempts);
    free(view->template_name);
    free(view->original_topic);
    *view = (struct dead_letter_view){0};
}
