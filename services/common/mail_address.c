/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_address.h"
#include "utf8.h"
#include <idn2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_PART_MAX = 64, /* RFC 5321 §4.5.3.1.1 */
    DOMAIN_MAX = 253,    /* RFC 1035 §2.3.4: 255 octets on the wire, without the root's two */
    LABEL_MAX = 63,
};

/* Blank or invisible: in an address it can only mislead. Zero width joiners are letters' business (IDNA
 * CONTEXTJ). */
static bool is_invisible(uint32_t code_point) {
    return code_point == 0xA0 || code_point == 0xAD || code_point == 0x1680 || code_point == 0x180E ||
           (code_point >= 0x2000 && code_point <= 0x200B) || code_point == 0x202F ||
           (code_point >= 0x205F && code_point <= 0x2064) || code_point == 0x3000 ||
           (code_point >= 0xFFF0 && code_point <= 0xFFFF) || (code_point >= 0xE0000 && code_point <= 0xE0FFF);
}

static bool has_bad_character(const char *text, size_t size) {
    for (size_t i = 0, length; i < size; i += length) {
        uint32_t code_point;
        length = utf8_decode(text + i, size - i, &code_point);
        if (length == 0 || utf8_is_control(code_point) || is_invisible(code_point))
            return true;
    }
    return false;
}

/* RFC 5322 §3.2.3, and RFC 6531 §3.3 for what is not ASCII. */
static bool is_atext(char character) {
    unsigned char byte = (unsigned char)character;
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || (byte != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", byte) != NULL);
}

static bool is_dot_string(const char *text, size_t size) {
    bool after_dot = true;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' ? after_dot : !is_atext(text[i]))
            return false;
        after_dot = text[i] == '.';
    }
    return !after_dot;
}

/* The size of the Quoted-string at text, quotes included; 0: it has no end. Controls were refused before. */
static size_t quoted_string_size(const char *text, size_t size) {
    for (size_t i = 1; i < size; i++) {
        if (text[i] == '"')
            return i + 1;
        if (text[i] == '\\') {
            i++;
            if (i < size &&
                (unsigned char)text[i] >= 0x80) /* RFC 6531 adds UTF-8 to qtext, not to quoted-pair */
                return 0;
        }
    }
    return 0;
}

/* Splits at the @ that divides; *local_size_out is its place. */
static enum mail_address_verdict check_local_part(const char *text, size_t size, size_t *local_size_out) {
    size_t local_size;
    if (text[0] == '"') {
        local_size = quoted_string_size(text, size);
        if (local_size == 0)
            return MAIL_ADDRESS_BAD_LOCAL_PART;
        if (local_size == size)
            return MAIL_ADDRESS_NO_AT;
        if (text[local_size] != '@')
            return MAIL_ADDRESS_BAD_LOCAL_PART;
    } else {
        const char *at = memrchr(text, '@', size);
        if (at == NULL)
            return MAIL_ADDRESS_NO_AT;
        local_size = (size_t)(at - text);
        if (!is_dot_string(text, local_size))
            return MAIL_ADDRESS_BAD_LOCAL_PART;
    }
    if (local_size > LOCAL_PART_MAX)
        return MAIL_ADDRESS_BAD_LOCAL_PART;
    *local_size_out = local_size;
    return MAIL_ADDRESS_OK;
}

static bool is_label(const char *label, size_t size) {
    if (size == 0 || size > LABEL_MAX || label[0] == '-' || label[size - 1] == '-')
        return false;
    for (size_t i = 0; i < size; i++) {
        bool allowed =
            (label[i] >= 'a' && label[i] <= 'z') || (label[i] >= '0' && label[i] <= '9') || label[i] == '-';
        if (!allowed)
            return false;
    }
    return true;
}

/* A host name of lower-case letters, digits and hyphens (RFC 1123 §2.1), whose last label is not a number. */
static enum mail_address_verdict check_host_name(const char *domain) {
    size_t size = strlen(domain);
    if (size == 0 || size > DOMAIN_MAX)
        return MAIL_ADDRESS_BAD_DOMAIN;
    const char *label = domain;
    unsigned labels = 0;
    for (;;) {
        size_t label_size = strcspn(label, ".");
        if (!is_label(label, label_size))
            return MAIL_ADDRESS_BAD_DOMAIN;
        labels++;
        if (label[label_size] == '\0')
            break;
        label += label_size + 1;
    }
    if (labels < 2)
        return MAIL_ADDRESS_DOMAIN_WITHOUT_DOT;
    bool numeric = strspn(label, "0123456789") == strlen(label);
    return numeric ? MAIL_ADDRESS_BAD_DOMAIN : MAIL_ADDRESS_OK;
}

static bool needs_idna(const char *domain) {
    for (const char *at = domain; *at != '\0'; at++) {
        if ((unsigned char)*at >= 0x80)
            return true;
    }
    return strstr(domain, "xn--") != NULL; /* libidn2 checks that an A-label is the one of its U-label */
}

/* domain: room for MAIL_ADDRESS_MAX + 1; becomes the name that DNS knows. */
static enum mail_address_verdict normalise_domain(char *domain) {
    for (char *at = domain; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    if (needs_idna(domain)) {
        uint8_t *name = NULL;
        int result = idn2_lookup_u8((const uint8_t *)domain, &name,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
        bool fits = result == IDN2_OK && strlen((const char *)name) <= MAIL_ADDRESS_MAX;
        if (fits)
            memcpy(domain, name, strlen((const char *)name) + 1);
        idn2_free(name);
        if (!fits)
            return MAIL_ADDRESS_BAD_DOMAIN;
    }
    return check_host_name(domain);
}

enum mail_address_verdict mail_address_parse(const char *text, size_t size, struct mail_address *address) {
    if (size == 0)
        return MAIL_ADDRESS_EMPTY;
    if (size > MAIL_ADDRESS_MAX)
        return MAIL_ADDRESS_TOO_LONG;
    if (has_bad_character(text, size))
        return MAIL_ADDRESS_BAD_CHARACTER;
    size_t local_size = 0;
    enum mail_address_verdict verdict = check_local_part(text, size, &local_size);
    if (verdict != MAIL_ADDRESS_OK)
        return verdict;

    char domain[MAIL_ADDRESS_MAX + 1];
    size_t domain_size = size - local_size - 1;
    memcpy(domain, text + local_size + 1, domain_size);
    domain[domain_size] = '\0';
    verdict = normalise_domain(domain);
    if (verdict != MAIL_ADDRESS_OK)
        return verdict;
    domain_size = strlen(domain);
    if (local_size + 1 + domain_size > MAIL_ADDRESS_MAX) /* A-labels may be longer than what was given */
        return MAIL_ADDRESS_TOO_LONG;
    if (address == NULL)
        return MAIL_ADDRESS_OK;
    memcpy(address->wire, text, local_size + 1);
    memcpy(address->wire + local_size + 1, domain, domain_size + 1);
    address->needs_smtputf8 = false;
    for (size_t i = 0; i < local_size; i++)
        address->needs_smtputf8 |= (unsigned char)text[i] >= 0x80;
    return MAIL_ADDRESS_OK;
}

const char *mail_address_verdict_text(enum mail_address_verdict verdict) {
    switch (verdict) {
    case MAIL_ADDRESS_OK:
        return "is a mail address";
    case MAIL_ADDRESS_EMPTY:
        return "is empty";
    case MAIL_ADDRESS_TOO_LONG:
        return "is longer than 254 bytes";
    case MAIL_ADDRESS_NO_AT:
        return "has no @";
    case MAIL_ADDRESS_BAD_CHARACTER:
        return "has a control character, an invisible one or invalid UTF-8";
    case MAIL_ADDRESS_BAD_LOCAL_PART:
        return "is not valid before the @";
    case MAIL_ADDRESS_BAD_DOMAIN:
        return "has no valid domain name after the @";
    case MAIL_ADDRESS_DOMAIN_WITHOUT_DOT:
        return "has a domain without a dot, which cannot be reached from outside";
    }
    return "is not a mail address";
}

/* What may stand in a local part, generously: everything but what delimits words. */
static bool is_local_part(char character) {
    return (unsigned char)character > ' ' && strchr("<>()[]\",;:=", character) == NULL;
}

void mail_address_mask(char *text) {
    for (char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
        char *start = at;
        while (start > text && is_local_part(start[-1]))
            start--;
        size_t size = (size_t)(at - start), kept = size < 3 ? size : 3;
        memset(start, '*', kept);
        memmove(start + kept, at, strlen(at) + 1);
        at = start + kept;
    }
}
