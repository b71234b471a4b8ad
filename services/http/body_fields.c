/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiation.h"
#include "request.h"
#include <string.h>

static bool read_json(struct http_request *request, struct body_fields *fields,
                      struct http_problem *problem) {
    json_error_t error;
    fields->json = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, &error);
    /* An integer beyond 64 bits is good JSON: it is read as a real, so that the field's own rule can refuse
     * it by its name. */
    if (fields->json == NULL && json_error_code(&error) == json_error_numeric_overflow)
        fields->json = json_loadb(request->body, request->body_size,
                                  JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (json_is_object(fields->json))
        return true;
    if (fields->json != NULL)
        http_problem_set(problem, 400, "The body is JSON, but no object.");
    else
        http_problem_set(problem, 400, "The body is no valid JSON: line %d, column %d: %s.", error.line,
                         error.column, error.text);
    http_problem_set_type(problem, PROBLEM_MALFORMED_BODY, "The body cannot be read");
    body_fields_free(fields);
    return false;
}

bool body_fields_read(struct http_request *request, struct body_fields *fields,
                      struct http_problem *problem) {
    fields->json = NULL;
    fields->form.count = 0;
    const char *content_type = http_request_header(request, "Content-Type");
    if (media_type_is(content_type, "application/json"))
        return read_json(request, fields, problem);
    if (!media_type_is(content_type, "application/x-www-form-urlencoded")) {
        http_problem_set(problem, 415,
                         "The body must be application/json or application/x-www-form-urlencoded.");
        return false;
    }
    if (form_decode(request->body, request->body_size, &fields->form))
        return true;
    http_problem_set(
        problem, 400,
        "The body is no valid form: a percent sign without two hexadecimal digits, or too many fields.");
    http_problem_set_type(problem, PROBLEM_MALFORMED_BODY, "The body cannot be read");
    return false;
}

void body_fields_free(struct body_fields *fields) {
    json_decref(fields->json);
    fields->json = NULL;
}

bool body_fields_text(const struct body_fields *fields, const char *name, const char **text, size_t *size) {
    *text = NULL;
    *size = 0;
    if (fields->json == NULL) {
        const struct form_field *field = form_find(&fields->form, name);
        if (field != NULL) {
            *text = field->value;
            *size = field->value_size;
        }
        return true;
    }
    const json_t *member = json_object_get(fields->json, name);
    if (member == NULL || json_is_null(member))
        return true;
    if (!json_is_string(member))
        return false;
    *text = json_string_value(member);
    *size = json_string_length(member);
    return true;
}
