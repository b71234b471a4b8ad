/* SPDX-License-Identifier: Apache-2.0 */
#include "http/client_rate.h"
#include "suite.h"
#include <string.h>

static struct client_address address(const char *text) {
    struct client_address parsed;
    ck_assert_msg(client_address_parse(text, strlen(text), &parsed), "%s", text);
    return parsed;
}

static struct client_rate *rate_of(const char *text) {
    struct rate_limit limit;
    struct error error;
    ck_assert_msg(setting_parse_rate_limit(NULL, text, &limit, &error), "%s", text);
    struct client_rate *rate = client_rate_new(&limit);
    ck_assert_ptr_nonnull(rate);
    return rate;
}

START_TEST(rates_are_read) {
    static const struct {
        const char *text;
        double per_second, burst;
    } cases[] = {
        {"10/min", 10.0 / 60, 20}, {"10/min,burst=20", 10.0 / 60, 20}, {"10/min, burst = 3", 10.0 / 60, 3},
        {"5/s,burst=1", 5, 1},     {"100/h", 100.0 / 3600, 200},       {"0.5/s", 0.5, 1},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        struct rate_limit limit;
        struct error error;
        ck_assert_msg(setting_parse_rate_limit(NULL, cases[i].text, &limit, &error), "%s", cases[i].text);
        ck_assert(!limit.off);
        ck_assert_double_eq_tol(limit.per_second, cases[i].per_second, 1e-9);
        ck_assert_double_eq_tol(limit.burst, cases[i].burst, 1e-9);
    }
}
END_TEST

START_TEST(what_is_no_rate_is_refused) {
    static const char *const texts[] = {"",
                                        "10",
                                        "10/",
                                        "/min",
                                        "often",
                                        "10/day",
                                        "0/min",
                                        "-1/min",
                                        "10/min,",
                                        "10/min,burst",
                                        "10/min;20",
                                        "nan/min",
                                        "inf/min",
                                        "10/min,burst=0",
                                        "10/min,burst=x",
                                        "10/mins",
                                        "10/min,burst=2x",
                                        "OFF"};
    for (size_t i = 0; i < SUITE_COUNT(texts); i++) {
        struct rate_limit limit;
        struct error error;
        ck_assert_msg(!setting_parse_rate_limit(NULL, texts[i], &limit, &error), "%s", texts[i]);
        ck_assert_str_ne(error.text, "");
    }
}
END_TEST

START_TEST(a_client_has_its_burst_and_then_its_rate) {
    struct client_rate *rate = rate_of("6/min,burst=3"); /* one in 10 s */
    struct client_address client = address("192.0.2.1"), other = address("192.0.2.2");
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(client_rate_take(rate, &client, 1000), 0);
    ck_assert_uint_eq(client_rate_take(rate, &client, 1000), 10);
    ck_assert_uint_eq(client_rate_take(rate, &other, 1000), 0);
    ck_assert_uint_eq(client_rate_take(rate, &client, 8000), 3);
    ck_assert_uint_eq(client_rate_take(rate, &client, 11001), 0);
    ck_assert_uint_ge(client_rate_take(rate, &client, 11001), 1);
    /* A long pause fills no more than the burst. */
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(client_rate_take(rate, &client, 100000000), 0);
    ck_assert_uint_gt(client_rate_take(rate, &client, 100000000), 0);
    client_rate_free(rate);
}
END_TEST

START_TEST(an_ipv6_client_is_its_64_bit_network) {
    struct client_rate *rate = rate_of("1/h,burst=1");
    struct client_address first = address("2001:db8::1"), neighbour = address("2001:db8::ffff:1"),
                          elsewhere = address("2001:db8:0:1::1");
    ck_assert_uint_eq(client_rate_take(rate, &first, 1000), 0);
    ck_assert_uint_gt(client_rate_take(rate, &neighbour, 1000), 0);
    ck_assert_uint_eq(client_rate_take(rate, &elsewhere, 1000), 0);
    client_rate_free(rate);
}
END_TEST

START_TEST(a_million_clients_need_no_more_memory_and_a_busy_one_is_still_limited) {
    struct client_rate *rate = rate_of("1/h,burst=1");
    struct client_address busy = address("192.0.2.1");
    int64_t now_ms = 1000;
    ck_assert_uint_eq(client_rate_take(rate, &busy, now_ms), 0);
    unsigned passed = 0;
    for (uint32_t i = 0; i < 1000000; i++) {
        struct client_address client = address("10.0.0.0");
        client.bytes[13] = (uint8_t)(i >> 16);
        client.bytes[14] = (uint8_t)(i >> 8);
        client.bytes[15] = (uint8_t)i;
        client_rate_take(rate, &client, now_ms);
        if (i % 1000 == 0) {
            now_ms++;
            passed += client_rate_take(rate, &busy, now_ms) == 0;
        }
    }
    ck_assert_uint_le(passed, 10); /* a bucket that is used often is not the one that gives way */
    client_rate_free(rate);
}
END_TEST

START_TEST(off_limits_nobody) {
    struct client_rate *rate = rate_of("off");
    struct client_address client = address("192.0.2.1");
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(client_rate_take(rate, &client, 1000), 0);
    client_rate_free(rate);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        rates_are_read,
        what_is_no_rate_is_refused,
        a_client_has_its_burst_and_then_its_rate,
        an_ipv6_client_is_its_64_bit_network,
        a_million_clients_need_no_more_memory_and_a_busy_one_is_still_limited,
        off_limits_nobody,
    };
    return suite_run("client_rate", tests, SUITE_COUNT(tests));
}
