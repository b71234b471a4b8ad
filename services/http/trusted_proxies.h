/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a request comes from. X-Forwarded-For is believed only from proxies that the operator named: then the
 * client is the rightmost address in it that is no such proxy, since everything left of it could have been
 * sent by the client itself.
 */
#ifndef NOTIFY_HTTP_TRUSTED_PROXIES_H
#define NOTIFY_HTTP_TRUSTED_PROXIES_H

#include "common/error.h"
#include "common/settings.h"
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv4 is kept as ::ffff:a.b.c.d, so that one client has one address whatever socket it came through. */
struct client_address {
    uint8_t bytes[16];
};

struct proxy_network {
    struct client_address address;
    unsigned prefix_bits; /* of the 128 */
};

struct trusted_proxies {
    struct proxy_network *networks;
    size_t count;
};

/* "10.0.0.0/8", "fd00::/8", "192.0.2.7". Exit status 78 and the item's name in error. */
bool trusted_proxies_parse(struct trusted_proxies *proxies, const struct text_list *list,
                           struct error *error);
void trusted_proxies_free(struct trusted_proxies *proxies);
bool trusted_proxies_contain(const struct trusted_proxies *proxies, const struct client_address *address);

/* "192.0.2.7", "2001:db8::1", "[2001:db8::1]:443", "192.0.2.7:1234" (proxies write all of them). */
bool client_address_parse(const char *text, size_t size, struct client_address *address);
void client_address_from_socket(const struct sockaddr *socket_address, struct client_address *address);
/* forwarded_for: the header's lines joined by commas in their order, or NULL. */
struct client_address client_address_resolve(const struct client_address *peer, const char *forwarded_for,
                                             const struct trusted_proxies *proxies);

#endif
