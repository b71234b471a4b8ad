/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle is cloud_event_decode(), which parses the whole. */
#include "kafka/cloud_event.h"
#include "kafka/event_identity.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

#define ATTRIBUTES "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t.v1\""

static bool is_text(const char *bytes, size_t size, const char *text) {
    return size == strlen(text) && memcmp(bytes, text, size) == 0;
}

/* True: both say the same. */
static bool says_the_same(const void *value, size_t size, const rd_kafka_headers_t *headers,
                          bool *event_out) {
    struct cloud_event event = {0};
    struct event_identity identity;
    struct error ignored = {0};
    bool decoded = cloud_event_decode(&event, value, size, headers, &ignored);
    bool found = event_identity_read(&identity, value, size, headers);
    bool same = decoded == found;
    if (decoded && found)
        same = is_text(identity.source, identity.source_size, event.source) &&
               is_text(identity.id, identity.id_size, event.id);
    if (decoded)
        cloud_event_clear(&event);
    if (found)
        event_identity_clear(&identity);
    *event_out = decoded;
    return same;
}

/* --- structured mode --- */

static const char *const structured[] = {
    "{" ATTRIBUTES ",\"data\":{}}",
    " \t\r\n{ " ATTRIBUTES " , \"data\" : { \"a\" : [ 1 , -2.5 , true , false , null , {} , [] ] } } \n",
    "{\"data\":{\"id\":\"no\",\"source\":[{\"id\":1}]}," ATTRIBUTES "}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\\u00e4\\ud83d\\ude00\\n\xc3\xa4\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":1e5,\"b\":12345678901234567890123}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":1e5,\"b\":1234567890123456789}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":1e999}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":01}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":-0}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":1.}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":.5}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":NaN}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\\u0000\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\\ud800\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\\udc00\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\\x\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\xff\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":\"\x01\"}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":[1,]}}",
    "{" ATTRIBUTES ",\"data\":{\"a\":[1}}}",
    "{" ATTRIBUTES ",\"data\":{,}}",
    "{" ATTRIBUTES ",\"data\":{},}",
    "{" ATTRIBUTES ",\"data\":{}}x",
    "{" ATTRIBUTES ",\"data\":{}",
    "{" ATTRIBUTES ",\"data\":{}}{}",
    "{" ATTRIBUTES ",\"data\":[]}",
    "{" ATTRIBUTES ",\"data\":null}",
    "{" ATTRIBUTES ",\"data_base64\":\"AA==\"}",
    "{" ATTRIBUTES "}",
    "{" ATTRIBUTES ",\"id\":\"2\",\"data\":{}}",
    "{" ATTRIBUTES ",\"time\":\"2026-11-21T07:29:00.5Z\",\"subject\":\"u\",\"data\":{}}",
    "{" ATTRIBUTES ",\"time\":\"yesterday\",\"data\":{}}",
    "{" ATTRIBUTES ",\"time\":\"2026-11-21T07:29:00.1111111111111111111111111111111111111111111111111111Z\","
    "\"data\":{}}",
    "{" ATTRIBUTES ",\"time\":null,\"subject\":null,\"data\":{}}",
    "{" ATTRIBUTES ",\"subject\":\"\",\"data\":{}}",
    "{" ATTRIBUTES ",\"subject\":7,\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":\"a\\/b\",\"source\":\"\\u002fs\",\"type\":\"t\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"\\u0069d\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":null,\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "{\"specversion\":\"1.0\",\"id\":7,\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "{\"specversion\":1.0,\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "{\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}",
    "[]",
    "{}",
    "{",
    "",
    "null",
    "\"text\"",
    "\xef\xbb\xbf{" ATTRIBUTES ",\"data\":{}}",
};

START_TEST(of_a_structured_record_it_says_what_the_decoder_says) {
    size_t events = 0;
    for (size_t i = 0; i < SUITE_COUNT(structured); i++) {
        bool event = false;
        ck_assert_msg(says_the_same(structured[i], strlen(structured[i]), NULL, &event), "%s", structured[i]);
        events += event;
    }
    ck_assert_uint_gt(events, 8);
    ck_assert_uint_lt(events, SUITE_COUNT(structured) - 20);
}
END_TEST

START_TEST(it_finds_source_and_id_wherever_they_stand_and_however_they_are_written) {
    static const char escaped[] =
        "{\"data\":{\"id\":\"x\"},\"s\\u006furce\":\"\\/sh\\u006fp\",\"id\":\"\\u0041-1\","
        "\"type\":\"t\",\"specversion\":\"1.0\"}";
    static const char plain[] = "{\"data\":{\"id\":\"x\"},\"source\":\"/"
                                "shop\",\"id\":\"A-1\",\"type\":\"t\",\"specversion\":\"1.0\"}";
    const char *const both[] = {escaped, plain};
    for (size_t i = 0; i < 2; i++) {
        struct event_identity identity;
        ck_assert(event_identity_read(&identity, both[i], strlen(both[i]), NULL));
        ck_assert(is_text(identity.source, identity.source_size, "/shop"));
        ck_assert(is_text(identity.id, identity.id_size, "A-1"));
        event_identity_clear(&identity);
    }
}
END_TEST

START_TEST(deep_nesting_is_left_to_the_decoder) {
    for (int depth = 1; depth < 2300; depth += depth < 70 ? 1 : 300) {
        char value[8000] = "{" ATTRIBUTES ",\"data\":{\"a\":";
        memset(value + strlen(value), '[', (size_t)depth);
        memset(value + strlen(value), ']', (size_t)depth);
        strcat(value, "}}");
        bool event = false;
        ck_assert_msg(says_the_same(value, strlen(value), NULL, &event), "%d deep", depth);
        ck_assert(event == (depth < 2000));
    }
}
END_TEST

/* A name that stands twice is the difference that the header tells of: such records are passed over. */
static bool has_a_name_twice(const void *value, size_t size) {
    json_error_t error;
    json_t *json = json_loadb(value, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    json_decref(json);
    return json == NULL && json_error_code(&error) == json_error_duplicate_key;
}

START_TEST(of_records_changed_at_random_it_says_what_the_decoder_says) {
    static const char marks[] = "\"\\{}[],:0123456789.-+eEtrufalsn/ \t\n\x01\x80\xc3\xa4\xff";
    size_t events = 0;
    srand(20261128);
    for (int round = 0; round < 300000; round++) {
        char value[256];
        const char *from = structured[(size_t)rand() % 5];
        size_t size = strlen(from);
        memcpy(value, from, size);
        for (int changes = 1 + rand() % 2; changes > 0; changes--) {
            size_t place = (size_t)rand() % size;
            char mark = marks[(size_t)rand() % (sizeof marks - 1)];
            switch (rand() % 3) {
            case 0:
                value[place] = mark;
                break;
            case 1:
                memmove(value + place, value + place + 1, --size - place);
                break;
            default:
                memmove(value + place + 1, value + place, size++ - place);
                value[place] = mark;
            }
        }
        bool event = false;
        if (!says_the_same(value, size, NULL, &event) && !has_a_name_twice(value, size))
            ck_abort_msg("round %d: %.*s", round, (int)size, value);
        events += event;
    }
    ck_assert_uint_gt(events, 10000);
    ck_assert_uint_lt(events, 290000);
}
END_TEST

/* --- binary mode --- */

static rd_kafka_headers_t *headers_of(const char *const pairs[][2], size_t count) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    for (size_t i = 0; i < count; i++)
        rd_kafka_header_add(headers, pairs[i][0], -1, pairs[i][1],
                            pairs[i][1] == NULL ? 0 : (ssize_t)strlen(pairs[i][1]));
    return headers;
}

START_TEST(of_a_binary_record_it_says_what_the_decoder_says) {
    static const char *const all[][2] = {
        {"ce_specversion", "1.0"},
        {"ce_id", "7"},
        {"ce_source", "/b"},
        {"ce_type", "t"},
        {"ce_subject", "u"},
        {"ce_time", "2026-11-21T07:29:00Z"},
        {"ce_extra", "x"},
        {"content-type", "application/json"},
        {"ce_id", "8"},
        {"ce_source", NULL},
        {"ce_subject", ""},
        {"ce_time", "never"},
        {"ce_extra", "\xff"},
        {"ce_data", "x"},
        {"ce_specversion", "0.3"},
        {"content-type", "application/cloudevents+json"},
    };
    static const char *const values[] = {"{}", " {\"a\":[1]} ", "[]", "", "{", "{} x", "1"};
    size_t events = 0;
    srand(7);
    for (int round = 0; round < 20000; round++) {
        const char *chosen[SUITE_COUNT(all)][2];
        size_t count = 0;
        for (size_t i = 0; i < SUITE_COUNT(all); i++) {
            if (rand() % (i < 8 ? 12 : 8) == 0 ? i >= 8 : i < 8) {
                chosen[count][0] = all[i][0];
                chosen[count++][1] = all[i][1];
            }
        }
        rd_kafka_headers_t *headers = headers_of((const char *const(*)[2])chosen, count);
        const char *value = values[(size_t)rand() % SUITE_COUNT(values)];
        bool event = false;
        ck_assert_msg(says_the_same(value, strlen(value), headers, &event), "round %d: %s", round, value);
        events += event;
        rd_kafka_headers_destroy(headers);
    }
    ck_assert_uint_gt(events, 500);
}
END_TEST

START_TEST(a_batch_and_a_tombstone_have_none) {
    static const char *const batch[][2] = {{"content-type", "application/cloudevents-batch+json"}};
    struct event_identity identity;
    rd_kafka_headers_t *headers = headers_of(batch, 1);
    ck_assert(!event_identity_read(&identity, structured[0], strlen(structured[0]), headers));
    ck_assert(!event_identity_read(&identity, NULL, 0, NULL));
    rd_kafka_headers_destroy(headers);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        of_a_structured_record_it_says_what_the_decoder_says,
        it_finds_source_and_id_wherever_they_stand_and_however_they_are_written,
        deep_nesting_is_left_to_the_decoder,
        of_records_changed_at_random_it_says_what_the_decoder_says,
        of_a_binary_record_it_says_what_the_decoder_says,
        a_batch_and_a_tombstone_have_none,
    };
    return suite_run("event_identity", tests, SUITE_COUNT(tests));
}
