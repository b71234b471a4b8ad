/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339 §5.6, with the rules of §5.7: days of the month, and leap seconds only where UTC can have one. */
#include "schema_format.h"

#include <string.h>

/* Exactly count digits; -1: not. */
static int take_digits(const char **at, const char *end, int count) {
    int value = 0;
    for (; count > 0; count--, (*at)++) {
        if (*at == end || **at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool take_one_of(const char **at, const char *end, const char *characters) {
    if (*at == end || **at == '\0' || strchr(characters, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

static bool take_date(const char **at, const char *end) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = take_digits(at, end, 4);
    if (year < 0 || !take_one_of(at, end, "-"))
        return false;
    int month = take_digits(at, end, 2);
    if (month < 1 || month > 12 || !take_one_of(at, end, "-"))
        return false;
    bool leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int day = take_digits(at, end, 2);
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap_year);
}

struct time_of_day {
    int hour, minute, second;
};

static bool take_time(const char **at, const char *end, struct time_of_day *time) {
    time->hour = take_digits(at, end, 2);
    if (time->hour < 0 || time->hour > 23 || !take_one_of(at, end, ":"))
        return false;
    time->minute = take_digits(at, end, 2);
    if (time->minute < 0 || time->minute > 59 || !take_one_of(at, end, ":"))
        return false;
    time->second = take_digits(at, end, 2);
    if (time->second < 0 || time->second > 60)
        return false;
    if (take_one_of(at, end, ".")) {
        if (take_digits(at, end, 1) < 0)
            return false;
        while (take_digits(at, end, 1) >= 0)
            ;
    }
    return true;
}

/* In minutes. */
static bool take_offset(const char **at, const char *end, int *offset_out) {
    *offset_out = 0;
    if (take_one_of(at, end, "zZ"))
        return true;
    bool west = *at != end && **at == '-';
    if (!take_one_of(at, end, "+-"))
        return false;
    int hours = take_digits(at, end, 2);
    if (hours < 0 || hours > 23 || !take_one_of(at, end, ":"))
        return false;
    int minutes = take_digits(at, end, 2);
    *offset_out = (hours * 60 + minutes) * (west ? -1 : 1);
    return minutes >= 0 && minutes <= 59;
}

bool schema_format_is_date_time(const char *text, size_t size) {
    const char *at = text, *end = text + size;
    struct time_of_day time;
    int offset;
    if (!take_date(&at, end) || !take_one_of(&at, end, "tT") || !take_time(&at, end, &time) ||
        !take_offset(&at, end, &offset) || at != end)
        return false;
    const int day = 24 * 60;
    int utc = (time.hour * 60 + time.minute - offset + 2 * day) % day;
    return time.second < 60 || utc == day - 1; /* 23:59:60 UTC */
}
