/* SPDX-License-Identifier: Apache-2.0 */
#include "idempotency_key.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *header;
    const char *key; /* NULL: refused */
} cases[] = {
    {"8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"},
    {"\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", "8e03978e-40d5-43e8-bc93-6894a57f9324"},
    {"!~", "!~"},
    {"\"a\\\"b\\\\c\"", "a\"b\\c"},
    {"a\"b\\c", "a\"b\\c"}, /* no quoted string: a backslash is one */
    {NULL, NULL},
    {"", NULL},
    {"\"\"", NULL},
    {"\"", NULL},
    {"\"open", NULL},
    {"\"a\"b", NULL},
    {"\"a\";parameter=1", NULL},
    {"\"a\\b\"", NULL},
    {"\"a\\", NULL},
    {"a b", NULL},
    {"a\tb", NULL},
    {"\"a b\"", NULL},
    {"gr\xC3\xBC\xC3\x9F", NULL},
    {"a\x7f", NULL},
};

START_TEST(a_key_is_read_with_and_without_quotes_or_refused) {
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        char key[IDEMPOTENCY_KEY_SIZE] = "unset";
        const char *complaint = idempotency_key_read(cases[i].header, key);
        if (cases[i].key == NULL)
            ck_assert_msg(complaint != NULL, "%s is taken", cases[i].header);
        else
            ck_assert_msg(complaint == NULL && strcmp(key, cases[i].key) == 0, "%s: %s, %s", cases[i].header,
                          complaint, key);
    }
}
END_TEST

START_TEST(a_key_has_at_most_255_characters) {
    char header[300], key[IDEMPOTENCY_KEY_SIZE];
    for (size_t size = 254; size <= 257; size++) {
        memset(header, 'k', size);
        header[size] = '\0';
        ck_assert_int_eq(idempotency_key_read(header, key) == NULL, size <= 255);
        snprintf(header, sizeof header, "\"%.*s\"", (int)size, "kkkkkkkkkkkkkkkk");
        memset(header + 1, 'k', size);
        strcpy(header + 1 + size, "\"");
        ck_assert_int_eq(idempotency_key_read(header, key) == NULL, size <= 255);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        a_key_is_read_with_and_without_quotes_or_refused,
        a_key_has_at_most_255_characters,
    };
    return suite_run("idempotency_key", tests, SUITE_COUNT(tests));
}
