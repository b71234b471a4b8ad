/* SPDX-License-Identifier: Apache-2.0 */
#include "status_event.h"

#include "common/clock.h"
#include <notify-client.h>
#include <stdio.h>
#include <string.h>

#define SENT_TYPE "com.example.notification.sent.v1"
#define FAILED_TYPE "com.example.notification.failed.v1"

/* Sets a member that is left out when there is nothing to tell. */
static bool set_text(json_t *object, const char *name, const char *text) {
    return text == NULL || json_object_set_new(object, name, json_string(text)) == 0;
}

static bool set_reply(json_t *data, const struct smtp_result *result) {
    if (result == NULL || result->fate != SMTP_FATE_REPLIED)
        return true;
    const struct smtp_enhanced_code *code = &result->enhanced;
    char enhanced[40] = "";
    if (code->class != 0)
        snprintf(enhanced, sizeof enhanced, "%d.%d.%d", code->class, code->subject, code->detail);
    return json_object_set_new(data, "smtp_code", json_integer(result->code)) == 0 &&
           set_text(data, "enhanced_code", enhanced[0] == '\0' ? NULL : enhanced);
}

static json_t *data_of(const struct status_event *status) {
    const struct cloud_event *cause = status->cause;
    json_t *data = json_pack("{s:{s:s, s:s, s:s}, s:s, s:s, s:i}", "event", "source", cause->source, "id",
                             cause->id, "type", cause->type, "channel", "email", "outcome",
                             status->sent ? "sent" : "failed", "attempts", (int)status->attempts);
    if (data == NULL)
        return NULL;
    if (set_text(data, "reason", status->reason) && set_text(data, "template", status->template_name) &&
        set_text(data, "message_id", status->message_id) && set_reply(data, status->result))
        return data;
    json_decref(data);
    return NULL;
}

char *status_event_encode(const struct status_event *status) {
    char id[37], time[RFC3339_SIZE];
    json_t *data = data_of(status);
    if (data == NULL)
        return NULL;
    if (notify_event_new_id(id) != NOTIFY_OK) {
        json_decref(data);
        return NULL;
    }
    clock_format_rfc3339(status->now_unix_ms, time);
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "id", id, "source",
                              status->source, "type", status->sent ? SENT_TYPE : FAILED_TYPE, "time", time,
                              "datacontenttype", "application/json", "data", data);
    if (event == NULL)
        return NULL; /* json_pack has let go of data */
    char *text = set_text(event, "subject", status->cause->subject) ? json_dumps(event, JSON_COMPACT) : NULL;
    json_decref(event);
    return text;
}

static bool copy_header(rd_kafka_headers_t *headers, const rd_kafka_headers_t *cause, const char *name) {
    const void *value = NULL;
    size_t size = 0;
    if (cause == NULL || rd_kafka_header_get_last(cause, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return true;
    return rd_kafka_header_add(headers, name, -1, value, (ssize_t)size) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_headers_t *status_headers(const rd_kafka_headers_t *cause) {
    static const char content_type[] = "application/cloudevents+json; charset=UTF-8";
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    if (headers == NULL)
        return NULL;
    if (rd_kafka_header_add(headers, "content-type", -1, content_type, -1) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        copy_header(headers, cause, "traceparent") && copy_header(headers, cause, "tracestate"))
        return headers;
    rd_kafka_headers_destroy(headers);
    return NULL;
}
