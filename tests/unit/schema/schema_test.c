/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_test.h"

#include <stdlib.h>
#include <string.h>

json_t *test_json(const char *text) {
    char *quoted = strdup(text);
    ck_assert_ptr_nonnull(quoted);
    for (char *at = quoted; *at != '\0'; at++) {
        if (*at == '\'')
            *at = '"';
    }
    json_error_t problem;
    json_t *value = json_loads(quoted, JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
    ck_assert_msg(value != NULL, "%s: %s", text, problem.text);
    free(quoted);
    return value;
}

struct json_schema *test_schema(const char *text) {
    char reason[512] = "";
    struct json_schema *schema;
    json_t *document = test_json(text);
    ck_assert_msg(json_schema_compile(&schema, document, reason, sizeof reason) == JSON_SCHEMA_OK, "%s: %s",
                  text, reason);
    json_decref(document);
    return schema;
}

enum json_schema_result test_validate(const char *schema_text, const char *instance_text,
                                      struct json_schema_violation *violation) {
    struct json_schema *schema = test_schema(schema_text);
    json_t *instance = test_json(instance_text);
    enum json_schema_result result = json_schema_validate(schema, instance, violation);
    json_decref(instance);
    json_schema_free(schema);
    return result;
}
