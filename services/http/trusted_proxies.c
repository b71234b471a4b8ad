/* SPDX-License-Identifier: Apache-2.0 */
#include "trusted_proxies.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void map_ipv4(const void *ipv4, struct client_address *address) {
    memset(address->bytes, 0, 10);
    memset(address->bytes + 10, 0xff, 2);
    memcpy(address->bytes + 12, ipv4, 4);
}

static bool parse_plain(const char *text, struct client_address *address, bool *is_ipv4) {
    struct in_addr ipv4;
    *is_ipv4 = inet_pton(AF_INET, text, &ipv4) == 1;
    if (*is_ipv4) {
        map_ipv4(&ipv4, address);
        return true;
    }
    return inet_pton(AF_INET6, text, address->bytes) == 1;
}

bool client_address_parse(const char *text, size_t size, struct client_address *address) {
    char copy[INET6_ADDRSTRLEN + 16];
    if (size == 0 || size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    char *begin = copy;
    if (copy[0] == '[') {
        char *bracket = strchr(copy, ']');
        if (bracket == NULL)
            return false;
        *bracket = '\0';
        begin = copy + 1;
    } else {
        char *colon = strchr(copy, ':');
        if (colon != NULL && strchr(colon + 1, ':') == NULL) /* one colon: IPv4 and a port */
            *colon = '\0';
    }
    bool is_ipv4;
    return parse_plain(begin, address, &is_ipv4);
}

void client_address_from_socket(const struct sockaddr *socket_address, struct client_address *address) {
    memset(address, 0, sizeof *address);
    if (socket_address == NULL)
        return;
    if (socket_address->sa_family == AF_INET)
        map_ipv4(&((const struct sockaddr_in *)(const void *)socket_address)->sin_addr, address);
    else if (socket_address->sa_family == AF_INET6)
        memcpy(address->bytes, &((const struct sockaddr_in6 *)(const void *)socket_address)->sin6_addr, 16);
}

static bool parse_network(const char *item, struct proxy_network *network, struct error *error) {
    char address[INET6_ADDRSTRLEN + 1];
    const char *slash = strchr(item, '/');
    size_t address_size = slash != NULL ? (size_t)(slash - item) : strlen(item);
    bool is_ipv4 = false;
    if (address_size >= sizeof address)
        return error_set_status(error, EXIT_STATUS_CONFIG, "\"%s\" is no network such as 10.0.0.0/8", item);
    memcpy(address, item, address_size);
    address[address_size] = '\0';
    if (!parse_plain(address, &network->address, &is_ipv4))
        return error_set_status(error, EXIT_STATUS_CONFIG, "\"%s\" is no network such as 10.0.0.0/8", item);
    long bits_max = is_ipv4 ? 32 : 128;
    long bits = bits_max;
    if (slash != NULL) {
        char *end = NULL;
        bits = strtol(slash + 1, &end, 10);
        if (end == slash + 1 || *end != '\0' || bits < 0 || bits > bits_max)
            return error_set_status(error, EXIT_STATUS_CONFIG, "\"%s\": the prefix length is 0 to %ld", item,
                                    bits_max);
    }
    network->prefix_bits = (unsigned)(bits + (128 - bits_max));
    return true;
}

bool trusted_proxies_parse(struct trusted_proxies *proxies, const struct text_list *list,
                           struct error *error) {
    *proxies = (struct trusted_proxies){0};
    if (list->count == 0)
        return true;
    proxies->networks = calloc(list->count, sizeof *proxies->networks);
    if (proxies->networks == NULL)
        return error_set(error, "no memory");
    for (size_t i = 0; i < list->count; i++) {
        if (!parse_network(list->items[i], &proxies->networks[i], error)) {
            trusted_proxies_free(proxies);
            return error_prefix(error, "HTTP_TRUSTED_PROXIES");
        }
        proxies->count++;
    }
    return true;
}

void trusted_proxies_free(struct trusted_proxies *proxies) {
    free(proxies->networks);
    *proxies = (struct trusted_proxies){0};
}

static bool network_contains(const struct proxy_network *network, const struct client_address *address) {
    size_t whole = network->prefix_bits / 8;
    unsigned rest = network->prefix_bits % 8;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return (network->address.bytes[whole] & mask) == (address->bytes[whole] & mask);
}

bool trusted_proxies_contain(const struct trusted_proxies *proxies, const struct client_address *address) {
    for (size_t i = 0; i < proxies->count; i++) {
        if (network_contains(&proxies->networks[i], address))
            return true;
    }
    return false;
}

struct client_address client_address_resolve(const struct client_address *peer, const char *forwarded_for,
                                             const struct trusted_proxies *proxies) {
    struct client_address client = *peer;
    if (forwarded_for == NULL || !trusted_proxies_contain(proxies, peer))
        return client;
    const char *end = forwarded_for + strlen(forwarded_for);
    while (end > forwarded_for) {
        const char *begin = end;
        while (begin > forwarded_for && begin[-1] != ',')
            begin--;
        const char *first = begin;
        const char *last = end;
        while (first < last && (*first == ' ' || *first == '\t'))
            first++;
        while (last > first && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        struct client_address hop;
        /* "unknown" or worse: nobody vouches for what stands left of it. */
        if (!client_address_parse(first, (size_t)(last - first), &hop))
            return client;
        client = hop;
        if (!trusted_proxies_contain(proxies, &hop))
            return client;
        end = begin > forwarded_for ? begin - 1 : begin;
    }
    return client;
}
