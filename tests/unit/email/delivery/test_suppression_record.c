/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/mail_address.h"
#include "delivery/suppression_record.h"
#include "suite.h"
#include <string.h>

/* By sha256sum, of "ada@example.org". */
#define ADA "ada@example.org"
#define ADA_KEY "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d"

static bool decode(struct suppression_record *record, const char *key, const char *value,
                   struct error *error) {
    return suppression_record_decode(record, key, key == NULL ? 0 : strlen(key), value,
                                     value == NULL ? 0 : strlen(value), error);
}

START_TEST(the_key_is_the_sha_256_of_the_address_with_its_domain_in_lower_case) {
    struct mail_address address;
    struct suppression_key key;
    char text[SUPPRESSION_KEY_TEXT_SIZE];
    ck_assert_int_eq(mail_address_parse("ada@EXAMPLE.Org", 15, &address), MAIL_ADDRESS_OK);
    ck_assert(suppression_key_of(&key, address.wire));
    suppression_key_text(&key, text);
    ck_assert_str_eq(text, ADA_KEY);
}
END_TEST

START_TEST(a_record_reads_as_it_was_written) {
    struct suppression_record record;
    struct error error = {0};
    char *value = suppression_record_encode(ADA, "rcpt: 550 5.1.1", INT64_C(1763711940123));
    ck_assert_str_eq(value, "{\"address\":\"ada@example.org\",\"reason\":\"rcpt: 550 5.1.1\",\"time\":"
                            "\"2025-11-21T07:59:00.123Z\"}");
    ck_assert_msg(decode(&record, ADA_KEY, value, &error), "%s", error.text);
    ck_assert_str_eq(record.address, ADA);
    ck_assert_str_eq(record.reason, "rcpt: 550 5.1.1");
    ck_assert_int_eq(record.time_unix_ms, INT64_C(1763711940123));
    suppression_record_clear(&record);
    free(value);
}
END_TEST

START_TEST(a_record_without_a_value_takes_the_address_off) {
    struct suppression_record record;
    struct suppression_key key;
    struct error error = {0};
    ck_assert(suppression_key_of(&key, ADA));
    static const char *const nothing[] = {NULL, ""};
    for (size_t i = 0; i < SUITE_COUNT(nothing); i++) {
        ck_assert(decode(&record, ADA_KEY, nothing[i], &error));
        ck_assert_ptr_null(record.root);
        ck_assert_mem_eq(&record.key, &key, sizeof key);
    }
}
END_TEST

START_TEST(a_record_that_cannot_be_trusted_is_refused_in_words_without_the_address) {
    static const struct {
        const char *key, *value;
    } records[] = {
        {NULL, NULL},
        {"", NULL},
        {"ada", NULL},
        {ADA_KEY "0", NULL},
        {"CFE00DDE46EF942601FFAFB9E2825E802858B460E586B8305B344C1EB826357D", NULL},
        {ADA_KEY, "{"},
        {ADA_KEY, "[]"},
        {ADA_KEY, "null"},
        {ADA_KEY, "{\"reason\":\"x\",\"time\":\"2025-11-21T07:59:00Z\"}"},
        {ADA_KEY, "{\"address\":7,\"time\":\"2025-11-21T07:59:00Z\"}"},
        {ADA_KEY, "{\"address\":\"ada@example.org\",\"reason\":\"x\"}"},
        {ADA_KEY, "{\"address\":\"ada@example.org\",\"reason\":\"x\",\"time\":\"yesterday\"}"},
        {ADA_KEY, "{\"address\":\"ada@example.org\",\"reason\":\"x\",\"time\":1763711940}"},
        /* another address, or the same in another spelling */
        {ADA_KEY, "{\"address\":\"bob@example.org\",\"reason\":\"x\",\"time\":\"2025-11-21T07:59:00Z\"}"},
        {ADA_KEY, "{\"address\":\"ada@Example.org\",\"reason\":\"x\",\"time\":\"2025-11-21T07:59:00Z\"}"},
    };
    for (size_t i = 0; i < SUITE_COUNT(records); i++) {
        struct suppression_record record;
        struct error error = {0};
        ck_assert_msg(!decode(&record, records[i].key, records[i].value, &error), "record %zu", i);
        ck_assert_uint_gt(strlen(error.text), 10);
        ck_assert_ptr_null(strstr(error.text, "@"));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_key_is_the_sha_256_of_the_address_with_its_domain_in_lower_case,
        a_record_reads_as_it_was_written,
        a_record_without_a_value_takes_the_address_off,
        a_record_that_cannot_be_trusted_is_refused_in_words_without_the_address,
    };
    return suite_run("suppression_record", tests, SUITE_COUNT(tests));
}
