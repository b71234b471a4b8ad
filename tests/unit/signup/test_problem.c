/* SPDX-License-Identifier: Apache-2.0 */
#include "http/response.h"
#include "suite.h"
#include <jansson.h>
#include <string.h>

/* jansson reads what was rendered by hand. */
static json_t *render(const struct http_problem *problem) {
    struct text_buffer text = TEXT_BUFFER_EMPTY;
    http_problem_render_json(problem, &text);
    json_t *document = json_loadb(text.bytes, text.size, JSON_REJECT_DUPLICATES, NULL);
    text_buffer_free(&text);
    ck_assert_ptr_nonnull(document);
    return document;
}

static const char *text_of(const json_t *document, const char *name) {
    return json_string_value(json_object_get(document, name));
}

START_TEST(a_plain_problem_is_about_blank_and_titled_by_its_status) {
    struct http_problem problem;
    http_problem_set(&problem, 404, "There is no %s.", "moon");
    json_t *document = render(&problem);
    ck_assert_str_eq(text_of(document, "type"), "about:blank");
    ck_assert_str_eq(text_of(document, "title"), "Not Found");
    ck_assert_str_eq(text_of(document, "detail"), "There is no moon.");
    ck_assert_int_eq(json_integer_value(json_object_get(document, "status")), 404);
    ck_assert_ptr_null(json_object_get(document, "errors"));
    json_decref(document);
}
END_TEST

START_TEST(errors_name_their_fields) {
    struct http_problem problem;
    http_problem_set(&problem, 422, "Bad.");
    http_problem_set_type(&problem, PROBLEM_INVALID_FIELDS, "Some fields are not valid");
    http_problem_add_error(&problem, "#/email", "It has no @.");
    http_problem_add_error(&problem, "#/name", "\"quoted\" \\ and \x01\n");
    json_t *document = render(&problem);
    json_t *errors = json_object_get(document, "errors");
    ck_assert_uint_eq(json_array_size(errors), 2);
    ck_assert_str_eq(text_of(json_array_get(errors, 0), "pointer"), "#/email");
    ck_assert_str_eq(text_of(json_array_get(errors, 1), "detail"), "\"quoted\" \\ and \x01\n");
    ck_assert_str_eq(http_problem_error_at(&problem, "#/email"), "It has no @.");
    ck_assert_ptr_null(http_problem_error_at(&problem, "#/other"));
    json_decref(document);
}
END_TEST

START_TEST(more_errors_than_there_is_room_for_are_dropped) {
    struct http_problem problem;
    http_problem_set(&problem, 422, "Bad.");
    for (int i = 0; i < 3 * PROBLEM_ERRORS_MAX; i++)
        http_problem_add_error(&problem, "#/x", "%d", i);
    json_t *document = render(&problem);
    ck_assert_uint_eq(json_array_size(json_object_get(document, "errors")), PROBLEM_ERRORS_MAX);
    json_decref(document);
}
END_TEST

START_TEST(a_response_carries_retry_after) {
    struct http_problem problem;
    struct http_response response = {0};
    http_problem_set(&problem, 503, "Later.");
    problem.retry_after_seconds = 7;
    http_response_problem(&response, &problem);
    ck_assert_int_eq(response.status, 503);
    ck_assert_str_eq(response.content_type, "application/problem+json");
    ck_assert_uint_eq(response.header_count, 1);
    ck_assert_str_eq(response.headers[0].name, "Retry-After");
    ck_assert_str_eq(response.headers[0].value, "7");
    ck_assert(!response.failed);
    http_response_free(&response);
}
END_TEST

START_TEST(a_header_that_does_not_fit_fails_the_response) {
    struct http_response response = {0};
    http_response_begin(&response, 200, NULL);
    http_response_header(&response, "Location", "%0400d", 0);
    ck_assert(response.failed);
    http_response_begin(&response, 200, NULL);
    ck_assert(!response.failed);
    for (int i = 0; i <= RESPONSE_HEADERS_MAX; i++)
        http_response_header(&response, "X", "y");
    ck_assert(response.failed);
    http_response_free(&response);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_plain_problem_is_about_blank_and_titled_by_its_status, errors_name_their_fields,
        more_errors_than_there_is_room_for_are_dropped,          a_response_carries_retry_after,
        a_header_that_does_not_fit_fails_the_response,
    };
    return suite_run("problem", tests, SUITE_COUNT(tests));
}
