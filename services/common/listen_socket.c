/* SPDX-License-Identifier: Apache-2.0 */
#include "listen_socket.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(int family, const struct sockaddr *address, socklen_t address_size) {
    int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (descriptor < 0)
        return -1;
    int on = 1, off = 0;
    /* A restart must not wait for the old connections' TIME_WAIT. */
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (family != AF_INET6 || setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
        bind(descriptor, address, address_size) == 0 && listen(descriptor, SOMAXCONN) == 0)
        return descriptor;
    int saved_errno = errno;
    close(descriptor);
    errno = saved_errno;
    return -1;
}

static int listen_everywhere(uint16_t port) {
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT};
    int descriptor = listen_on(AF_INET6, (const struct sockaddr *)&six, sizeof six);
    if (descriptor >= 0 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
        return descriptor;
    struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    return listen_on(AF_INET, (const struct sockaddr *)&four, sizeof four);
}

static int listen_on_host(const struct host_port *listen, struct error *error) {
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)listen->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses = NULL;
    int result = getaddrinfo(listen->host, port, &hints, &addresses);
    if (result != 0) {
        error_set_status(error, EXIT_STATUS_CONFIG, "cannot listen on %s:%u: %s", listen->host,
                         (unsigned)listen->port,
                         result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
        return -1;
    }
    int descriptor = -1, first_errno = 0;
    for (const struct addrinfo *at = addresses; at != NULL && descriptor < 0; at = at->ai_next) {
        descriptor = listen_on(at->ai_family, at->ai_addr, at->ai_addrlen);
        if (descriptor < 0 && first_errno == 0)
            first_errno = errno;
    }
    freeaddrinfo(addresses);
    if (descriptor < 0) {
        bool is_six = strchr(listen->host, ':') != NULL;
        error_set_status(error, EXIT_STATUS_CONFIG, "cannot listen on %s%s%s:%u: %s", is_six ? "[" : "",
                         listen->host, is_six ? "]" : "", (unsigned)listen->port, strerror(first_errno));
    }
    return descriptor;
}

int listen_socket_open(const struct host_port *listen, struct error *error) {
    if (listen->host[0] != '\0')
        return listen_on_host(listen, error);
    int descriptor = listen_everywhere(listen->port);
    if (descriptor < 0)
        error_set_status(error, EXIT_STATUS_CONFIG, "cannot listen on :%u: %s", (unsigned)listen->port,
                         strerror(errno));
    return descriptor;
}

uint16_t listen_socket_port(int descriptor) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    return address.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)&address)->sin_port) : 0;
}
