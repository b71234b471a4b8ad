/* SPDX-License-Identifier: Apache-2.0 */
#include "mailbox.h"
#include "../../common/utf8.h"
#include "message.h"
#include <string.h>

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

/* The "<" that begins the address; one inside a quoted name is none. NULL: there is no such. */
static const char *find_bracket(const char *text) {
    bool is_quoted = false;
    for (; *text != '\0'; text++) {
        if (*text == '<' && !is_quoted)
            return text;
        if (*text == '"')
            is_quoted = !is_quoted;
        else if (*text == '\\' && is_quoted && text[1] != '\0')
            text++;
    }
    return NULL;
}

/* The name without blanks around it, and without its quotes. */
static bool copy_name(char out[MAILBOX_NAME_SIZE], const char *name, size_t size, struct error *error) {
    while (size > 0 && is_blank(name[size - 1]))
        size--;
    bool is_quoted = size >= 2 && name[0] == '"' && name[size - 1] == '"';
    size_t from = is_quoted ? 1 : 0, to = is_quoted ? size - 1 : size, length = 0;
    if (to - from >= MAILBOX_NAME_SIZE)
        return error_set(error, "the name before the address is longer than %d octets",
                         MAILBOX_NAME_SIZE - 1);
    for (size_t i = from; i < to; i++) {
        if (is_quoted && name[i] == '\\' && i + 1 < to)
            i++;
        out[length++] = name[i];
    }
    out[length] = '\0';
    for (size_t i = 0, taken; i < length; i += taken) {
        uint32_t code_point;
        taken = utf8_decode(out + i, length - i, &code_point);
        if (taken == 0)
            return error_set(error, "the name before the address is not UTF-8");
        if (utf8_is_control(code_point))
            return error_set(error, "the name before the address has a control character");
    }
    return true;
}

bool mailbox_parse(const char *text, struct mailbox *mailbox, struct error *error) {
    mailbox->name[0] = '\0';
    while (is_blank(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    const char *address = text;
    size_t address_size = size;
    if (size > 0 && text[size - 1] == '>') {
        const char *bracket = find_bracket(text);
        if (bracket == NULL)
            return error_set(error, "the address has a \">\", but no \"<\" outside of quotes");
        address = bracket + 1;
        address_size = (size_t)(text + size - address) - 1;
        if (!copy_name(mailbox->name, text, (size_t)(bracket - text), error))
            return false;
    }
    enum mail_address_verdict verdict = mail_address_parse(address, address_size, &mailbox->address);
    return verdict == MAIL_ADDRESS_OK ||
           error_set(error, "the address %s", mail_address_verdict_text(verdict));
}

bool message_mailbox_address(const char *mailbox, char out[256], struct error *error) {
    struct mailbox parsed;
    if (!mailbox_parse(mailbox, &parsed, error))
        return false;
    memcpy(out, parsed.address.wire, strlen(parsed.address.wire) + 1);
    return true;
}
