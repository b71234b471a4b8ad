/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines read back by jansson, which is strict about UTF-8, escapes and trailing bytes. */
#include "capture.h"
#include "common/clock.h"
#include "common/log.h"
#include "suite.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static json_t *log_one(enum log_level level, const char *message, const struct log_field *fields) {
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    log_write(level, message, fields);
    char *line = capture_end(&capture);
    size_t size = strlen(line);
    ck_assert_uint_gt(size, 0);
    ck_assert_uint_le(size, PIPE_BUF);
    ck_assert_ptr_eq(strchr(line, '\n'), line + size - 1);
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(object != NULL, "%s in %s", error.text, line);
    free(line);
    return object;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "no %s", key);
    return text;
}

static char *log_as_text(const char *message, const struct log_field *fields) {
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    log_configure("email", LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
    log_write(LOG_LEVEL_WARNING, message, fields);
    return capture_end(&capture);
}

START_TEST(a_line_is_one_json_object_with_time_level_service_and_message) {
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_WARNING, "no broker", NULL);
    int64_t time = 0;
    ck_assert(clock_parse_rfc3339(text_of(object, "time"), &time));
    ck_assert_str_eq(text_of(object, "level"), "warning");
    ck_assert_str_eq(text_of(object, "service"), "email");
    ck_assert_str_eq(text_of(object, "message"), "no broker");
    ck_assert_uint_eq(json_object_size(object), 4);
    json_decref(object);
}
END_TEST

START_TEST(fields_keep_their_types) {
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_INFO, "m",
                             LOG_FIELDS(log_text("text", "a\"b"), log_integer("integer", INT64_MIN),
                                        log_number("number", 0.25), log_number("nan", NAN),
                                        log_number("infinite", INFINITY), log_boolean("yes", true),
                                        log_boolean("no", false), log_text("missing", NULL)));
    ck_assert_str_eq(text_of(object, "text"), "a\"b");
    ck_assert_int_eq(json_integer_value(json_object_get(object, "integer")), INT64_MIN);
    ck_assert(json_real_value(json_object_get(object, "number")) == 0.25);
    ck_assert(json_is_null(json_object_get(object, "nan")));
    ck_assert(json_is_null(json_object_get(object, "infinite")));
    ck_assert(json_is_true(json_object_get(object, "yes")));
    ck_assert(json_is_false(json_object_get(object, "no")));
    ck_assert_ptr_null(json_object_get(object, "missing"));
    json_decref(object);
}
END_TEST

START_TEST(control_characters_come_back_as_they_were) {
    char text[0xA0];
    size_t size = 0;
    for (char byte = 1; byte < 0x7F; byte++)
        text[size++] = byte;
    text[size++] = 0x7F;
    memcpy(text + size, "\xC2\x85\xE2\x80\xA8\xE2\x80\xAE", 9); /* NEL, U+2028, U+202E */
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_INFO, text, LOG_FIELDS(log_text("field", text)));
    ck_assert_str_eq(text_of(object, "message"), text);
    ck_assert_str_eq(text_of(object, "field"), text);
    json_decref(object);
}
END_TEST

START_TEST(invalid_utf8_becomes_replacement_characters) {
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_INFO, "a\xFF z",
                             LOG_FIELDS(log_text("cut", "\xE2\x82"), log_text("ok", "\xC3\xA9")));
    ck_assert_str_eq(text_of(object, "message"), "a\xEF\xBF\xBD z");
    ck_assert_str_eq(text_of(object, "cut"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    ck_assert_str_eq(text_of(object, "ok"), "\xC3\xA9");
    json_decref(object);
}
END_TEST

START_TEST(an_address_shows_one_character_and_the_domain) {
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object =
        log_one(LOG_LEVEL_INFO, "m",
                LOG_FIELDS(log_address("plain", "ada.lovelace@example.org"),
                           log_address("quoted", "\"a@b\"@example.org"),
                           log_address("utf8", "\xC3\xA9mile@example.org"), log_address("none", "canary"),
                           log_address("empty", "@example.org"), log_address("missing", NULL)));
    ck_assert_str_eq(text_of(object, "plain"), "a***@example.org");
    ck_assert_str_eq(text_of(object, "quoted"), "\"***@example.org");
    ck_assert_str_eq(text_of(object, "utf8"), "\xC3\xA9***@example.org");
    ck_assert_str_eq(text_of(object, "none"), "***");
    ck_assert_str_eq(text_of(object, "empty"), "***@example.org");
    ck_assert_ptr_null(json_object_get(object, "missing"));
    json_decref(object);
}
END_TEST

START_TEST(long_texts_are_cut_between_characters) {
    char text[3001] = "";
    for (size_t i = 0; i < 1500; i++)
        memcpy(text + 2 * i, "\xC3\xA9", 3);
    text[0] = 'a'; /* now the 1,024th byte is in the middle of a character */
    text[1] = 'b';
    memmove(text + 1, text + 2, strlen(text + 2) + 1);
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_INFO, "m", LOG_FIELDS(log_text("long", text)));
    const char *logged = text_of(object, "long");
    size_t size = strlen(logged);
    ck_assert_uint_eq(size, 1023 + 3);
    ck_assert_str_eq(logged + size - 3, "\xE2\x80\xA6");
    ck_assert_int_eq(strncmp(logged, text, size - 3), 0);
    json_decref(object);
}
END_TEST

START_TEST(a_line_that_gets_too_long_leaves_fields_out_and_says_so) {
    char text[1001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_INFO, "m",
                             LOG_FIELDS(log_text("a", text), log_text("b", text), log_text("c", text),
                                        log_text("d", text), log_text("e", text)));
    ck_assert_str_eq(text_of(object, "c"), text);
    ck_assert_ptr_null(json_object_get(object, "e"));
    ck_assert(json_is_true(json_object_get(object, "truncated")));
    json_decref(object);
}
END_TEST

START_TEST(a_message_of_escapes_still_gives_valid_json) {
    char text[1025];
    memset(text, 1, sizeof text - 1); /* six characters each */
    text[sizeof text - 1] = '\0';
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *object = log_one(LOG_LEVEL_INFO, text, LOG_FIELDS(log_integer("n", 1)));
    ck_assert(json_is_true(json_object_get(object, "truncated")));
    ck_assert_int_eq(text_of(object, "message")[0], 1);
    json_decref(object);
}
END_TEST

START_TEST(levels_above_the_configured_one_write_nothing) {
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    log_configure("email", LOG_LEVEL_WARNING, LOG_FORMAT_JSON);
    log_info("x", NULL);
    log_debug("x", NULL);
    ck_assert(!log_enabled(LOG_LEVEL_INFO));
    ck_assert(log_enabled(LOG_LEVEL_ERROR));
    char *text = capture_end(&capture);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(the_text_format_quotes_what_is_no_plain_word) {
    char *line =
        log_as_text("mail accepted", LOG_FIELDS(log_text("id", "abc-1"), log_text("why", "two words\n"),
                                                log_text("none", ""), log_integer("n", 3)));
    const char *after_time = strchr(line, ' ');
    ck_assert_ptr_nonnull(after_time);
    ck_assert_str_eq(after_time, " warning mail accepted id=abc-1 why=\"two words\\n\" none=\"\" n=3\n");
    free(line);
}
END_TEST

START_TEST(a_line_break_in_a_message_forges_no_second_line) {
    char *line = log_as_text("one\ntwo", LOG_FIELDS(log_text("x", "a\r\nb")));
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    ck_assert_ptr_null(strchr(line, '\r'));
    free(line);
}
END_TEST

START_TEST(log_lines_gives_each_sentence_its_line) {
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_lines(LOG_LEVEL_ERROR, "first\n\nsecond");
    char *text = capture_end(&capture);
    ck_assert_ptr_nonnull(strstr(text, " error   first\n"));
    ck_assert_ptr_nonnull(strstr(text, " error   second\n"));
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, 2);
    free(text);
}
END_TEST

START_TEST(errno_is_kept_also_when_nothing_can_be_written) {
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    int saved = dup(STDERR_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    ck_assert_int_ge(dup2(full, STDERR_FILENO), 0);
    errno = ENOENT;
    log_error("lost", NULL);
    int after = errno;
    ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
    close(full);
    close(saved);
    ck_assert_int_eq(after, ENOENT);
    json_t *object = log_one(LOG_LEVEL_INFO, "next", NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(object, "log_lines_lost")), 1);
    json_decref(object);
}
END_TEST

enum { WRITERS = 4, LINES_EACH = 200 };

static void *write_lines(void *data) {
    char text[600];
    memset(text, *(const char *)data, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < LINES_EACH; i++)
        log_info(text, LOG_FIELDS(log_integer("n", i)));
    return NULL;
}

START_TEST(lines_of_several_threads_do_not_mix) {
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    log_configure("email", LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    pthread_t threads[WRITERS];
    char letters[WRITERS] = {'a', 'b', 'c', 'd'};
    for (int i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, &letters[i]), 0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    char *text = capture_end(&capture);
    int lines = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest), lines++) {
        json_t *object = json_loads(line, 0, NULL);
        ck_assert_msg(object != NULL, "%s", line);
        const char *message = text_of(object, "message");
        ck_assert_uint_eq(strspn(message, (const char[]){message[0], '\0'}), 599);
        json_decref(object);
    }
    ck_assert_int_eq(lines, WRITERS * LINES_EACH);
    free(text);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_line_is_one_json_object_with_time_level_service_and_message,
        fields_keep_their_types,
        control_characters_come_back_as_they_were,
        invalid_utf8_becomes_replacement_characters,
        an_address_shows_one_character_and_the_domain,
        long_texts_are_cut_between_characters,
        a_line_that_gets_too_long_leaves_fields_out_and_says_so,
        a_message_of_escapes_still_gives_valid_json,
        levels_above_the_configured_one_write_nothing,
        the_text_format_quotes_what_is_no_plain_word,
        a_line_break_in_a_message_forges_no_second_line,
        log_lines_gives_each_sentence_its_line,
        errno_is_kept_also_when_nothing_can_be_written,
        lines_of_several_threads_do_not_mix,
    };
    return suite_run("log", tests, SUITE_COUNT(tests));
}
