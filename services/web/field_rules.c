/* SPDX-License-Identifier: Apache-2.0 */
#include "field_rules.h"
#include "common/utf8.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void trim_blanks(const char **text, size_t *size) {
    while (*size > 0 && **text == ' ') {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && (*text)[*size - 1] == ' ')
        (*size)--;
}

const char *name_check(const char *text, size_t size, char name[NAME_SIZE]) {
    trim_blanks(&text, &size);
    if (size == 0)
        return "Enter your name.";
    size_t characters = 0;
    bool has_control = false, has_bracket = false;
    for (size_t at = 0; at < size; characters++) {
        uint32_t code_point;
        size_t length = utf8_decode(text + at, size - at, &code_point);
        if (length == 0)
            return "The name is no valid UTF-8.";
        has_control = has_control || utf8_is_control(code_point);
        has_bracket = has_bracket || code_point == '<' || code_point == '>';
        at += length;
    }
    if (characters > NAME_MAX_CHARACTERS)
        return "The name is longer than 64 characters.";
    if (has_control)
        return "The name holds a character that cannot be shown.";
    if (has_bracket)
        return "The name may not hold < or >.";
    memcpy(name, text, size);
    name[size] = '\0';
    if (strstr(name, "://") != NULL || strcasestr(name, "www.") != NULL)
        return "The name may not hold a link.";
    return NULL;
}

const char *email_check(const char *text, size_t size, struct mail_address *address) {
    trim_blanks(&text, &size);
    switch (mail_address_parse(text, size, address)) {
    case MAIL_ADDRESS_OK:
        return NULL;
    case MAIL_ADDRESS_EMPTY:
        return "Enter your e-mail address.";
    case MAIL_ADDRESS_TOO_LONG:
        return "The e-mail address is longer than 254 characters.";
    case MAIL_ADDRESS_NO_AT:
        return "The e-mail address needs an @, as in ada@example.org.";
    case MAIL_ADDRESS_BAD_CHARACTER:
        return "The e-mail address holds a character that it may not have.";
    case MAIL_ADDRESS_BAD_LOCAL_PART:
        return "What stands before the @ of the e-mail address is not valid.";
    case MAIL_ADDRESS_DOMAIN_WITHOUT_DOT:
    case MAIL_ADDRESS_BAD_DOMAIN:
        return "What stands after the @ of the e-mail address is no domain, as in example.org.";
    }
    return "The e-mail address is not valid.";
}

void address_key(const struct mail_address *address, char key[MAIL_ADDRESS_MAX + 1]) {
    size_t i = 0;
    for (; address->wire[i] != '\0' && i < MAIL_ADDRESS_MAX; i++) {
        unsigned char character = (unsigned char)address->wire[i];
        key[i] = (char)(character < 0x80 ? tolower(character) : character);
    }
    key[i] = '\0';
}
