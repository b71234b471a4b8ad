/* SPDX-License-Identifier: Apache-2.0 */
#include "http/trusted_proxies.h"
#include "suite.h"
#include <arpa/inet.h>
#include <string.h>

static struct client_address address(const char *text) {
    struct client_address parsed;
    ck_assert_msg(client_address_parse(text, strlen(text), &parsed), "%s", text);
    return parsed;
}

static bool parse(struct trusted_proxies *proxies, const char *first, const char *second) {
    char *items[] = {(char *)(uintptr_t)first, (char *)(uintptr_t)second};
    const struct text_list list = {.items = items, .count = second != NULL ? 2 : 1};
    struct error error = {0};
    bool ok = trusted_proxies_parse(proxies, &list, &error);
    if (!ok) {
        ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
        ck_assert_ptr_nonnull(strstr(error.text, first));
    }
    return ok;
}

START_TEST(networks_contain_their_addresses) {
    static const struct {
        const char *network, *address;
        bool inside;
    } cases[] = {
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.8", false},
        {"172.16.0.0/12", "172.31.255.255", true},
        {"172.16.0.0/12", "172.32.0.0", false},
        {"0.0.0.0/0", "203.0.113.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "203.0.113.1", true},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fc00::1", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct trusted_proxies proxies;
        struct client_address client = address(cases[i].address);
        ck_assert_msg(parse(&proxies, cases[i].network, NULL), "%s", cases[i].network);
        ck_assert_msg(trusted_proxies_contain(&proxies, &client) == cases[i].inside, "%s in %s",
                      cases[i].address, cases[i].network);
        trusted_proxies_free(&proxies);
    }
}
END_TEST

START_TEST(what_is_no_network_is_refused_by_name) {
    static const char *const networks[] = {
        "10.0.0.0/33", "10.0.0/8",  "fd00::/129",  "example.org",
        "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19"};
    for (size_t i = 0; i < SUITE_COUNT(networks); i++) {
        struct trusted_proxies proxies;
        ck_assert_msg(!parse(&proxies, networks[i], NULL), "%s", networks[i]);
    }
}
END_TEST

START_TEST(addresses_are_read_as_proxies_write_them) {
    static const struct {
        const char *text, *same;
    } cases[] = {
        {"192.0.2.7:1234", "192.0.2.7"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:443", "2001:db8::1"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct client_address left = address(cases[i].text), right = address(cases[i].same);
        ck_assert_mem_eq(left.bytes, right.bytes, 16);
    }
    static const char *const bad[] = {"",        "unknown",     "_hidden", "[2001:db8::1",
                                      "192.0.2", "192.0.2.7.8", "::g"};
    for (size_t i = 0; i < SUITE_COUNT(bad); i++) {
        struct client_address parsed;
        ck_assert_msg(!client_address_parse(bad[i], strlen(bad[i]), &parsed), "%s", bad[i]);
    }
}
END_TEST

START_TEST(the_client_is_the_rightmost_untrusted_address) {
    static const struct {
        const char *peer, *forwarded_for, *client;
    } cases[] = {
        {"10.0.0.1", NULL, "10.0.0.1"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "192.0.2.1", "192.0.2.1"},
        {"10.0.0.1", "198.51.100.9, 192.0.2.1", "192.0.2.1"},
        {"10.0.0.1", "192.0.2.1,10.0.0.2 ,\t10.0.0.3", "192.0.2.1"},
        {"10.0.0.1", "10.0.0.5, 10.0.0.4", "10.0.0.5"},
        {"10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"},
        {"10.0.0.1", "192.0.2.1, unknown, 10.0.0.2", "10.0.0.2"},
        {"10.0.0.1", "192.0.2.1,", "10.0.0.1"},
        {"10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"},
        {"203.0.113.1", "192.0.2.1", "203.0.113.1"},
        {"fd00::1", "192.0.2.1", "192.0.2.1"},
    };
    struct trusted_proxies proxies;
    ck_assert(parse(&proxies, "10.0.0.0/8", "fd00::/8"));
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct client_address peer = address(cases[i].peer), expected = address(cases[i].client);
        struct client_address client = client_address_resolve(&peer, cases[i].forwarded_for, &proxies);
        ck_assert_msg(memcmp(&client, &expected, sizeof client) == 0, "%s", cases[i].forwarded_for);
    }
    trusted_proxies_free(&proxies);
}
END_TEST

START_TEST(a_socket_s_address_is_the_same_in_both_families) {
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    struct client_address from_ipv4, from_ipv6;
    inet_pton(AF_INET, "192.0.2.7", &ipv4.sin_addr);
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &ipv6.sin6_addr);
    client_address_from_socket((const struct sockaddr *)(const void *)&ipv4, &from_ipv4);
    client_address_from_socket((const struct sockaddr *)(const void *)&ipv6, &from_ipv6);
    ck_assert_mem_eq(from_ipv4.bytes, from_ipv6.bytes, 16);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        networks_contain_their_addresses,
        what_is_no_network_is_refused_by_name,
        addresses_are_read_as_proxies_write_them,
        the_client_is_the_rightmost_untrusted_address,
        a_socket_s_address_is_the_same_in_both_families,
    };
    return suite_run("trusted_proxies", tests, SUITE_COUNT(tests));
}
