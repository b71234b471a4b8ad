/* SPDX-License-Identifier: Apache-2.0 */
#include "attribute.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_letter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/* The code point at *text, which moves past it; -1: not UTF-8 (RFC 3629: no overlong forms, no surrogates).
 */
static int32_t next_code_point(const unsigned char **text) {
    const unsigned char *byte = *text;
    int32_t code_point = byte[0];
    int following = code_point < 0x80   ? 0
                    : code_point < 0xC2 ? -1
                    : code_point < 0xE0 ? 1
                    : code_point < 0xF0 ? 2
                    : code_point < 0xF5 ? 3
                                        : -1;
    if (following < 0)
        return -1;
    if (following > 0)
        code_point &= 0x3F >> following;
    for (int i = 1; i <= following; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return -1;
        code_point = (code_point << 6) | (byte[i] & 0x3F);
    }
    static const int32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (code_point < smallest[following] || code_point > 0x10FFFF ||
        (code_point >= 0xD800 && code_point <= 0xDFFF))
        return -1;
    *text = byte + following + 1;
    return code_point;
}

bool attribute_is_utf8(const char *text) {
    for (const unsigned char *rest = (const unsigned char *)text; *rest != '\0';) {
        if (next_code_point(&rest) < 0)
            return false;
    }
    return true;
}

const char *attribute_check_text(const char *text) {
    if (text[0] == '\0')
        return "is empty";
    if (strlen(text) > ATTRIBUTE_MAX)
        return "is longer than 1024 bytes";
    for (const unsigned char *rest = (const unsigned char *)text; *rest != '\0';) {
        int32_t code_point = next_code_point(&rest);
        if (code_point < 0)
            return "is not UTF-8";
        if (code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F))
            return "has a control character";
        if ((code_point & 0xFFFE) == 0xFFFE || (code_point >= 0xFDD0 && code_point <= 0xFDEF))
            return "has a code point that is no character";
    }
    return NULL;
}

const char *attribute_check_type(const char *text) {
    const char *problem = attribute_check_text(text);
    if (problem != NULL)
        return problem;
    if (!is_letter(text[0]))
        return "does not begin with a letter";
    for (; *text != '\0'; text++) {
        if (!is_letter(*text) && !is_digit(*text) && strchr("._-", *text) == NULL)
            return "has a character other than letters, digits, \".\", \"_\" and \"-\"";
    }
    return NULL;
}

const char *attribute_check_source(const char *text) {
    const char *problem = attribute_check_text(text);
    if (problem != NULL)
        return problem;
    for (; *text != '\0'; text++) {
        if (*text == '%' && (!isxdigit((unsigned char)text[1]) || !isxdigit((unsigned char)text[2])))
            return "has a \"%\" without two hexadecimal digits";
        if (!is_letter(*text) && !is_digit(*text) && strchr("-._~:/?#[]@!$&'()*+,;=%", *text) == NULL)
            return "has a character that no URI has";
    }
    return NULL;
}

/* count digits at text as a number; -1: others. */
static int number_at(const char *text, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(text[i]))
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_date(const char *text) {
    int year = number_at(text, 4);
    if (year < 0 || text[4] != '-')
        return false;
    int month = number_at(text + 5, 2);
    if (month < 1 || month > 12 || text[7] != '-')
        return false;
    int day = number_at(text + 8, 2);
    return day >= 1 && day <= days_in_month(year, month);
}

/* "HH:MM", not beyond 23:59 */
static bool is_hour_and_minute(const char *text) {
    int hour = number_at(text, 2);
    if (hour < 0 || hour > 23 || text[2] != ':')
        return false;
    int minute = number_at(text + 3, 2);
    return minute >= 0 && minute <= 59;
}

const char *attribute_check_time(const char *text) {
    static const char problem[] = "is not an RFC 3339 date-time";
    if (strnlen(text, 64) >= 64 || !is_date(text) || (text[10] != 'T' && text[10] != 't') ||
        !is_hour_and_minute(text + 11) || text[16] != ':')
        return problem;
    int second = number_at(text + 17, 2); /* 60: a leap second */
    if (second < 0 || second > 60)
        return problem;
    const char *rest = text + 19;
    if (*rest == '.') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (digits == 0)
            return problem;
        rest += 1 + digits;
    }
    if (strcmp(rest, "Z") == 0 || strcmp(rest, "z") == 0)
        return NULL;
    bool is_offset = (*rest == '+' || *rest == '-') && is_hour_and_minute(rest + 1) && rest[6] == '\0';
    return is_offset ? NULL : problem;
}

/* count lower-case hexadecimal digits; *all_zero_out tells whether they are all 0. */
static bool is_hex(const char *text, size_t count, bool *all_zero_out) {
    *all_zero_out = true;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
            return false;
        *all_zero_out = *all_zero_out && text[i] == '0';
    }
    return true;
}

const char *attribute_check_traceparent(const char *text) {
    static const char problem[] = "is not a W3C traceparent";
    bool no_trace, no_parent, unused;
    size_t size = strnlen(text, ATTRIBUTE_MAX + 1);
    if (size < 55 || size > ATTRIBUTE_MAX || !is_hex(text, 2, &unused) || text[2] != '-' ||
        !is_hex(text + 3, 32, &no_trace) || text[35] != '-' || !is_hex(text + 36, 16, &no_parent) ||
        text[52] != '-' || !is_hex(text + 53, 2, &unused))
        return problem;
    if (no_trace || no_parent || strncmp(text, "ff", 2) == 0)
        return problem;
    if (size == 55)
        return NULL;
    /* A later version may append fields; version 00 has none. */
    bool is_later = strncmp(text, "00", 2) != 0 && text[55] == '-';
    return is_later && attribute_check_tracestate(text) == NULL ? NULL : problem;
}

const char *attribute_check_tracestate(const char *text) {
    size_t size = strlen(text);
    if (size == 0)
        return "is empty";
    if (size > ATTRIBUTE_MAX)
        return "is longer than 1024 bytes";
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7E)
            return "has a character that is not printable ASCII";
    }
    return NULL;
}

const char *attribute_check_extension_name(const char *text) {
    size_t size = strlen(text);
    if (size == 0 || size > 64 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789") != size)
        return "is not 1 to 64 lower-case letters and digits";
    return NULL;
}

const char *attribute_check_topic(const char *text) {
    size_t size = strlen(text);
    if (size == 0 || size > 249 || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return "is not 1 to 249 characters";
    for (; *text != '\0'; text++) {
        if (!is_letter(*text) && !is_digit(*text) && strchr("._-", *text) == NULL)
            return "has a character other than letters, digits, \".\", \"_\" and \"-\"";
    }
    return NULL;
}

const char *attribute_format_time(int64_t unix_ms, char out[ATTRIBUTE_TIME_SIZE]) {
    const int64_t year_0 = INT64_C(-62167219200000), year_10000 = INT64_C(253402300800000);
    if (unix_ms < year_0 || unix_ms >= year_10000)
        return "is not in the years 0 to 9999";
    int64_t milliseconds = unix_ms % 1000;
    if (milliseconds < 0)
        milliseconds += 1000;
    time_t seconds = (time_t)((unix_ms - milliseconds) / 1000);
    struct tm fields;
    if (gmtime_r(&seconds, &fields) == NULL)
        return "cannot be told as a date";
    snprintf(out, ATTRIBUTE_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
             (unsigned)(fields.tm_year + 1900) % 10000, (unsigned)(fields.tm_mon + 1) % 100,
             (unsigned)fields.tm_mday % 100, (unsigned)fields.tm_hour % 100, (unsigned)fields.tm_min % 100,
             (unsigned)fields.tm_sec % 100, (unsigned)milliseconds % 1000);
    return NULL;
}
