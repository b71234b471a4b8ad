/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what four digits of a year can say. */
static const int64_t first_unix_ms = INT64_C(-62167219200000);
static const int64_t last_unix_ms = INT64_C(253402300799999);

static int64_t read_clock_ms(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now); /* cannot fail with these two clocks */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_unix_ms(void) {
    return read_clock_ms(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void) {
    return read_clock_ms(CLOCK_MONOTONIC);
}

struct moment {
    unsigned year, month, day, hour, minute, second, millisecond, weekday;
};

static struct moment moment_of(int64_t unix_ms) {
    if (unix_ms < first_unix_ms)
        unix_ms = first_unix_ms;
    if (unix_ms > last_unix_ms)
        unix_ms = last_unix_ms;
    int64_t millisecond = unix_ms % 1000;
    if (millisecond < 0)
        millisecond += 1000;
    time_t seconds = (time_t)((unix_ms - millisecond) / 1000);
    struct tm utc = {0};
    gmtime_r(&seconds, &utc); /* in range, so it does not fail */
    /* The remainders change nothing; they let the compiler see how wide each number prints. */
    return (struct moment){
        .year = (unsigned)(utc.tm_year + 1900) % 10000,
        .month = (unsigned)utc.tm_mon % 12,
        .day = (unsigned)utc.tm_mday % 32,
        .hour = (unsigned)utc.tm_hour % 24,
        .minute = (unsigned)utc.tm_min % 60,
        .second = (unsigned)utc.tm_sec % 60,
        .millisecond = (unsigned)millisecond % 1000,
        .weekday = (unsigned)utc.tm_wday % 7,
    };
}

void clock_format_rfc3339(int64_t unix_ms, char out[RFC3339_SIZE]) {
    struct moment at = moment_of(unix_ms);
    snprintf(out, RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", at.year, at.month + 1, at.day, at.hour,
             at.minute, at.second, at.millisecond);
}

void clock_format_rfc5322(int64_t unix_ms, char out[RFC5322_DATE_SIZE]) {
    /* Not strftime: its names follow the locale. */
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct moment at = moment_of(unix_ms);
    snprintf(out, RFC5322_DATE_SIZE, "%.3s, %02u %.3s %04u %02u:%02u:%02u +0000", weekdays[at.weekday],
             at.day, months[at.month], at.year, at.hour, at.minute, at.second);
}

/* Exactly digits digits at *text, which moves behind them. */
static bool read_digits(const char **text, int digits, int *number_out) {
    int number = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        number = number * 10 + (**text - '0');
    }
    *number_out = number;
    return true;
}

static bool read_byte(const char **text, char upper) {
    char byte = **text;
    if (byte >= 'a' && byte <= 'z') /* §5.6: T and Z may be lower case */
        byte = (char)(byte - 'a' + 'A');
    if (byte != upper)
        return false;
    (*text)++;
    return true;
}

static int days_in_month(int year, int month) {
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that a leap day
 * comes last. */
static int64_t days_since_epoch(int year, int month, int day) {
    int64_t march_year = month > 2 ? year : year - 1;
    int64_t month_from_march = (month + 9) % 12;
    int64_t leap_days = (march_year + 400) / 4 - (march_year + 400) / 100 + (march_year + 400) / 400;
    int64_t days_of_months = (153 * month_from_march + 2) / 5;
    return 365 * (march_year + 400) + leap_days + days_of_months + day - 1 - 865565;
}

static bool read_date(const char **text, int64_t *days_out) {
    int year, month, day;
    if (!read_digits(text, 4, &year) || !read_byte(text, '-') || !read_digits(text, 2, &month) ||
        !read_byte(text, '-') || !read_digits(text, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *days_out = days_since_epoch(year, month, day);
    return true;
}

static bool read_time(const char **text, int64_t *ms_out) {
    int hour, minute, second;
    if (!read_digits(text, 2, &hour) || !read_byte(text, ':') || !read_digits(text, 2, &minute) ||
        !read_byte(text, ':') || !read_digits(text, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60) /* 60 is a leap second */
        return false;
    int millisecond = 0;
    if (read_byte(text, '.')) {
        int digits = 0;
        for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
            if (digits < 3)
                millisecond = millisecond * 10 + (**text - '0');
        }
        if (digits == 0)
            return false;
        for (; digits < 3; digits++)
            millisecond *= 10;
    }
    *ms_out = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + millisecond;
    return true;
}

static bool read_offset(const char **text, int64_t *ms_out) {
    *ms_out = 0;
    if (read_byte(text, 'Z'))
        return true;
    int sign = **text == '-' ? -1 : 1;
    int hour, minute;
    if (!read_byte(text, '+') && !read_byte(text, '-'))
        return false;
    if (!read_digits(text, 2, &hour) || !read_byte(text, ':') || !read_digits(text, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    *ms_out = sign * (hour * 60 + minute) * INT64_C(60000);
    return true;
}

bool clock_parse_rfc3339(const char *text, int64_t *unix_ms_out) {
    int64_t days, time_ms, offset_ms;
    if (!read_date(&text, &days) || !read_byte(&text, 'T') || !read_time(&text, &time_ms) ||
        !read_offset(&text, &offset_ms) || *text != '\0')
        return false;
    *unix_ms_out = days * INT64_C(86400000) + time_ms - offset_ms;
    return true;
}
