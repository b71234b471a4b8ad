/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the validator and of Jansson fails once: the call says so, nothing leaks, and no
 * invalid instance passes. The linker gives this program the allocators below in place of libc's (--wrap).
 * PCRE2 is a shared library and keeps libc's. */
#include "schema_test.h"

#include <errno.h>
#include <event_schemas.h>
#include <stdbool.h>
#include <stdio.h>
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
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strndup(const char *text, size_t size);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

char *__wrap_strndup(const char *text, size_t size) {
    return fails() ? NULL : __real_strndup(text, size);
}

static const char schema_text[] = "{'$id': 'http://example.org/s', '$defs': {'d': {'$anchor': 'd', 'type': "
                                  "'string', 'pattern': '^[a-z]+$'}}, "
                                  "'properties': {'list': {'items': {'$ref': '#d'}, 'uniqueItems': true}, "
                                  "'key': {'writeOnly': true, 'minimum': 1, "
                                  "'multipleOf': 0.1}, 'kind': {'enum': ['a', 'b']}}, 'required': ['list'], "
                                  "'propertyNames': {'maxLength': 4}, "
                                  "'patternProperties': {'^k': {'anyOf': [true, {'$ref': '#/$defs/d'}]}}}";
static const char instance_text[] =
    "{'list': ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'], 'key': 1.5, 'kind': 'b'}";

/* Each scenario does one thing, and checks that it did it when it says so. */
static enum json_schema_result compile(const json_t *document, const json_t *instance) {
    struct json_schema *schema;
    char reason[512] = "";
    enum json_schema_result result = json_schema_compile(&schema, document, reason, sizeof reason);
    until_failure = -1; /* Check allocates, too */
    ck_assert((schema != NULL) == (result == JSON_SCHEMA_OK));
    ck_assert(result != JSON_SCHEMA_NO_MEMORY || strcmp(reason, "out of memory") == 0);
    json_schema_free(schema);
    (void)instance;
    return result;
}

static struct json_schema *shared_schema;

static enum json_schema_result validate(const json_t *document, const json_t *instance) {
    (void)document;
    return json_schema_validate(shared_schema, instance, NULL);
}

static enum json_schema_result mask(const json_t *document, const json_t *instance) {
    (void)document;
    json_t *masked = json_schema_mask_write_only(shared_schema, instance);
    until_failure = -1;
    if (masked == NULL)
        return JSON_SCHEMA_NO_MEMORY;
    ck_assert_str_eq(json_string_value(json_object_get(masked, "key")), JSON_SCHEMA_MASK);
    json_decref(masked);
    return JSON_SCHEMA_OK;
}

static enum json_schema_result (*const scenarios[])(const json_t *, const json_t *) = {compile, validate,
                                                                                       mask};

START_TEST(each_failed_allocation_is_told_and_nothing_is_half_done) {
    /* Before the first value is made: Jansson's allocator may not change under it. */
    json_set_alloc_funcs(malloc, free);
    json_t *document = test_json(schema_text), *instance = test_json(instance_text);
    shared_schema = test_schema(schema_text);
    long failure = 0;
    enum json_schema_result result = JSON_SCHEMA_NO_MEMORY;
    while (result == JSON_SCHEMA_NO_MEMORY && failure < 10000) {
        until_failure = failure++;
        result = scenarios[_i](document, instance);
        until_failure = -1;
    }
    ck_assert_int_eq(result, JSON_SCHEMA_OK);
    ck_assert_int_gt(failure, 1);
    json_schema_free(shared_schema);
    json_decref(document);
    json_decref(instance);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("no_memory");
    TCase *tests = tcase_create("no_memory");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, each_failed_allocation_is_told_and_nothing_is_half_done, 0,
                        sizeof scenarios / sizeof scenarios[0]);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
