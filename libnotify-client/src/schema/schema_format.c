/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_format.h"
#include "uri.h"

#include <string.h>

static bool is_uri_reference(const char *text, size_t size) {
    struct uri uri;
    return uri_parse(&uri, text, size);
}

static bool is_uri(const char *text, size_t size) {
    struct uri uri;
    return uri_parse(&uri, text, size) && uri.scheme.text != NULL;
}

/* RFC 9562 §4: 8-4-4-4-12 hexadecimal digits, any version. */
static bool is_uuid(const char *text, size_t size) {
    if (size != 36)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = text[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return true;
}

static const struct schema_format formats[] = {
    {"email", "is not a mail address", schema_format_is_email},
    {"idn-email", "is not a mail address", schema_format_is_idn_email},
    {"uri", "is not a URI", is_uri},
    {"uri-reference", "is not a URI reference", is_uri_reference},
    {"date-time", "is not a date and time of RFC 3339", schema_format_is_date_time},
    {"uuid", "is not a UUID", is_uuid},
};

const struct schema_format *schema_format_find(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(name, formats[i].name) == 0)
            return &formats[i];
    }
    return NULL;
}

const char *schema_format_names(void) {
    return "email, idn-email, uri, uri-reference, date-time, uuid";
}
