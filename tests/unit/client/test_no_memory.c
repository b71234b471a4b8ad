/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of this library and of Jansson fails once: the call says so, and nothing leaks or is half
 * done. The linker gives this program the allocators below in place of libc's (--wrap). */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <notify-client.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static long until_failure = -1; /* allocations that still succeed; -1: all */

static bool fails(void) {
    if (until_failure < 0 || until_failure-- > 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) {
    return fails() ? NULL : __real_strdup(text);
}

/* Each scenario does one thing with the library, and returns the first error. */
static enum notify_error build_and_encode(void) {
    notify_event *event = NULL;
    char *encoded = NULL;
    size_t size;
    enum notify_error error = notify_event_new(&event, "a.v1");
    if (error == NOTIFY_OK)
        error = notify_event_set_source(event, "/s");
    if (error == NOTIFY_OK)
        error = notify_event_set_subject(event, "u");
    if (error == NOTIFY_OK)
        error =
            notify_event_set_trace(event, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b");
    if (error == NOTIFY_OK)
        error = notify_event_set_string(event, "a.b.c", "text");
    if (error == NOTIFY_OK)
        error = notify_event_set_integer(event, "a.d.e", 1);
    if (error == NOTIFY_OK)
        error = notify_event_encode(event, &encoded, &size);
    notify_event_free_encoded(encoded);
    notify_event_free(event);
    return error;
}

static enum notify_error read_and_encode(void) {
    /* Numbers first: Jansson clears errno at each, and with it the only trace of a string that it cut short.
     */
    static const char json[] = "{\"data\":{\"a\":[1,2.5,{\"b\":\"\\u00e9\"}]},\"specversion\":\"1.0\",\"id\":"
                               "\"1\",\"source\":\"/s\","
                               "\"type\":\"a.v1\",\"ext\":\"x\",\"time\":\"2026-11-21T08:29:00Z\"}";
    notify_event *event = NULL;
    char *encoded = NULL;
    size_t size;
    enum notify_error error = notify_event_from_json(&event, json, strlen(json), NULL, 0);
    if (error == NOTIFY_OK)
        error = notify_event_encode(event, &encoded, &size);
    notify_event_free_encoded(encoded);
    notify_event_free(event);
    return error;
}

static enum notify_error configure_and_copy(void) {
    notify_client_config *config = NULL, *copy = NULL;
    enum notify_error error = notify_client_config_new(&config);
    if (error == NOTIFY_OK)
        error = notify_client_config_set(config, "linger.ms", "5", NULL, 0);
    if (error == NOTIFY_OK)
        error = notify_client_config_set(config, "linger.ms", "6", NULL, 0);
    if (error == NOTIFY_OK)
        error = notify_client_config_set_from_environment(config, NULL, 0);
    if (error == NOTIFY_OK)
        error = notify_client_config_set_source(config, "/s");
    if (error == NOTIFY_OK)
        error = notify_client_config_copy(&copy, config);
    notify_client_config_free(copy);
    notify_client_config_free(config);
    return error;
}

static enum notify_error start_a_client(void) {
    notify_client_config *config = NULL;
    notify_client *client = NULL;
    long left = until_failure;
    until_failure = -1;
    enum notify_error error = notify_client_config_new(&config);
    if (error == NOTIFY_OK)
        error = notify_client_config_set(config, "bootstrap.servers", "127.0.0.1:1", NULL, 0);
    if (error == NOTIFY_OK)
        error = notify_client_config_set(config, "log_level", "0", NULL, 0);
    ck_assert_int_eq(error, NOTIFY_OK);
    until_failure = left;
    error = notify_client_new(&client, config, NULL, 0);
    notify_client_free(client);
    notify_client_config_free(config);
    return error;
}

static enum notify_error (*const scenarios[])(void) = {build_and_encode, read_and_encode, configure_and_copy,
                                                       start_a_client};

START_TEST(every_failed_allocation_is_told) {
    setenv("KAFKA_CLIENT_ID", "x", 1);
    for (long nth = 0; nth < 1000; nth++) {
        until_failure = nth;
        enum notify_error error = scenarios[_i]();
        bool failed_one = until_failure < 0;
        until_failure = -1;
        if (!failed_one) {
            ck_assert_int_eq(error, NOTIFY_OK);
            ck_assert_int_gt(nth, 3);
            return;
        }
        ck_assert_msg(error == NOTIFY_E_NO_MEMORY, "allocation %ld: %s", nth,
                      notify_client_last_error_text());
    }
    ck_abort_msg("it never came to an end");
}
END_TEST

int main(void) {
    json_set_alloc_funcs(__wrap_malloc, free);
    Suite *suite = suite_create("no_memory");
    TCase *test_case = tcase_create("no_memory");
    tcase_add_loop_test(test_case, every_failed_allocation_is_told, 0,
                        sizeof scenarios / sizeof scenarios[0]);
    suite_add_tcase(suite, test_case);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
