/* SPDX-License-Identifier: Apache-2.0 */
#include "route_text.h"

#include "compose/message.h"
#include <string.h>
#include <strings.h>

#define UNSUBSCRIBE_MAX 898 /* octets: with brackets still a line of a header */

static void trim(struct text_buffer *text) {
    size_t start = 0;
    while (start < text->size && strchr(" \t\r\n", text->bytes[start]) != NULL)
        start++;
    while (text->size > start && strchr(" \t\r\n", text->bytes[text->size - 1]) != NULL)
        text->size--;
    text->size -= start;
    memmove(text->bytes, text->bytes + start, text->size);
    text->bytes[text->size] = '\0';
}

bool route_text_render(const struct mustache *template, enum route_field field, const json_t *context,
                       struct text_buffer *out, struct error *error) {
    text_buffer_reset(out);
    text_buffer_append(out, "", 0); /* so that it has bytes, however few */
    if (!mustache_render(template, context, route_field_escape(field), NULL, NULL, out, error))
        return false;
    if (out->failed || out->bytes == NULL)
        return error_set(error, "no memory");
    trim(out);
    if (memchr(out->bytes, '\0', out->size) != NULL)
        return error_set(error, "has a NUL in it");
    return true;
}

/* RFC 2369 §2 and RFC 8058 §3.1: a URI in angle brackets. */
static bool check_unsubscribe(const char *text, struct error *error) {
    if (strncasecmp(text, "https://", 8) != 0 && strncasecmp(text, "mailto:", 7) != 0)
        return error_set(error, "is neither an https nor a mailto URI");
    if (strlen(text) > UNSUBSCRIBE_MAX)
        return error_set(error, "is longer than %d octets", UNSUBSCRIBE_MAX);
    for (const char *next = text; *next != '\0'; next++) {
        if (*next < 0x21 || *next > 0x7E || strchr("<>,\"", *next) != NULL || strncmp(next, "=?", 2) == 0)
            return error_set(error, "has a character that is none of a URI's; values are encoded by {{…}}");
    }
    return true;
}

bool route_text_check(enum route_field field, const char *text, struct error *error) {
    char address[256];
    enum mail_address_verdict verdict;
    if (text[0] == '\0')
        return true;
    switch (field) {
    case ROUTE_TO:
        verdict = mail_address_parse(text, strlen(text), NULL);
        return verdict == MAIL_ADDRESS_OK ||
               error_set(error, "the address %s", mail_address_verdict_text(verdict));
    case ROUTE_FROM:
    case ROUTE_REPLY_TO:
        return message_mailbox_address(text, address, error);
    case ROUTE_LIST_UNSUBSCRIBE:
        return check_unsubscribe(text, error);
    case ROUTE_LOCALE: /* one that is none means the template without a language */
    case ROUTE_FIELDS:
        break;
    }
    return true;
}
