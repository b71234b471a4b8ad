/* SPDX-License-Identifier: Apache-2.0 */
/* Mailbox of RFC 5321 §4.1.2, and as RFC 6531 §3.3 extends it. */
#include "schema_format.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_SIZE 254 /* RFC 5321 §4.5.3.1.3, less the brackets */
#define MAX_LOCAL_PART 64
#define MAX_LABEL 63

static bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_beyond_ascii(char c) {
    return (unsigned char)c >= 0x80;
}

static bool is_atom_character(char c, bool utf8) {
    return is_alphanumeric(c) || (utf8 && is_beyond_ascii(c)) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_dot_string(const char *text, size_t size, bool utf8) {
    for (size_t i = 0; i < size; i++) {
        bool dot_allowed = i > 0 && i + 1 < size && text[i - 1] != '.';
        if (text[i] == '.' ? !dot_allowed : !is_atom_character(text[i], utf8))
            return false;
    }
    return size > 0;
}

static bool is_quoted_string(const char *text, size_t size, bool utf8) {
    if (size < 2 || text[0] != '"' || text[size - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < size; i++) {
        if (text[i] == '"' || (text[i] == '\\' && ++i + 1 >= size))
            return false;
        bool printable = text[i] >= ' ' && text[i] <= '~';
        if (!printable && !(utf8 && is_beyond_ascii(text[i])))
            return false;
    }
    return true;
}

static bool is_domain(const char *text, size_t size, bool utf8) {
    size_t label = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i == size || text[i] == '.') {
            if (label == 0 || label > MAX_LABEL || text[i - 1] == '-')
                return false;
            label = 0;
        } else if (!(is_alphanumeric(text[i]) || (utf8 && is_beyond_ascii(text[i])) ||
                     (text[i] == '-' && label > 0))) {
            return false;
        } else {
            label++;
        }
    }
    return true;
}

static bool is_address_literal(const char *text, size_t size) {
    static const char ipv6[] = "IPv6:";
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    if (size < 2 || text[0] != '[' || text[size - 1] != ']')
        return false;
    text++;
    size -= 2;
    bool is_ipv6 = size > strlen(ipv6) && strncasecmp(text, ipv6, strlen(ipv6)) == 0;
    if (is_ipv6) {
        text += strlen(ipv6);
        size -= strlen(ipv6);
    }
    if (size >= sizeof address)
        return false;
    memcpy(address, text, size);
    address[size] = '\0';
    return strlen(address) == size && inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, bytes) == 1;
}

static bool is_mailbox(const char *text, size_t size, bool utf8) {
    const char *at = memrchr(text, '@', size);
    if (at == NULL || size > MAX_SIZE)
        return false;
    size_t local_size = (size_t)(at - text), domain_size = size - local_size - 1;
    if (local_size > MAX_LOCAL_PART ||
        (!is_dot_string(text, local_size, utf8) && !is_quoted_string(text, local_size, utf8)))
        return false;
    return is_domain(at + 1, domain_size, utf8) || is_address_literal(at + 1, domain_size);
}

bool schema_format_is_email(const char *text, size_t size) {
    return is_mailbox(text, size, false);
}

bool schema_format_is_idn_email(const char *text, size_t size) {
    return is_mailbox(text, size, true);
}
