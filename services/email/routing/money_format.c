/* SPDX-License-Identifier: Apache-2.0 */
#include "money.h"

#include "common/currency.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_BREAK_SPACE "\xC2\xA0"
#define NARROW_NO_BREAK_SPACE "\xE2\x80\xAF"
#define RIGHT_QUOTE "\xE2\x80\x99"

enum sign_place { SIGN_BEFORE, SIGN_BEFORE_SPACED, SIGN_AFTER_SPACED };

/* What CLDR calls decimal, group, minimumGroupingDigits and the standard pattern of currencies. */
struct language {
    const char *tag;
    const char *decimal, *group;
    unsigned ungrouped_digits; /* a whole part of so many digits has no groups */
    enum sign_place place;
};

/* The first is for all that are not here. A region stands before its language. */
static const struct language languages[] = {
    {"en", ".", ",", 3, SIGN_BEFORE},
    {"de-at", ",", ".", 3, SIGN_BEFORE_SPACED},
    {"de-ch", ".", RIGHT_QUOTE, 3, SIGN_BEFORE_SPACED},
    {"de", ",", ".", 3, SIGN_AFTER_SPACED},
    {"fr", ",", NARROW_NO_BREAK_SPACE, 3, SIGN_AFTER_SPACED},
    {"es", ",", ".", 4, SIGN_AFTER_SPACED},
    {"it", ",", ".", 4, SIGN_AFTER_SPACED},
    {"nl", ",", ".", 3, SIGN_BEFORE_SPACED},
    {"pl", ",", NO_BREAK_SPACE, 4, SIGN_AFTER_SPACED},
    {"cs", ",", NO_BREAK_SPACE, 3, SIGN_AFTER_SPACED},
    {"sv", ",", NO_BREAK_SPACE, 3, SIGN_AFTER_SPACED},
    {"da", ",", ".", 3, SIGN_AFTER_SPACED},
    {"fi", ",", NO_BREAK_SPACE, 3, SIGN_AFTER_SPACED},
};

static const struct {
    const char *code, *symbol;
} symbols[] = {{"EUR", "\xE2\x82\xAC"}, {"USD", "$"},           {"GBP", "\xC2\xA3"}, {"JPY", "\xC2\xA5"},
               {"INR", "\xE2\x82\xB9"}, {"KRW", "\xE2\x82\xA9"}};

static bool begins_with_tag(const char *locale, const char *tag) {
    for (; *tag != '\0'; tag++, locale++) {
        char byte = *locale == '_' ? '-' : *locale;
        if ((byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte) != *tag)
            return false;
    }
    return *locale == '\0' || *locale == '-' || *locale == '_';
}

/* "de-AT" by "de-at", then by "de". */
static const struct language *language_of(const char *locale) {
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
        if (begins_with_tag(locale, languages[i].tag))
            return &languages[i];
    }
    return &languages[0];
}

/* An event may name a currency that is none any more. */
static unsigned minor_digits_of(const char *currency) {
    int digits = currency_minor_digits(currency);
    return digits >= 0 ? (unsigned)digits : 2;
}

static const char *symbol_of(const char *currency) {
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        if (strcmp(symbols[i].code, currency) == 0)
            return symbols[i].symbol;
    }
    return currency;
}

/* "1234567" with minor digits 2: "12,345.67" */
static void write_number(const char *digits, unsigned minor, const struct language *language,
                         char out[MONEY_TEXT_SIZE]) {
    size_t whole = strlen(digits) - minor, size = 0;
    bool is_grouped = whole > language->ungrouped_digits;
    for (size_t i = 0; i < whole; i++) {
        if (is_grouped && i > 0 && (whole - i) % 3 == 0)
            size += (size_t)snprintf(out + size, MONEY_TEXT_SIZE - size, "%s", language->group);
        out[size++] = digits[i];
    }
    snprintf(out + size, MONEY_TEXT_SIZE - size, "%s%s", minor > 0 ? language->decimal : "", digits + whole);
}

void money_format(int64_t amount, const char *currency, const char *locale, char out[MONEY_TEXT_SIZE]) {
    const struct language *language = language_of(locale == NULL ? "" : locale);
    const char *symbol = symbol_of(currency), *minus = amount < 0 ? "-" : "";
    unsigned minor = minor_digits_of(currency);
    uint64_t magnitude = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
    char padded[24], number[MONEY_TEXT_SIZE];
    snprintf(padded, sizeof padded, "%05" PRIu64, magnitude);
    const char *digits = padded; /* a digit before the decimal sign, and the minor ones */
    while (digits[0] == '0' && strlen(digits) > minor + 1)
        digits++;
    write_number(digits, minor, language, number);
    if (language->place == SIGN_AFTER_SPACED) {
        snprintf(out, MONEY_TEXT_SIZE, "%s%.50s" NO_BREAK_SPACE "%.8s", minus, number, symbol);
        return;
    }
    bool is_spaced = language->place == SIGN_BEFORE_SPACED || symbol == currency;
    snprintf(out, MONEY_TEXT_SIZE, "%s%.8s%s%.50s", minus, symbol, is_spaced ? NO_BREAK_SPACE : "", number);
}
