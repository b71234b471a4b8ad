/* SPDX-License-Identifier: Apache-2.0 */
#include "attribute.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    const char *(*check)(const char *);
    const char *text;
    int accepted;
};

static const struct sample samples[] = {
    {attribute_check_text, "u-1", 1},
    {attribute_check_text, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x92\x8C", 1},
    {attribute_check_text, "", 0},
    {attribute_check_text, "a\nb", 0},
    {attribute_check_text, "a\x7F", 0},
    {attribute_check_text, "\xC2\x85", 0},         /* U+0085, a C1 control */
    {attribute_check_text, "\xC0\xAF", 0},         /* overlong "/" */
    {attribute_check_text, "\xE0\x80\xAF", 0},     /* overlong */
    {attribute_check_text, "\xED\xA0\x80", 0},     /* a surrogate */
    {attribute_check_text, "\xF4\x90\x80\x80", 0}, /* beyond U+10FFFF */
    {attribute_check_text, "\xE2\x82", 0},         /* cut short */
    {attribute_check_text, "\x80", 0},
    {attribute_check_text, "\xFF", 0},
    {attribute_check_text, "\xEF\xBF\xBE", 0}, /* U+FFFE, a noncharacter */
    {attribute_check_text, "\xEF\xB7\x90", 0}, /* U+FDD0, a noncharacter */
    {attribute_check_text, "\xEF\xBF\xBD", 1}, /* U+FFFD is one */
    {attribute_check_type, "com.example.user.signed_up.v1", 1},
    {attribute_check_type, "a-b", 1},
    {attribute_check_type, "../../etc/passwd", 0},
    {attribute_check_type, ".hidden", 0},
    {attribute_check_type, "com/example", 0},
    {attribute_check_type, "com example", 0},
    {attribute_check_type, "", 0},
    {attribute_check_source, "/signup", 1},
    {attribute_check_source, "https://example.org/a?b=c#d", 1},
    {attribute_check_source, "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", 1},
    {attribute_check_source, "//example.org/%41", 1},
    {attribute_check_source, "a b", 0},
    {attribute_check_source, "/%4", 0},
    {attribute_check_source, "/%zz", 0},
    {attribute_check_source, "/<x>", 0},
    {attribute_check_source, "/\xC3\xA9", 0}, /* RFC 3986 is ASCII */
    {attribute_check_source, "", 0},
    {attribute_check_time, "2026-11-21T07:29:00Z", 1},
    {attribute_check_time, "2026-11-21t07:29:00.123456789z", 1},
    {attribute_check_time, "2024-02-29T23:59:60+23:59", 1}, /* a leap day, a leap second */
    {attribute_check_time, "2000-02-29T00:00:00-00:00", 1},
    {attribute_check_time, "2023-02-29T00:00:00Z", 0},
    {attribute_check_time, "1900-02-29T00:00:00Z", 0},
    {attribute_check_time, "2026-13-01T00:00:00Z", 0},
    {attribute_check_time, "2026-00-01T00:00:00Z", 0},
    {attribute_check_time, "2026-04-31T00:00:00Z", 0},
    {attribute_check_time, "2026-11-21T24:00:00Z", 0},
    {attribute_check_time, "2026-11-21T07:60:00Z", 0},
    {attribute_check_time, "2026-11-21T07:29:61Z", 0},
    {attribute_check_time, "2026-11-21 07:29:00Z", 0},
    {attribute_check_time, "2026-11-21T07:29:00", 0},
    {attribute_check_time, "2026-11-21T07:29:00.Z", 0},
    {attribute_check_time, "2026-11-21T07:29:00+0100", 0},
    {attribute_check_time, "2026-11-21T07:29:00+24:00", 0},
    {attribute_check_time, "2026-11-21T07:29:00ZZ", 0},
    {attribute_check_time, "2026-11-2", 0},
    {attribute_check_time, "", 0},
    {attribute_check_traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 1},
    {attribute_check_traceparent, "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", 1},
    {attribute_check_traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", 0},
    {attribute_check_traceparent, "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01later", 0},
    {attribute_check_traceparent, "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 0},
    {attribute_check_traceparent, "00-00000000000000000000000000000000-00f067aa0ba902b7-01", 0},
    {attribute_check_traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", 0},
    {attribute_check_traceparent, "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", 0},
    {attribute_check_traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", 0},
    {attribute_check_traceparent, "", 0},
    {attribute_check_tracestate, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", 1},
    {attribute_check_tracestate, "a=b\r\nX: y", 0},
    {attribute_check_tracestate, "a=\xC3\xA9", 0},
    {attribute_check_tracestate, "", 0},
    {attribute_check_extension_name, "partitionkey", 1},
    {attribute_check_extension_name, "partitionKey", 0},
    {attribute_check_extension_name, "partition_key", 0},
    {attribute_check_extension_name, "", 0},
    {attribute_check_topic, "email.retry.10s", 1},
    {attribute_check_topic, "..", 0},
    {attribute_check_topic, ".", 0},
    {attribute_check_topic, "a/b", 0},
    {attribute_check_topic, "", 0},
};

START_TEST(samples_are_accepted_or_refused) {
    const struct sample *sample = &samples[_i];
    const char *problem = sample->check(sample->text);
    ck_assert_msg((problem == NULL) == sample->accepted, "\"%s\": %s", sample->text,
                  problem == NULL ? "accepted" : problem);
}
END_TEST

START_TEST(lengths_have_a_bound) {
    char text[ATTRIBUTE_MAX + 2];
    memset(text, 'a', sizeof text);
    text[ATTRIBUTE_MAX] = '\0';
    ck_assert_ptr_null(attribute_check_text(text));
    text[ATTRIBUTE_MAX] = 'a';
    text[ATTRIBUTE_MAX + 1] = '\0';
    ck_assert_ptr_nonnull(attribute_check_text(text));
    ck_assert_ptr_nonnull(attribute_check_tracestate(text));
    text[249] = '\0';
    ck_assert_ptr_null(attribute_check_topic(text));
    text[249] = 'a';
    text[250] = '\0';
    ck_assert_ptr_nonnull(attribute_check_topic(text));
}
END_TEST

static const struct {
    int64_t unix_ms;
    const char *text; /* from date -u; NULL: refused */
} times[] = {
    {INT64_C(0), "1970-01-01T00:00:00.000Z"},
    {INT64_C(-1), "1969-12-31T23:59:59.999Z"},
    {INT64_C(951782399999), "2000-02-28T23:59:59.999Z"},
    {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
    {INT64_C(1795246140123), "2026-11-21T07:29:00.123Z"},
    {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
    {INT64_C(253402300800000), NULL},
    {INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z"},
    {INT64_C(-62167219200001), NULL},
    {INT64_MAX, NULL},
    {INT64_MIN, NULL},
};

START_TEST(times_come_out_as_rfc_3339) {
    char text[ATTRIBUTE_TIME_SIZE];
    const char *problem = attribute_format_time(times[_i].unix_ms, text);
    if (times[_i].text == NULL) {
        ck_assert_ptr_nonnull(problem);
        return;
    }
    ck_assert_ptr_null(problem);
    ck_assert_str_eq(text, times[_i].text);
    ck_assert_ptr_null(attribute_check_time(text));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("attribute");
    TCase *test_case = tcase_create("attribute");
    tcase_add_loop_test(test_case, samples_are_accepted_or_refused, 0, sizeof samples / sizeof samples[0]);
    tcase_add_test(test_case, lengths_have_a_bound);
    tcase_add_loop_test(test_case, times_come_out_as_rfc_3339, 0, sizeof times / sizeof times[0]);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
