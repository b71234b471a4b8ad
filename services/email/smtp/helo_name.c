/* SPDX-License-Identifier: Apache-2.0 */
#include "helo_name.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MOST = 63, DOMAIN_MOST = 255 }; /* RFC 1035 §2.3.4, RFC 5321 §4.5.3.1.2 */

static bool is_letter_or_digit(char octet) {
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9');
}

static bool is_label(const char *label, size_t size) {
    if (size == 0 || size > LABEL_MOST || label[0] == '-' || label[size - 1] == '-')
        return false;
    for (size_t at = 0; at < size; at++) {
        if (!is_letter_or_digit(label[at]) && label[at] != '-')
            return false;
    }
    return true;
}

/* A top-level domain is never a number (RFC 3696 §2): such a name is an address that lacks its brackets. */
static bool is_domain(const char *name) {
    if (strlen(name) > DOMAIN_MOST)
        return false;
    for (;;) {
        size_t size = strcspn(name, ".");
        if (!is_label(name, size))
            return false;
        if (name[size] == '\0')
            return strspn(name, "0123456789") < size;
        name += size + 1;
    }
}

static bool is_address_literal(const char *name) {
    static const char tag[] = "IPv6:";
    char address[INET6_ADDRSTRLEN];
    unsigned char binary[sizeof(struct in6_addr)];
    size_t size = strlen(name);
    if (size < 2 || name[0] != '[' || name[size - 1] != ']')
        return false;
    bool is_ipv6 = strncasecmp(name + 1, tag, sizeof tag - 1) == 0;
    const char *start = name + (is_ipv6 ? sizeof tag : 1);
    size_t length = (size_t)(name + size - 1 - start);
    if (length >= sizeof address)
        return false;
    memcpy(address, start, length);
    address[length] = '\0';
    return inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, binary) == 1;
}

bool helo_name_is_valid(const char *name) {
    return is_domain(name) || is_address_literal(name);
}
