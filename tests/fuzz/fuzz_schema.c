/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCHEMA NUL INSTANCE, both JSON: compiles, validates and masks. What it holds against: a result comes with
 * words, it is the same a second time, what was masked stays so, and `not` turns a result that was decided
 * round.
 */
#include <json_schema.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *parse(const char *text, size_t size) {
    return json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
}

static void check_mask(const struct json_schema *schema, const json_t *instance) {
    json_t *masked = json_schema_mask_write_only(schema, instance);
    json_t *twice = json_schema_mask_write_only(schema, masked);
    if (masked == NULL || twice == NULL || !json_equal(masked, twice))
        abort();
    json_decref(masked);
    json_decref(twice);
}

static void check_not(const json_t *document, const json_t *instance, enum json_schema_result result) {
    json_t *wrapped = json_pack("{s:O}", "not", document);
    struct json_schema *schema;
    /* A reference to the document's root now means the `not`, and may be refused as a loop. */
    if (json_schema_compile(&schema, wrapped, NULL, 0) == JSON_SCHEMA_OK && result == JSON_SCHEMA_OK &&
        json_schema_validate(schema, instance, NULL) == JSON_SCHEMA_OK)
        abort();
    json_schema_free(schema);
    json_decref(wrapped);
}

static bool has_reference(const char *text, size_t size) {
    return memmem(text, size, "$ref", 4) != NULL || memmem(text, size, "\\u", 2) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data, *end = memchr(text, '\0', size);
    size_t schema_size = end == NULL ? size : (size_t)(end - text);
    json_t *document = parse(text, schema_size);
    if (document == NULL)
        return 0;
    char reason[512] = "";
    struct json_schema *schema;
    enum json_schema_result compiled = json_schema_compile(&schema, document, reason, sizeof reason);
    if (compiled != JSON_SCHEMA_OK && (compiled != JSON_SCHEMA_REFUSED || reason[0] == '\0'))
        abort();
    json_t *instance = end == NULL ? NULL : parse(end + 1, size - schema_size - 1);
    if (instance == NULL)
        instance = json_incref(document);
    if (compiled == JSON_SCHEMA_OK) {
        struct json_schema_violation violation = {.keyword = NULL};
        enum json_schema_result result = json_schema_validate(schema, instance, &violation);
        if (result != json_schema_validate(schema, instance, NULL))
            abort();
        if (result == JSON_SCHEMA_VIOLATED && (violation.keyword == NULL || violation.text[0] == '\0'))
            abort();
        if (!has_reference(text, schema_size))
            check_not(document, instance, result);
        check_mask(schema, instance);
    }
    json_schema_free(schema);
    json_decref(instance);
    json_decref(document);
    return 0;
}
