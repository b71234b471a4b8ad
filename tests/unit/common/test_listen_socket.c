/* SPDX-License-Identifier: Apache-2.0 */
#include "common/listen_socket.h"
#include "suite.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_on(const char *host, uint16_t port, struct error *error) {
    struct host_port listen = {.port = port};
    snprintf(listen.host, sizeof listen.host, "%s", host);
    return listen_socket_open(&listen, error);
}

static bool can_connect_by_ipv4(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = connect(client, (const struct sockaddr *)&address, sizeof address) == 0;
    close(client);
    return connected;
}

static bool can_connect_by_ipv6(uint16_t port) {
    struct sockaddr_in6 address = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = connect(client, (const struct sockaddr *)&address, sizeof address) == 0;
    close(client);
    return connected;
}

/* Whether this machine has ::1 at all, asked without the code under test. */
static bool machine_has_ipv6(void) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int descriptor = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = descriptor >= 0 && bind(descriptor, (const struct sockaddr *)&address, sizeof address) == 0;
    if (descriptor >= 0)
        close(descriptor);
    return has;
}

START_TEST(an_empty_host_listens_on_ipv4_and_where_there_is_one_on_ipv6) {
    struct error error = {.text = ""};
    int descriptor = open_on("", 0, &error);
    ck_assert_msg(descriptor >= 0, "%s", error.text);
    uint16_t port = listen_socket_port(descriptor);
    ck_assert_uint_ne(port, 0);
    ck_assert(can_connect_by_ipv4(port));
    if (machine_has_ipv6())
        ck_assert(can_connect_by_ipv6(port));
    close(descriptor);
}
END_TEST

START_TEST(the_socket_does_not_block_and_is_not_inherited) {
    struct error error = {.text = ""};
    int descriptor = open_on("127.0.0.1", 0, &error);
    ck_assert_msg(descriptor >= 0, "%s", error.text);
    ck_assert_int_ne(fcntl(descriptor, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    close(descriptor);
}
END_TEST

START_TEST(a_port_in_use_is_a_configuration_error_that_names_the_address) {
    struct error error = {.text = ""};
    char expected[100];
    int first = open_on("127.0.0.1", 0, &error);
    ck_assert_msg(first >= 0, "%s", error.text);
    uint16_t port = listen_socket_port(first);
    ck_assert_int_eq(open_on("127.0.0.1", port, &error), -1);
    snprintf(expected, sizeof expected, "cannot listen on 127.0.0.1:%u: Address already in use",
             (unsigned)port);
    ck_assert_str_eq(error.text, expected);
    ck_assert_int_eq(error.exit_status, 78);
    ck_assert_int_eq(open_on("", port, &error), -1);
    snprintf(expected, sizeof expected, "cannot listen on :%u: Address already in use", (unsigned)port);
    ck_assert_str_eq(error.text, expected);
    close(first);
}
END_TEST

START_TEST(an_address_of_another_machine_is_refused) {
    struct error error = {.text = ""};
    ck_assert_int_eq(open_on("192.0.2.1", 8080, &error), -1);
    ck_assert_str_eq(error.text, "cannot listen on 192.0.2.1:8080: Cannot assign requested address");
    ck_assert_int_eq(error.exit_status, 78);
}
END_TEST

START_TEST(a_port_is_free_again_after_its_connections_were_closed_by_the_server) {
    struct error error = {.text = ""};
    int first = open_on("127.0.0.1", 0, &error);
    ck_assert_int_ge(first, 0);
    uint16_t port = listen_socket_port(first);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(client, (const struct sockaddr *)&address, sizeof address), 0);
    int accepted = accept(first, NULL, NULL);
    ck_assert_int_ge(accepted, 0);
    close(accepted); /* closes first, so its end stays in TIME_WAIT */
    close(client);
    close(first);
    int second = open_on("127.0.0.1", port, &error);
    ck_assert_msg(second >= 0, "%s", error.text);
    close(second);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        an_empty_host_listens_on_ipv4_and_where_there_is_one_on_ipv6,
        the_socket_does_not_block_and_is_not_inherited,
        a_port_in_use_is_a_configuration_error_that_names_the_address,
        an_address_of_another_machine_is_refused,
        a_port_is_free_again_after_its_connections_were_closed_by_the_server,
    };
    return suite_run("listen_socket", tests, SUITE_COUNT(tests));
}
