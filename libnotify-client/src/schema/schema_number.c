/* SPDX-License-Identifier: Apache-2.0 */
#include "schema_number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWO_TO_63 9223372036854775808.0

__extension__ typedef unsigned __int128 wide;

static int order(double difference) {
    return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

/* Exact, where a conversion of the integer to double would round. */
static int compare_mixed(json_int_t integer, double real) {
    if (real >= TWO_TO_63)
        return -1;
    if (real < -TWO_TO_63)
        return 1;
    json_int_t whole = (json_int_t)real;
    if (integer != whole)
        return integer < whole ? -1 : 1;
    return order((double)whole - real);
}

int schema_number_compare(const json_t *left, const json_t *right) {
    if (json_is_integer(left) && json_is_integer(right)) {
        json_int_t a = json_integer_value(left), b = json_integer_value(right);
        return a < b ? -1 : a > b;
    }
    if (json_is_integer(left))
        return compare_mixed(json_integer_value(left), json_real_value(right));
    if (json_is_integer(right))
        return -compare_mixed(json_integer_value(right), json_real_value(left));
    double a = json_real_value(left), b = json_real_value(right);
    return a < b ? -1 : a > b;
}

bool schema_number_is_integer(const json_t *number) {
    return json_is_integer(number) ||
           (json_is_real(number) && trunc(json_real_value(number)) == json_real_value(number));
}

/* digits × 10^exponent, the last digit not 0, or all 0. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static struct decimal strip_zeros(struct decimal decimal) {
    while (decimal.digits != 0 && decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    if (decimal.digits == 0)
        decimal.exponent = 0;
    return decimal;
}

/* The shortest text that reads back as the same double: what a person or another program has written, unless
 * with more than 17 digits. Only the digits are looked at, since the decimal point depends on the locale. */
static struct decimal decimal_of_real(double real) {
    char text[40];
    for (int precision = 14; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, fabs(real));
        if (strtod(text, NULL) == fabs(real))
            break;
    }
    struct decimal decimal = {0};
    int digit_count = 0;
    const char *at = text;
    for (; *at != '\0' && *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
            digit_count++;
        }
    }
    decimal.exponent = (*at == 'e' ? atoi(at + 1) : 0) - (digit_count - 1);
    return strip_zeros(decimal);
}

static struct decimal decimal_of(const json_t *number) {
    if (json_is_real(number))
        return decimal_of_real(json_real_value(number));
    json_int_t integer = json_integer_value(number);
    uint64_t magnitude = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    return strip_zeros((struct decimal){.digits = magnitude});
}

/* 10^exponent modulo modulus. */
static uint64_t power_of_ten(unsigned exponent, uint64_t modulus) {
    wide result = 1 % modulus, square = 10 % modulus;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = result * square % modulus;
        square = square * square % modulus;
    }
    return (uint64_t)result;
}

bool schema_number_is_multiple(const json_t *number, const json_t *step) {
    if (json_is_integer(number) && json_is_integer(step))
        return json_integer_value(number) % json_integer_value(step) == 0;
    struct decimal dividend = decimal_of(number), divisor = decimal_of(step);
    if (dividend.digits == 0)
        return true;
    /* A multiple of something times ten would end with a 0, and the dividend's digits do not. */
    if (dividend.exponent < divisor.exponent || divisor.digits == 0)
        return false;
    unsigned exponent = (unsigned)(dividend.exponent - divisor.exponent);
    return (wide)(dividend.digits % divisor.digits) * power_of_ten(exponent, divisor.digits) %
               divisor.digits ==
           0;
}
