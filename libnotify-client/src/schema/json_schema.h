/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema 2020-12: a document is compiled once, and instances are then held against it.
 *
 * Done are the keywords of the core, applicator and validation vocabularies except unevaluatedItems,
 * unevaluatedProperties, $dynamicRef, $dynamicAnchor, $vocabulary, dependentSchemas and references to other
 * documents. The formats email, idn-email, uri, uri-reference, date-time and uuid are asserted. Whatever is
 * not done is refused when the schema is compiled, never ignored; so is a keyword that nobody knows, which is
 * mostly a slip of the pen. Annotations (title, description, default, examples, readOnly, …) are allowed and
 * mean nothing here, but for writeOnly (see json_schema_mask_write_only()).
 *
 * `pattern` is a regular expression of PCRE2 with ECMAScript's escapes; as the specification says it is not
 * anchored. A match has a budget of steps that grows with the length of the string, so that no pattern can
 * hang: an anchored pattern ("^…") has the larger one.
 *
 * Threads: a compiled schema never changes, so any number of threads may use one at once.
 */
#ifndef NOTIFY_SCHEMA_JSON_SCHEMA_H
#define NOTIFY_SCHEMA_JSON_SCHEMA_H

#include <jansson.h>
#include <stddef.h>

#define JSON_SCHEMA_PLACE_SIZE 256
#define JSON_SCHEMA_TEXT_SIZE 256
#define JSON_SCHEMA_MASK "***"

/* Beyond these a schema is refused, and an instance a violation, whatever it holds. */
#define JSON_SCHEMA_MAX_NODES 20000       /* subschemas of a document */
#define JSON_SCHEMA_MAX_NESTING 64        /* of subschemas in each other */
#define JSON_SCHEMA_MAX_DEPTH 512         /* of subschemas being applied at a time */
#define JSON_SCHEMA_MAX_STEPS 10000000    /* of one validation: subschemas applied, items compared */
#define JSON_SCHEMA_MAX_FILE_SIZE 1048576 /* bytes */

enum json_schema_result {
    JSON_SCHEMA_OK = 0,
    JSON_SCHEMA_VIOLATED,   /* the instance does not satisfy the schema */
    JSON_SCHEMA_REFUSED,    /* the document is no JSON Schema, or has something that is not done here */
    JSON_SCHEMA_UNREADABLE, /* a file or a folder cannot be read */
    JSON_SCHEMA_NO_MEMORY,
};

struct json_schema;

/* Where an instance first breaks a schema. No text here quotes a value, which may be a secret; names of
 * members stand in the places. Each text is cut at the size of its buffer, between two characters. */
struct json_schema_violation {
    char place[JSON_SCHEMA_PLACE_SIZE];        /* JSON Pointer into the instance; "": all of it */
    char schema_place[JSON_SCHEMA_PLACE_SIZE]; /* JSON Pointer of the subschema in its document */
    const char *keyword;                       /* static: "minLength" */
    char text[JSON_SCHEMA_TEXT_SIZE]; /* what goes on after "the name …": "is shorter than 3 characters" */
};

/* error_text (may be NULL) receives a sentence that begins with the JSON Pointer of the place in the
 * document. The document is copied. */
enum json_schema_result json_schema_compile(struct json_schema **schema_out, const json_t *document,
                                            char *error_text, size_t error_text_size);
/* error_text begins with the file's name. */
enum json_schema_result json_schema_load_file(struct json_schema **schema_out, const char *path,
                                              char *error_text, size_t error_text_size);
/* Accepts NULL. */
void json_schema_free(struct json_schema *schema);

/* OK, VIOLATED (violation, which may be NULL, is filled) or NO_MEMORY. */
enum json_schema_result json_schema_validate(const struct json_schema *schema, const json_t *instance,
                                             struct json_schema_violation *violation);

/* "NAME at /a/b is shorter than 3 characters (minLength)", or without a place "NAME is not …". */
void json_schema_violation_tell(const struct json_schema_violation *violation, const char *name, char *text,
                                size_t text_size);

/*
 * A deep copy of the instance in which each value that a subschema with `writeOnly: true` can apply to is
 * JSON_SCHEMA_MASK. Whether the instance satisfies the schema, and which branch of anyOf or if it takes, does
 * not matter: where in doubt it is masked. NULL: no memory.
 */
json_t *json_schema_mask_write_only(const struct json_schema *schema, const json_t *instance);

#endif
