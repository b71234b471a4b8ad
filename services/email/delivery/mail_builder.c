/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_builder.h"

#include "common/cleanup.h"
#include "mail_writer.h"
#include "policy/retry_policy.h"
#include "routing/route_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many mails as are built and not done at once, about; a message is not worth keeping above the second. */
enum { SPARE_MESSAGES = 64, SPARE_MESSAGE_SIZE = 64 * 1024 };

struct mail_builder {
    const struct email_settings *settings;
    const struct mail_catalog *catalog;
    /* Reused from mail to mail. */
    struct rendered_mail rendered;
    struct text_buffer fields[ROUTE_FIELDS];
    struct text_buffer spares[SPARE_MESSAGES];
    size_t spare_count;
};

struct mail_builder *mail_builder_new(const struct email_settings *settings,
                                      const struct mail_catalog *catalog) {
    struct mail_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->settings = settings;
    builder->catalog = catalog;
    return builder;
}

void mail_builder_free(struct mail_builder *builder) {
    if (builder == NULL)
        return;
    rendered_mail_free(&builder->rendered);
    for (int field = 0; field < ROUTE_FIELDS; field++)
        text_buffer_free(&builder->fields[field]);
    for (size_t i = 0; i < builder->spare_count; i++)
        text_buffer_free(&builder->spares[i]);
    free(builder);
}

void mail_builder_give_back(struct mail_builder *builder, struct text_buffer *message) {
    if (builder->spare_count == SPARE_MESSAGES || message->capacity > SPARE_MESSAGE_SIZE)
        text_buffer_free(message);
    else if (message->bytes != NULL)
        builder->spares[builder->spare_count++] = *message;
    *message = TEXT_BUFFER_EMPTY;
}

/* The buffer that was used last is the one that the caches still hold. */
static void take_spare(struct mail_builder *builder, struct mail *mail) {
    if (mail->message.bytes == NULL && builder->spare_count > 0)
        mail->message = builder->spares[--builder->spare_count];
}

const struct rendered_mail *mail_builder_rendered(const struct mail_builder *builder) {
    return &builder->rendered;
}

/* A record on its way. */
struct building {
    struct mail_builder *builder;
    struct record *record;
    struct mail_writing writing;
};

/* --- check --- */

static bool is_expired(const struct mail_builder *builder, const struct record *record, int64_t now_unix_ms) {
    const struct retry_policy policy = {.max_age_ms = builder->settings->max_age_ms};
    return record->past.attempts == 0 &&
           retry_policy_is_expired(&policy, record->event.time_unix_ms, now_unix_ms);
}

static enum build_verdict validate(const struct json_schema *schema, const struct cloud_event *event,
                                   struct build_trouble *trouble) {
    struct json_schema_violation violation;
    switch (json_schema_validate(schema, event->data, &violation)) {
    case JSON_SCHEMA_OK:
        return BUILD_MAILS;
    case JSON_SCHEMA_NO_MEMORY:
        return BUILD_NO_MEMORY;
    default:
        return build_poison(trouble, "invalid-data", "/data%s %s (%s)", violation.place, violation.text,
                            violation.keyword);
    }
}

/* --- what a template sees --- */

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

static bool derive_message_id(const struct building *building, const char *recipient,
                              const char *template_name, char out[MESSAGE_ID_SIZE]) {
    const struct cloud_event *event = &building->record->event;
    return message_id_derive(event->source, event->id, recipient, template_name,
                             building->builder->settings->message_id_domain, out);
}

/* --- an event that says itself what to mail --- */

static enum build_verdict read_text(const json_t *data, const char *name, const char **text_out,
                                    struct build_trouble *trouble) {
    const json_t *member = json_object_get(data, name);
    if (!json_is_string(member) || json_string_length(member) == 0)
        return build_poison(trouble, "invalid-data", "/data/%s is not a non-empty string", name);
    *text_out = json_string_value(member);
    return BUILD_MAILS;
}

static enum build_verdict build_requested(struct building *building) {
    const json_t *data = building->record->event.data;
    struct build_trouble *trouble = building->writing.trouble;
    struct mail_plan plan = {.locale = json_string_value(json_object_get(data, "locale"))};
    struct mail_address recipient;
    const char *address = NULL;
    enum build_verdict verdict = read_text(data, "template", &plan.template_name, trouble);
    if (verdict == BUILD_MAILS)
        verdict = read_text(data, "recipient", &address, trouble);
    if (verdict != BUILD_MAILS)
        return verdict;
    enum mail_address_verdict fit = mail_address_parse(address, strlen(address), &recipient);
    if (fit != MAIL_ADDRESS_OK)
        return build_poison(trouble, "invalid-recipient", "/data/recipient %s",
                            mail_address_verdict_text(fit));
    if (template_store_find(building->builder->catalog->templates, plan.template_name, NULL) == NULL)
        return build_poison(trouble, "unknown-template", "/data/template names no template of this worker");
    if (!record_make_mails(building->record, 1))
        return BUILD_NO_MEMORY;
    struct mail *mail = &building->record->mails[0];
    mail->recipient = recipient;
    if (!derive_message_id(building, recipient.wire, plan.template_name, mail->message_id))
        return BUILD_NO_MEMORY;
    take_spare(building->builder, mail);
    return mail_write(&building->writing, &plan, mail);
}

/* --- an event whose type has a route --- */

/* Before anything is added to the event's data. A bit for each mail. */
static enum build_verdict choose(const struct building *building, const struct route *route,
                                 uint32_t *chosen_out) {
    *chosen_out = 0;
    for (size_t i = 0; i < route->mail_count; i++) {
        const struct json_schema *when = route->mails[i].when;
        enum json_schema_result result =
            when == NULL ? JSON_SCHEMA_OK : json_schema_validate(when, building->record->event.root, NULL);
        if (result == JSON_SCHEMA_NO_MEMORY)
            return BUILD_NO_MEMORY;
        if (result == JSON_SCHEMA_OK)
            *chosen_out |= UINT32_C(1) << i;
    }
    return BUILD_MAILS;
}

static enum build_verdict render_fields(struct building *building, const struct route_mail *route_mail) {
    for (int field = 0; field < ROUTE_FIELDS; field++) {
        struct text_buffer *out = &building->builder->fields[field];
        struct error error = {0};
        text_buffer_reset(out);
        if (route_mail->fields[field] == NULL)
            continue;
        if (!route_text_render(route_mail->fields[field], (enum route_field)field, building->writing.context,
                               out, &error) ||
            !route_text_check((enum route_field)field, out->bytes, &error))
            return build_poison(
                building->writing.trouble, field == ROUTE_TO ? "invalid-recipient" : "invalid-message",
                "the route's %s: %.400s", route_field_name((enum route_field)field), error.text);
    }
    return BUILD_MAILS;
}

static const char *field_text(const struct building *building, enum route_field field) {
    const struct text_buffer *text = &building->builder->fields[field];
    return text->size == 0 ? "" : text->bytes;
}

static bool is_wanted(const struct building *building, const char *message_id) {
    const char *wanted = building->record->past.mail;
    size_t size = strcspn(message_id, "@");
    return wanted[0] == '\0' || (strlen(wanted) == size && strncmp(wanted, message_id, size) == 0);
}

static bool is_there_already(const struct record *record, const struct mail *mail) {
    for (const struct mail *other = record->mails; other < mail; other++) {
        if (strcmp(other->message_id, mail->message_id) == 0)
            return true;
    }
    return false;
}

/* The mail stays among the record's, to be dead-lettered alone. */
static void mark_poison(struct mail *mail, const char *template_name, const struct build_trouble *trouble) {
    mail->is_poison = true;
    snprintf(mail->template_name, sizeof mail->template_name, "%s", template_name);
    mail->failure.reason = trouble->reason;
    snprintf(mail->failure.text, sizeof mail->failure.text, "%s", trouble->text);
}

/* made_out false: it is left out. */
static enum build_verdict build_routed_mail(struct building *building, const struct route_mail *route_mail,
                                            size_t index, struct mail *mail, bool *made_out) {
    struct mail_plan plan = {.template_name = route_mail->template_name};
    char stand_in[24]; /* identifies a mail whose recipient is not known; it is no address */
    snprintf(stand_in, sizeof stand_in, "#%zu", index);
    *made_out = false;
    if (!derive_message_id(building, stand_in, plan.template_name, mail->message_id))
        return BUILD_NO_MEMORY;
    bool wanted = is_wanted(building, mail->message_id);
    enum build_verdict verdict = render_fields(building, route_mail);
    if (verdict == BUILD_POISON) {
        *made_out = wanted;
        return verdict;
    }
    const char *to = field_text(building, ROUTE_TO);
    if (verdict != BUILD_MAILS || to[0] == '\0')
        return verdict;
    if (mail_address_parse(to, strlen(to), &mail->recipient) != MAIL_ADDRESS_OK) {
        *made_out = wanted;
        return build_poison(building->writing.trouble, "invalid-recipient", "the route's to is no address");
    }
    if (!derive_message_id(building, mail->recipient.wire, plan.template_name, mail->message_id))
        return BUILD_NO_MEMORY;
    if ((!wanted && !is_wanted(building, mail->message_id)) || is_there_already(building->record, mail))
        return BUILD_MAILS;
    *made_out = true;
    plan.from = field_text(building, ROUTE_FROM);
    plan.reply_to = field_text(building, ROUTE_REPLY_TO);
    plan.locale = field_text(building, ROUTE_LOCALE);
    plan.list_unsubscribe = field_text(building, ROUTE_LIST_UNSUBSCRIBE);
    take_spare(building->builder, mail);
    return mail_write(&building->writing, &plan, mail);
}

static enum build_verdict build_routed(struct building *building, const struct route *route) {
    struct record *record = building->record;
    uint32_t chosen;
    if (choose(building, route, &chosen) != BUILD_MAILS || !record_make_mails(record, route->mail_count))
        return BUILD_NO_MEMORY;
    size_t made = 0;
    for (size_t i = 0; i < route->mail_count; i++) {
        struct mail *mail = &record->mails[made];
        bool is_made = false;
        if ((chosen & UINT32_C(1) << i) == 0)
            continue;
        enum build_verdict verdict = build_routed_mail(building, &route->mails[i], i, mail, &is_made);
        if (verdict == BUILD_NO_MEMORY)
            return verdict;
        if (verdict == BUILD_POISON && is_made)
            mark_poison(mail, route->mails[i].template_name, building->writing.trouble);
        made += is_made;
    }
    record->mail_count = made;
    if (made > 0)
        return BUILD_MAILS;
    if (record->past.mail[0] == '\0')
        return BUILD_SKIPPED;
    return build_poison(building->writing.trouble, "unknown-mail",
                        "the routes make no such mail of this event any more");
}

/* --- all of it --- */

/* The mails have what they need of it; its attributes are told with the outcome. */
static void drop_data(struct cloud_event *event) {
    event->data = NULL;
    (void)json_object_del(event->root, "data");
}

static enum build_verdict build_mails(struct building *building, const struct route *route) {
    const struct mail_builder *builder = building->builder;
    struct record *record = building->record;
    const struct json_schema *schema = route == NULL ? builder->catalog->requested_schema : route->schema;
    enum build_verdict verdict = validate(schema, &record->event, building->writing.trouble);
    if (verdict != BUILD_MAILS)
        return verdict;
    json_t *context = render_context(builder, &record->event);
    if (context == NULL)
        return BUILD_NO_MEMORY;
    cleanup(cleanup_free) char *traceparent = kafka_header_text(record->headers, "traceparent");
    building->writing.context = context;
    building->writing.traceparent = traceparent;
    verdict = route == NULL ? build_requested(building) : build_routed(building, route);
    json_decref(context);
    if (verdict == BUILD_POISON || verdict == BUILD_NO_MEMORY)
        record_drop_mails(record);
    if (verdict == BUILD_MAILS)
        drop_data(&record->event);
    return verdict;
}

enum build_verdict mail_builder_build(struct mail_builder *builder, struct record *record,
                                      int64_t now_unix_ms, struct build_trouble *trouble) {
    struct error error = {0};
    if (!record->past_is_readable)
        return build_poison(trouble, "invalid-retry", "the record's notify-* headers are unreadable");
    if (!cloud_event_decode(&record->event, record->message->payload, record->message->len, record->headers,
                            &error))
        return build_poison(trouble, "invalid-event", "%.500s", error.text);
    const char *type = record->event.type;
    const struct route *route = route_table_find(&builder->catalog->routes, type);
    if (route == NULL && strcmp(type, REQUESTED_TYPE) != 0)
        return BUILD_SKIPPED;
    if (is_expired(builder, record, now_unix_ms))
        return build_poison(trouble, "expired",
                            "the event is older than EMAIL_MAX_AGE and was never attempted");
    struct building building = {
        .builder = builder,
        .record = record,
        .writing =
            {
                .settings = builder->settings,
                .catalog = builder->catalog,
                .rendered = &builder->rendered,
                .event = &record->event,
                .now_unix_ms = now_unix_ms,
                .trouble = trouble,
            },
    };
    return build_mails(&building, route);
}
