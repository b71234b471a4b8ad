/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests in Python. Standard input: a line {"schema": S, "instances": [I, …]} each; standard output: a
 * line each,
 * {"refused": "why"} or {"results": [null (valid) or {"place": …, "keyword": …, "text": …}, …]}. A line that
 * Jansson cannot read is answered {"unreadable": "why"}.
 */
#include <jansson.h>
#include <json_schema.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static json_t *check(const struct json_schema *schema, const json_t *instance) {
    struct json_schema_violation violation;
    switch (json_schema_validate(schema, instance, &violation)) {
    case JSON_SCHEMA_OK:
        return json_null();
    case JSON_SCHEMA_VIOLATED:
        return json_pack("{s:s, s:s, s:s, s:s}", "place", violation.place, "keyword", violation.keyword,
                         "schemaPlace", violation.schema_place, "text", violation.text);
    default:
        return NULL;
    }
}

static json_t *answer(const char *line, size_t size) {
    json_error_t problem;
    json_t *request = json_loadb(line, size, JSON_ALLOW_NUL, &problem);
    if (request == NULL)
        return json_pack("{s:s}", "unreadable", problem.text);
    char reason[512];
    struct json_schema *schema;
    json_t *result = NULL;
    switch (json_schema_compile(&schema, json_object_get(request, "schema"), reason, sizeof reason)) {
    case JSON_SCHEMA_OK: {
        const json_t *instances = json_object_get(request, "instances");
        json_t *results = json_array();
        for (size_t i = 0; i < json_array_size(instances); i++) {
            if (json_array_append_new(results, check(schema, json_array_get(instances, i))) != 0)
                abort();
        }
        result = json_pack("{s:o}", "results", results);
        break;
    }
    case JSON_SCHEMA_REFUSED:
        result = json_pack("{s:s}", "refused", reason);
        break;
    default:
        break;
    }
    json_schema_free(schema);
    json_decref(request);
    return result;
}

int main(void) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    while ((size = getline(&line, &capacity, stdin)) > 0) {
        json_t *result = answer(line, (size_t)size);
        if (result == NULL || json_dumpf(result, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF)
            return EXIT_FAILURE;
        json_decref(result);
    }
    free(line);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
