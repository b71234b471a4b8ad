/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_status.h"
#include "common/clock.h"
#include <string.h>

#define TYPE_SENT "com.example.notification.sent.v1"
#define TYPE_FAILED "com.example.notification.failed.v1"
#define TEXT_MAX 1024 /* as long as an attribute of an event may be */

const char *mail_state_text(enum mail_state state) {
    switch (state) {
    case MAIL_PENDING:
        return "pending";
    case MAIL_SENT:
        return "sent";
    case MAIL_FAILED:
        return "failed";
    }
    return "pending";
}

/* A text member that may be missing; it is "" then. */
static bool read_text(const json_t *object, const char *name, const char **text_out, struct error *error) {
    const json_t *member = json_object_get(object, name);
    *text_out = "";
    if (member == NULL)
        return true;
    const char *text = json_string_value(member);
    if (text == NULL || strlen(text) != json_string_length(member) || strlen(text) > TEXT_MAX)
        return error_set(error, "%s is no text of at most %d bytes", name, TEXT_MAX);
    *text_out = text;
    return true;
}

static bool read_required(const json_t *object, const char *name, const char **text_out,
                          struct error *error) {
    if (!read_text(object, name, text_out, error))
        return false;
    return (*text_out)[0] != '\0' || error_set(error, "%s is missing", name);
}

static bool read_number(const json_t *object, const char *name, int64_t *number_out, struct error *error) {
    const json_t *member = json_object_get(object, name);
    *number_out = member != NULL ? json_integer_value(member) : 0;
    return member == NULL || (json_is_integer(member) && *number_out >= 0) ||
           error_set(error, "%s is no number of 0 or more", name);
}

static bool read_data(struct mail_status *status, struct error *error) {
    const json_t *data = status->event.data;
    const json_t *cause = json_object_get(data, "event");
    if (!json_is_object(cause))
        return error_set(error, "the event that caused the mail is not named");
    status->time_ms = status->event.time_unix_ms >= 0 ? status->event.time_unix_ms : clock_unix_ms();
    return read_required(cause, "source", &status->cause_source, error) &&
           read_required(cause, "id", &status->cause_id, error) &&
           read_text(data, "template", &status->template_name, error) &&
           read_text(data, "message_id", &status->message_id, error) &&
           read_text(data, "reason", &status->reason, error) &&
           read_text(data, "enhanced_code", &status->enhanced_code, error) &&
           read_number(data, "attempts", &status->attempts, error) &&
           read_number(data, "smtp_code", &status->smtp_code, error);
}

enum mail_status_verdict mail_status_decode(struct mail_status *status, const void *value, size_t value_size,
                                            const rd_kafka_headers_t *headers, struct error *error) {
    *status = (struct mail_status){.state = MAIL_PENDING};
    if (!cloud_event_decode(&status->event, value, value_size, headers, error))
        return MAIL_STATUS_BAD;
    if (strcmp(status->event.type, TYPE_SENT) == 0)
        status->state = MAIL_SENT;
    else if (strcmp(status->event.type, TYPE_FAILED) == 0)
        status->state = MAIL_FAILED;
    bool is_other = status->state == MAIL_PENDING;
    if (!is_other && read_data(status, error))
        return MAIL_STATUS_OK;
    mail_status_clear(status);
    return is_other ? MAIL_STATUS_OTHER : MAIL_STATUS_BAD;
}

void mail_status_clear(struct mail_status *status) {
    cloud_event_clear(&status->event);
}
