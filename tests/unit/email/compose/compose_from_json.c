/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For test_roundtrip.py: a mail as one line of JSON on standard input, the message on standard output, again
 * and again. An answer is "ok SIZE" or "error SIZE" and that many octets.
 */
#include "compose/message.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXTRA_MAX = 8 };

static const char *text_of(const json_t *mail, const char *key) {
    return json_string_value(json_object_get(mail, key));
}

static bool compose(const json_t *mail, struct text_buffer *out, struct error *error) {
    const json_t *text = json_object_get(mail, "text"), *html = json_object_get(mail, "html");
    struct message_header extra[EXTRA_MAX + 1] = {{NULL, NULL}};
    size_t extra_count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(mail, "extra"), name, value) {
        if (extra_count < EXTRA_MAX)
            extra[extra_count++] = (struct message_header){name, json_string_value(value)};
    }
    const struct message_parts parts = {
        .from = text_of(mail, "from"),
        .to = text_of(mail, "to"),
        .reply_to = text_of(mail, "reply_to"),
        .subject = text_of(mail, "subject"),
        .message_id = text_of(mail, "message_id"),
        .date_unix_ms = json_integer_value(json_object_get(mail, "date")),
        .text = json_string_value(text),
        .text_size = json_string_length(text),
        .html = json_string_value(html),
        .html_size = json_string_length(html),
        .extra = extra,
    };
    return message_compose(&parts, out, error);
}

int main(void) {
    char *line = NULL;
    size_t capacity = 0;
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    for (ssize_t size; (size = getline(&line, &capacity, stdin)) > 0;) {
        json_error_t json_error;
        json_t *mail = json_loadb(line, (size_t)size, JSON_ALLOW_NUL, &json_error);
        if (mail == NULL) {
            fprintf(stderr, "bad JSON: %s\n", json_error.text);
            return EXIT_FAILURE;
        }
        struct error error = {0};
        if (compose(mail, &out, &error)) {
            printf("ok %zu\n", out.size);
            fwrite(out.bytes, 1, out.size, stdout);
        } else {
            printf("error %zu\n%s", strlen(error.text), error.text);
        }
        fflush(stdout);
        json_decref(mail);
    }
    free(line);
    text_buffer_free(&out);
    return EXIT_SUCCESS;
}
