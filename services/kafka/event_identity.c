/* SPDX-License-Identifier: Apache-2.0 */
#include "event_identity.h"

#include "cloud_event.h"
#include "common/clock.h"
#include "common/utf8.h"
#include "json_skim.h"
#include <stdlib.h>
#include <string.h>

#define TIME_SIZE 64 /* longer ones are left to the decoder */

enum verdict { IS_EVENT, NO_EVENT, UNSURE };

enum attribute { ID, SOURCE, TYPE, SPECVERSION, SUBJECT, TIME, ATTRIBUTES };

static const char *const attribute_names[] = {"id", "source", "type", "specversion", "subject", "time"};

/* What cloud_event_decode() looks at. bytes NULL: missing, or null. */
struct attributes {
    struct json_span texts[ATTRIBUTES];
    bool has_data;
};

static bool is_text(const struct json_span *span, const char *text) {
    return span->size == strlen(text) && memcmp(span->bytes, text, span->size) == 0;
}

static int attribute_of(const struct json_span *name) {
    for (int i = 0; i < ATTRIBUTES; i++)
        if (is_text(name, attribute_names[i]))
            return i;
    return -1;
}

/* By the rules of cloud_event_decode(). */
static enum verdict judge(const struct attributes *attributes) {
    const struct json_span *texts = attributes->texts;
    for (int i = 0; i < ATTRIBUTES; i++) {
        bool required = i <= SPECVERSION;
        if (texts[i].has_escapes)
            return UNSURE;
        if (texts[i].bytes == NULL ? required : texts[i].size == 0)
            return NO_EVENT;
    }
    if (!attributes->has_data || !is_text(&texts[SPECVERSION], "1.0"))
        return NO_EVENT;
    char time[TIME_SIZE];
    int64_t ignored;
    if (texts[TIME].bytes == NULL)
        return IS_EVENT;
    if (texts[TIME].size >= sizeof time)
        return UNSURE;
    memcpy(time, texts[TIME].bytes, texts[TIME].size);
    time[texts[TIME].size] = '\0';
    return clock_parse_rfc3339(time, &ignored) ? IS_EVENT : NO_EVENT;
}

/* --- structured mode --- */

static enum verdict failed(const struct json_skim *skim) {
    return skim->unsure ? UNSURE : NO_EVENT;
}

static enum verdict skim_member(struct json_skim *skim, struct attributes *attributes) {
    struct json_span name;
    if (!json_skim_string(skim, &name) || !json_skim_character(skim, ':'))
        return failed(skim);
    if (name.has_escapes)
        return UNSURE; /* it may spell one of the names */
    int attribute = attribute_of(&name);
    char first = skim->at < skim->end ? *skim->at : '\0';
    if (attribute >= 0 && first == '"') {
        if (attributes->texts[attribute].bytes != NULL)
            return NO_EVENT; /* twice */
        return json_skim_string(skim, &attributes->texts[attribute]) ? IS_EVENT : failed(skim);
    }
    bool may_be_null = attribute == SUBJECT || attribute == TIME;
    if (attribute >= 0 && !(may_be_null && first == 'n'))
        return NO_EVENT;
    if (is_text(&name, "data")) {
        if (first != '{' || attributes->has_data)
            return NO_EVENT;
        attributes->has_data = true;
    }
    return json_skim_value(skim) ? IS_EVENT : failed(skim);
}

static enum verdict skim_structured(struct json_skim *skim, struct attributes *attributes) {
    if (!json_skim_character(skim, '{'))
        return NO_EVENT;
    do {
        enum verdict verdict = skim_member(skim, attributes);
        if (verdict != IS_EVENT)
            return verdict;
    } while (json_skim_character(skim, ','));
    if (!json_skim_character(skim, '}') || skim->at != skim->end)
        return NO_EVENT;
    return judge(attributes);
}

/* --- binary mode --- */

static enum verdict skim_binary(struct json_skim *skim, const rd_kafka_headers_t *headers,
                                struct attributes *attributes) {
    const char *name = NULL;
    const void *bytes = NULL;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        if (strncmp(name, "ce_", 3) != 0 || bytes == NULL)
            continue;
        if (strcmp(name, "ce_data") == 0 || memchr(bytes, '\0', size) != NULL)
            return UNSURE;
        if (!utf8_is_valid(bytes, size))
            return NO_EVENT;
        const struct json_span span = {name + 3, strlen(name + 3), false};
        int attribute = attribute_of(&span);
        if (attribute >= 0)
            attributes->texts[attribute] = (struct json_span){bytes, size, false}; /* the last one counts */
    }
    json_skim_space(skim);
    attributes->has_data = skim->at < skim->end && *skim->at == '{';
    if (!json_skim_value(skim))
        return failed(skim);
    json_skim_space(skim);
    return skim->at == skim->end ? judge(attributes) : NO_EVENT;
}

/* --- both --- */

static bool decode(struct event_identity *identity, const void *value, size_t size,
                   const rd_kafka_headers_t *headers) {
    struct cloud_event event;
    struct error ignored = {0};
    if (!cloud_event_decode(&event, value, size, headers, &ignored))
        return false;
    *identity = (struct event_identity){.decoded = {strdup(event.source), strdup(event.id)}};
    cloud_event_clear(&event);
    if (identity->decoded[0] == NULL || identity->decoded[1] == NULL) {
        event_identity_clear(identity);
        return false;
    }
    identity->source = identity->decoded[0];
    identity->id = identity->decoded[1];
    identity->source_size = strlen(identity->source);
    identity->id_size = strlen(identity->id);
    return true;
}

bool event_identity_read(struct event_identity *identity, const void *value, size_t value_size,
                         const rd_kafka_headers_t *headers) {
    if (value == NULL || value_size == 0)
        return false;
    struct json_skim skim = {value, (const char *)value + value_size, false};
    struct attributes attributes = {0};
    enum cloud_event_mode mode = cloud_event_mode(headers);
    if (mode == CLOUD_EVENT_BATCH)
        return false;
    enum verdict verdict = mode == CLOUD_EVENT_BINARY ? skim_binary(&skim, headers, &attributes)
                                                      : skim_structured(&skim, &attributes);
    if (verdict == UNSURE)
        return decode(identity, value, value_size, headers);
    const struct json_span *source = &attributes.texts[SOURCE], *id = &attributes.texts[ID];
    *identity = (struct event_identity){
        .source = source->bytes, .source_size = source->size, .id = id->bytes, .id_size = id->size};
    return verdict == IS_EVENT;
}

void event_identity_clear(struct event_identity *identity) {
    free(identity->decoded[0]);
    free(identity->decoded[1]);
    *identity = (struct event_identity){0};
}
