/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_builder.h"

#include "common/cleanup.h"
#include "policy/retry_policy.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTIFICATION_REQUESTED "com.example.notification.requested.v1"

struct mail_builder {
    const struct email_settings *settings;
    const struct template_store *templates;
    struct rendered_mail rendered; /* reused from mail to mail */
};

/* What notification.requested asks for; texts are borrowed from the event. */
struct request {
    const char *template_name, *locale;
    const struct mail_template *mail_template;
    struct mail_address recipient;
    const char *recipient_text;
};

struct mail_builder *mail_builder_new(const struct email_settings *settings,
                                      const struct template_store *templates) {
    struct mail_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->settings = settings;
    builder->templates = templates;
    return builder;
}

void mail_builder_free(struct mail_builder *builder) {
    if (builder == NULL)
        return;
    rendered_mail_free(&builder->rendered);
    free(builder);
}

__attribute__((format(printf, 3, 4))) static enum build_verdict
poison(struct build_trouble *trouble, const char *reason, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(trouble->text, sizeof trouble->text, format, arguments);
    va_end(arguments);
    trouble->reason = reason;
    return BUILD_POISON;
}

/* --- check --- */

static enum build_verdict read_text(const json_t *data, const char *name, bool required,
                                    const char **text_out, struct build_trouble *trouble) {
    const json_t *member = json_object_get(data, name);
    if (member == NULL && !required)
        return BUILD_MAILS;
    if (member == NULL)
        return poison(trouble, "invalid-data", "/data/%s is missing", name);
    if (!json_is_string(member) || json_string_length(member) == 0)
        return poison(trouble, "invalid-data", "/data/%s is not a non-empty string", name);
    *text_out = json_string_value(member);
    return BUILD_MAILS;
}

static enum build_verdict read_request(const struct mail_builder *builder, const struct cloud_event *event,
                                       struct request *request, struct build_trouble *trouble) {
    const json_t *variables = json_object_get(event->data, "variables");
    enum build_verdict verdict = read_text(event->data, "template", true, &request->template_name, trouble);
    if (verdict == BUILD_MAILS)
        verdict = read_text(event->data, "recipient", true, &request->recipient_text, trouble);
    if (verdict == BUILD_MAILS)
        verdict = read_text(event->data, "locale", false, &request->locale, trouble);
    if (verdict != BUILD_MAILS)
        return verdict;
    if (variables != NULL && !json_is_object(variables))
        return poison(trouble, "invalid-data", "/data/variables is not an object");
    enum mail_address_verdict address =
        mail_address_parse(request->recipient_text, strlen(request->recipient_text), &request->recipient);
    if (address != MAIL_ADDRESS_OK)
        return poison(trouble, "invalid-recipient", "/data/recipient %s", mail_address_verdict_text(address));
    request->mail_template = template_store_find(builder->templates, request->template_name, request->locale);
    if (request->mail_template == NULL)
        return poison(trouble, "unknown-template", "/data/template names no template of this worker");
    return BUILD_MAILS;
}

/* --- render --- */

static json_t *event_attributes(const struct cloud_event *event) {
    json_t *attributes = json_object();
    static const char *const names[] = {"id", "source", "type", "subject", "time"};
    for (size_t i = 0; attributes != NULL && i < sizeof names / sizeof names[0]; i++) {
        json_t *value = json_object_get(event->root, names[i]);
        if (value != NULL && json_object_set(attributes, names[i], value) != 0) {
            json_decref(attributes);
            return NULL;
        }
    }
    return attributes;
}

/* {"event": attributes, "data": the event's, "vars": MAIL_VAR_*} */
static json_t *render_context(const struct mail_builder *builder, const struct cloud_event *event) {
    json_t *context = json_object();
    if (context == NULL || json_object_set_new(context, "event", event_attributes(event)) != 0 ||
        json_object_set(context, "data", event->data) != 0 ||
        json_object_set(context, "vars", builder->settings->mail_variables) != 0) {
        json_decref(context);
        return NULL;
    }
    return context;
}

static enum build_verdict render(struct mail_builder *builder, const struct cloud_event *event,
                                 const struct request *request, struct build_trouble *trouble) {
    struct error error = {0};
    json_t *context = render_context(builder, event);
    if (context == NULL)
        return BUILD_NO_MEMORY;
    bool rendered = template_render(request->mail_template, context, &builder->rendered, &error);
    json_decref(context);
    return rendered
               ? BUILD_MAILS
               : poison(trouble, "template-error", "template %s: %.400s", request->template_name, error.text);
}

/* --- compose --- */

static bool has_8bit(const struct text_buffer *message) {
    for (size_t i = 0; i < message->size; i++)
        if ((unsigned char)message->bytes[i] > 127)
            return true;
    return false;
}

static enum build_verdict compose(struct mail_builder *builder, struct record *record,
                                  const struct request *request, struct mail *mail, int64_t now_unix_ms,
                                  struct build_trouble *trouble) {
    const struct cloud_event *event = &record->event;
    const struct email_settings *settings = builder->settings;
    cleanup(cleanup_free) char *traceparent = kafka_header_text(record->headers, "traceparent");
    const struct message_header extra[] = {
        {"Auto-Submitted", "auto-generated"},
        {"X-Event-Id", event->id},
        {"X-Event-Type", event->type},
        {traceparent == NULL ? NULL : "traceparent", traceparent},
        {NULL, NULL},
    };
    if (!message_id_derive(event->source, event->id, mail->recipient.wire, request->template_name,
                           settings->message_id_domain, mail->message_id))
        return BUILD_NO_MEMORY;
    const struct message_parts parts = {
        .from = settings->mail_from,
        .to = mail->recipient.wire,
        .subject = builder->rendered.subject.bytes,
        .message_id = mail->message_id,
        .date_unix_ms = now_unix_ms,
        .text = builder->rendered.text.bytes,
        .text_size = builder->rendered.text.size,
        .html = builder->rendered.html.bytes,
        .html_size = builder->rendered.html.size,
        .extra = extra,
    };
    struct error error = {0};
    if (!message_compose(&parts, &mail->message, &error))
        return poison(trouble, "invalid-message", "the message cannot be written: %.400s", error.text);
    mail->template_name = request->template_name;
    mail->smtp = (struct smtp_mail){
        .return_path = settings->return_path,
        .recipient = mail->recipient.wire,
        .message = mail->message.bytes,
        .message_size = mail->message.size,
        .needs_smtputf8 = mail->recipient.needs_smtputf8,
        .has_8bit = has_8bit(&mail->message),
        .owner = mail,
    };
    return BUILD_MAILS;
}

/* --- all of it --- */

static bool is_expired(const struct mail_builder *builder, const struct record *record, int64_t now_unix_ms) {
    const struct retry_policy policy = {.max_age_ms = builder->settings->max_age_ms};
    return record->past.attempts == 0 &&
           retry_policy_is_expired(&policy, record->event.time_unix_ms, now_unix_ms);
}

enum build_verdict mail_builder_build(struct mail_builder *builder, struct record *record,
                                      int64_t now_unix_ms, struct build_trouble *trouble) {
    struct error error = {0};
    struct request request = {0};
    if (!record->past_is_readable)
        return poison(trouble, "invalid-retry", "the record's notify-* headers are unreadable");
    if (!cloud_event_decode(&record->event, record->message->payload, record->message->len, record->headers,
                            &error))
        return poison(trouble, "invalid-event", "%.500s", error.text);
    if (strcmp(record->event.type, NOTIFICATION_REQUESTED) != 0)
        return BUILD_SKIPPED;
    if (is_expired(builder, record, now_unix_ms))
        return poison(trouble, "expired", "the event is older than EMAIL_MAX_AGE and was never attempted");
    enum build_verdict verdict = read_request(builder, &record->event, &request, trouble);
    if (verdict == BUILD_MAILS)
        verdict = render(builder, &record->event, &request, trouble);
    if (verdict != BUILD_MAILS)
        return verdict;
    if (!record_make_mails(record, 1))
        return BUILD_NO_MEMORY;
    record->mails[0].recipient = request.recipient;
    return compose(builder, record, &request, &record->mails[0], now_unix_ms, trouble);
}
