/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of schemas share. JSON is written with ' in place of ". */
#ifndef SCHEMA_TEST_H
#define SCHEMA_TEST_H

#include <check.h>
#include <json_schema.h>

/* Parsed; the test fails when it is not JSON. */
json_t *test_json(const char *text);
/* Compiled; the test fails with the reason when it is refused. */
struct json_schema *test_schema(const char *text);
/* The result for one instance. violation may be NULL. */
enum json_schema_result test_validate(const char *schema, const char *instance,
                                      struct json_schema_violation *violation);

#endif
