/* SPDX-License-Identifier: Apache-2.0 */
#include "common/readiness.h"
#include "suite.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *render(struct readiness *readiness) {
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    bool ready = readiness_render(readiness, &out);
    json_t *object = json_loadb(out.bytes, out.size, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(object != NULL, "%s", out.bytes);
    ck_assert_int_eq(json_is_true(json_object_get(object, "ready")), ready);
    ck_assert_int_eq(readiness_is_ready(readiness), ready);
    text_buffer_free(&out);
    return object;
}

START_TEST(nothing_is_ready_before_a_condition_was_set) {
    struct readiness *readiness = readiness_new();
    ck_assert(!readiness_is_ready(readiness));
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    readiness_render(readiness, &out);
    ck_assert_str_eq(out.bytes, "{\"ready\":false,\"checks\":{}}");
    text_buffer_free(&out);
    readiness_free(readiness);
    readiness_free(NULL);
}
END_TEST

START_TEST(a_condition_that_gates_decides_and_another_does_not) {
    struct readiness *readiness = readiness_new();
    readiness_set(readiness, "kafka", false, false, "no broker answers");
    ck_assert(readiness_is_ready(readiness));
    readiness_set(readiness, "database", true, false, "disk full");
    ck_assert(!readiness_is_ready(readiness));
    readiness_set(readiness, "database", true, true, "");
    ck_assert(readiness_is_ready(readiness));
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    readiness_render(readiness, &out);
    ck_assert_str_eq(out.bytes,
                     "{\"ready\":true,\"checks\":{\"kafka\":{\"ok\":false,\"detail\":\"no broker answers\"},"
                     "\"database\":{\"ok\":true,\"detail\":\"\"}}}");
    text_buffer_free(&out);
    readiness_free(readiness);
}
END_TEST

START_TEST(any_detail_is_valid_json) {
    struct readiness *readiness = readiness_new();
    readiness_set(readiness, "smtp", true, false, "\"quoted\" \\ \n\x01 \xFF caf\xC3\xA9");
    json_t *object = render(readiness);
    const json_t *check = json_object_get(json_object_get(object, "checks"), "smtp");
    ck_assert_str_eq(json_string_value(json_object_get(check, "detail")),
                     "\"quoted\" \\ \n\x01 \xEF\xBF\xBD caf\xC3\xA9");
    json_decref(object);
    char *large = calloc(1, 5001);
    ck_assert_ptr_nonnull(large);
    for (size_t i = 0; i < 2500; i++)
        memcpy(large + 2 * i, "\xC3\xA9", 2);
    readiness_set(readiness, "smtp", true, false, large);
    json_decref(render(readiness));
    free(large);
    readiness_free(readiness);
}
END_TEST

START_TEST(a_seventeenth_condition_is_not_kept) {
    static char names[20][8];
    struct readiness *readiness = readiness_new();
    for (size_t i = 0; i < 20; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        readiness_set(readiness, names[i], true, i < 16, "");
    }
    json_t *object = render(readiness);
    ck_assert_uint_eq(json_object_size(json_object_get(object, "checks")), 16);
    ck_assert(json_is_true(json_object_get(object, "ready")));
    json_decref(object);
    readiness_free(readiness);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        nothing_is_ready_before_a_condition_was_set,
        a_condition_that_gates_decides_and_another_does_not,
        any_detail_is_valid_json,
        a_seventeenth_condition_is_not_kept,
    };
    return suite_run("readiness", tests, SUITE_COUNT(tests));
}
