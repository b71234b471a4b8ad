/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "suite.h"
#include <time.h>

/* From `date -u -d @SECONDS`. */
static const struct {
    int64_t unix_ms;
    const char *rfc3339;
    const char *rfc5322;
} moments[] = {
    {0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000"},
    {1795246140123, "2026-11-21T07:29:00.123Z", "Sat, 21 Nov 2026 07:29:00 +0000"},
    {951782400000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 +0000"},
    {4107542399999, "2100-02-28T23:59:59.999Z", "Sun, 28 Feb 2100 23:59:59 +0000"},
    {-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 +0000"},
    {-2203891200000, "1900-03-01T00:00:00.000Z", "Thu, 01 Mar 1900 00:00:00 +0000"},
    {253402300799999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 +0000"},
};

START_TEST(known_moments_are_formatted) {
    for (size_t i = 0; i < SUITE_COUNT(moments); i++) {
        char text[RFC3339_SIZE], date[RFC5322_DATE_SIZE];
        clock_format_rfc3339(moments[i].unix_ms, text);
        clock_format_rfc5322(moments[i].unix_ms, date);
        ck_assert_str_eq(text, moments[i].rfc3339);
        ck_assert_str_eq(date, moments[i].rfc5322);
    }
}
END_TEST

START_TEST(known_moments_are_parsed) {
    for (size_t i = 0; i < SUITE_COUNT(moments); i++) {
        int64_t unix_ms = 1;
        ck_assert_msg(clock_parse_rfc3339(moments[i].rfc3339, &unix_ms), "%s", moments[i].rfc3339);
        ck_assert_int_eq(unix_ms, moments[i].unix_ms);
    }
}
END_TEST

START_TEST(moments_past_four_digit_years_stop_at_the_ends) {
    char text[RFC3339_SIZE];
    clock_format_rfc3339(INT64_MAX, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
    clock_format_rfc3339(INT64_MIN, text);
    ck_assert_str_eq(text, "0000-01-01T00:00:00.000Z");
}
END_TEST

START_TEST(every_form_of_rfc_3339_is_read) {
    /* The examples of RFC 3339 §5.8 among them; expected values from `date -u -d`. */
    static const struct {
        const char *text;
        int64_t unix_ms;
    } forms[] = {
        {"1985-04-12T23:20:50.52Z", 482196050520},
        {"1996-12-19T16:39:57-08:00", 851042397000},
        {"1990-12-31T23:59:60Z", 662688000000}, /* the leap second is the next day's first */
        {"1937-01-01T12:00:27.87+00:20", -1041337172130},
        {"2026-11-21t07:29:00z", 1795246140000},
        {"2026-11-21T07:29:00.1239999999999999999Z", 1795246140123},
        {"2026-11-21T07:29:00-00:00", 1795246140000},
        {"2026-11-21T23:59:00+23:59", 1795219200000},
        {"0000-01-01T00:00:00Z", -62167219200000},
    };
    for (size_t i = 0; i < SUITE_COUNT(forms); i++) {
        int64_t unix_ms = 1;
        ck_assert_msg(clock_parse_rfc3339(forms[i].text, &unix_ms), "%s", forms[i].text);
        ck_assert_msg(unix_ms == forms[i].unix_ms, "%s", forms[i].text);
    }
}
END_TEST

START_TEST(what_is_no_date_time_is_refused) {
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T07:29:00",
        "2026-11-21 07:29:00Z",
        "2026-11-21T07:29:00.Z",
        "2026-11-21T07:29Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00+0000",
        "2026-01-01T00:00:00Zx",
        "2026-01-01T00:00:00+00",
        " 2026-01-01T00:00:00Z",
        "+026-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z",
        "20260101T000000Z",
    };
    for (size_t i = 0; i < SUITE_COUNT(texts); i++) {
        int64_t unix_ms = 42;
        ck_assert_msg(!clock_parse_rfc3339(texts[i], &unix_ms), "%s", texts[i]);
        ck_assert_int_eq(unix_ms, 42);
    }
}
END_TEST

START_TEST(the_wall_clock_is_time_and_the_other_never_goes_back) {
    time_t before = time(NULL);
    int64_t now = clock_unix_ms();
    time_t after = time(NULL);
    ck_assert_int_ge(now / 1000 + 1, before); /* time() may lag the fine clock by a tick */
    ck_assert_int_le(now / 1000, after + 1);
    int64_t last = clock_monotonic_ms();
    for (int i = 0; i < 1000; i++) {
        int64_t next = clock_monotonic_ms();
        ck_assert_int_ge(next, last);
        last = next;
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        known_moments_are_formatted,
        known_moments_are_parsed,
        moments_past_four_digit_years_stop_at_the_ends,
        every_form_of_rfc_3339_is_read,
        what_is_no_date_time_is_refused,
        the_wall_clock_is_time_and_the_other_never_goes_back,
    };
    return suite_run("clock", tests, SUITE_COUNT(tests));
}
