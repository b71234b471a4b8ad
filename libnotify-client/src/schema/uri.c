/* SPDX-License-Identifier: Apache-2.0 */
#include "uri.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* unreserved and sub-delims (§2.2, §2.3), percent-encoded octets, and what more is allowed in the part */
static bool is_made_of(struct uri_part part, const char *more) {
    for (size_t i = 0; i < part.size; i++) {
        char c = part.text[i];
        if (c == '%') {
            if (part.size - i < 3 || !is_hex(part.text[i + 1]) || !is_hex(part.text[i + 2]))
                return false;
            i += 2;
        } else if (c == '\0' || (!is_alpha(c) && !is_digit(c) && strchr("-._~!$&'()*+,;=", c) == NULL &&
                                 strchr(more, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_scheme(struct uri_part part) {
    for (size_t i = 1; i < part.size; i++) {
        char c = part.text[i];
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return false;
    }
    return part.size > 0 && is_alpha(part.text[0]);
}

/* What stands between [ and ] (§3.2.2). */
static bool is_ip_literal(struct uri_part part) {
    if (part.size > 1 && (part.text[0] == 'v' || part.text[0] == 'V')) {
        size_t i = 1;
        while (i < part.size && is_hex(part.text[i]))
            i++;
        struct uri_part rest = {part.text + i + 1, part.size - i - 1};
        return i > 1 && i + 1 < part.size && part.text[i] == '.' &&
               memchr(rest.text, '%', rest.size) == NULL && is_made_of(rest, ":");
    }
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    if (part.size >= sizeof text)
        return false;
    memcpy(text, part.text, part.size);
    text[part.size] = '\0';
    return strlen(text) == part.size && inet_pton(AF_INET6, text, address) == 1;
}

static bool is_authority(struct uri_part part) {
    const char *at = memchr(part.text, '@', part.size);
    struct uri_part host = part;
    if (at != NULL) {
        if (!is_made_of((struct uri_part){part.text, (size_t)(at - part.text)}, ":"))
            return false;
        host = (struct uri_part){at + 1, part.size - (size_t)(at - part.text) - 1};
    }
    if (host.size > 0 && host.text[0] == '[') {
        const char *end = memchr(host.text, ']', host.size);
        if (end == NULL || !is_ip_literal((struct uri_part){host.text + 1, (size_t)(end - host.text) - 1}))
            return false;
        host.size -= (size_t)(end + 1 - host.text);
        host.text = end + 1;
        if (host.size > 0 && host.text[0] != ':')
            return false;
    }
    size_t i = 0;
    while (i < host.size && host.text[i] != ':')
        i++;
    if (!is_made_of((struct uri_part){host.text, i}, ""))
        return false;
    for (i++; i < host.size; i++) {
        if (!is_digit(host.text[i]))
            return false;
    }
    return true;
}

/* The part up to one of the stops; *text is moved behind it. */
static struct uri_part cut(const char **text, const char *end, const char *stops) {
    struct uri_part part = {*text, 0};
    while (*text < end && (**text == '\0' || strchr(stops, **text) == NULL))
        (*text)++;
    part.size = (size_t)(*text - part.text);
    return part;
}

bool uri_parse(struct uri *uri, const char *text, size_t size) {
    const char *end = text + size, *at = text;
    *uri = (struct uri){0};
    struct uri_part first = cut(&at, end, ":/?#");
    if (at < end && *at == ':') {
        uri->scheme = first;
        if (!is_scheme(first)) /* nor may a relative path have a colon in its first segment (§4.2) */
            return false;
        at++;
    } else {
        at = text;
    }
    if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
        at += 2;
        uri->authority = cut(&at, end, "/?#");
    }
    uri->path = cut(&at, end, "?#");
    if (at < end && *at == '?') {
        at++;
        uri->query = cut(&at, end, "#");
    }
    if (at < end) {
        at++;
        uri->fragment = (struct uri_part){at, (size_t)(end - at)};
    }
    return (uri->authority.text == NULL || is_authority(uri->authority)) && is_made_of(uri->path, ":@/") &&
           is_made_of(uri->query, ":@/?") && is_made_of(uri->fragment, ":@/?");
}

static size_t append(char *text, size_t at, struct uri_part part) {
    if (part.size > 0)
        memcpy(text + at, part.text, part.size);
    return at + part.size;
}

static bool starts_with(const char *text, size_t size, const char *prefix) {
    return size >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* §5.2.4, in place; returns the new size. */
static size_t remove_dot_segments(char *path, size_t size) {
    size_t in = 0, out = 0;
    while (in < size) {
        const char *left = path + in;
        size_t left_size = size - in;
        if (starts_with(left, left_size, "../")) {
            in += 3;
        } else if (starts_with(left, left_size, "./") || starts_with(left, left_size, "/./")) {
            in += 2;
        } else if (left_size == 2 && memcmp(left, "/.", 2) == 0) {
            path[++in] = '/';
        } else if (starts_with(left, left_size, "/../") || (left_size == 3 && memcmp(left, "/..", 3) == 0)) {
            in += left_size == 3 ? 2 : 3;
            path[in] = '/';
            while (out > 0 && path[--out] != '/')
                ;
        } else if ((left_size == 1 && left[0] == '.') || (left_size == 2 && memcmp(left, "..", 2) == 0)) {
            in = size;
        } else {
            do
                path[out++] = path[in++];
            while (in < size && path[in] != '/');
        }
    }
    return out;
}

/* §5.2.3 */
static size_t merge(char *text, size_t at, const struct uri *base, struct uri_part path) {
    size_t directory = base->path.size;
    while (directory > 0 && base->path.text[directory - 1] != '/')
        directory--;
    if (base->authority.text != NULL && base->path.size == 0)
        text[at++] = '/';
    at = append(text, at, (struct uri_part){base->path.text, directory});
    return append(text, at, path);
}

size_t uri_resolve(const struct uri *base, const struct uri *reference, char *text) {
    bool own_scheme = reference->scheme.text != NULL,
         own_authority = own_scheme || reference->authority.text != NULL;
    struct uri_part scheme = own_scheme ? reference->scheme : base->scheme;
    struct uri_part authority = own_authority ? reference->authority : base->authority;
    struct uri_part query = reference->query;
    size_t size = 0;
    if (scheme.text != NULL) {
        size = append(text, size, scheme);
        text[size++] = ':';
    }
    if (authority.text != NULL) {
        text[size++] = '/';
        text[size++] = '/';
        size = append(text, size, authority);
    }
    size_t path = size;
    if (!own_authority && reference->path.size == 0) {
        size = append(text, size, base->path);
        if (query.text == NULL)
            query = base->query;
    } else {
        if (own_authority || reference->path.text[0] == '/')
            size = append(text, size, reference->path);
        else
            size = merge(text, size, base, reference->path);
        size = path + remove_dot_segments(text + path, size - path);
    }
    if (query.text != NULL) {
        text[size++] = '?';
        size = append(text, size, query);
    }
    text[size] = '\0';
    return size;
}
