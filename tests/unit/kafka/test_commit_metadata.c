/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/commit_metadata.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* Written out by hand: gaps 2 (10→12) and 3 (12→15) are the bytes 02 03, "AgM" in base64url. */
START_TEST(two_incomplete_records_are_written_as_their_gaps) {
    const int64_t incomplete[] = {10, 12};
    char text[COMMIT_METADATA_MAX + 1], expected[64];
    ck_assert(commit_metadata_encode(incomplete, 2, 15, text));
    unsigned long sum = crc32(0, (const Bytef *)"10:1.AgM", 8);
    snprintf(expected, sizeof expected, "1.AgM.%08lx", sum);
    ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(what_was_written_is_read_back) {
    const int64_t incomplete[] = {0, 1, 200, 20000, INT64_C(5000000000)};
    const int64_t highest = INT64_C(6000000000000);
    char text[COMMIT_METADATA_MAX + 1];
    ck_assert(commit_metadata_encode(incomplete, 5, highest, text));
    int64_t *read = NULL, read_highest = 0;
    size_t count = 0;
    ck_assert(commit_metadata_decode(text, 0, &read, &count, &read_highest));
    ck_assert_uint_eq(count, 5);
    ck_assert_int_eq(memcmp(read, incomplete, sizeof incomplete), 0);
    ck_assert_int_eq(read_highest, highest);
    free(read);
}
END_TEST

START_TEST(metadata_is_text_of_at_most_4096_characters) {
    int64_t incomplete[COMMIT_METADATA_MAX_VARINT_BYTES];
    for (size_t i = 0; i < COMMIT_METADATA_MAX_VARINT_BYTES; i++)
        incomplete[i] = (int64_t)i;
    char text[COMMIT_METADATA_MAX + 1];
    ck_assert(commit_metadata_encode(incomplete, COMMIT_METADATA_MAX_VARINT_BYTES,
                                     COMMIT_METADATA_MAX_VARINT_BYTES, text));
    ck_assert_uint_le(strlen(text), 4096);
    for (const char *next = text; *next != '\0'; next++)
        ck_assert(*next > ' ' && *next < 127);
}
END_TEST

START_TEST(one_gap_too_many_is_refused) {
    int64_t incomplete[COMMIT_METADATA_MAX_VARINT_BYTES + 1];
    for (size_t i = 0; i <= COMMIT_METADATA_MAX_VARINT_BYTES; i++)
        incomplete[i] = (int64_t)i;
    char text[COMMIT_METADATA_MAX + 1];
    ck_assert(!commit_metadata_encode(incomplete, COMMIT_METADATA_MAX_VARINT_BYTES + 1, 1 << 20, text));
}
END_TEST

static bool is_readable(const char *text, int64_t offset) {
    int64_t *incomplete = NULL, highest = 0;
    size_t count = 0;
    bool readable = commit_metadata_decode(text, offset, &incomplete, &count, &highest);
    free(incomplete);
    return readable;
}

START_TEST(metadata_of_another_offset_is_not_believed) {
    const int64_t incomplete[] = {10, 12};
    char text[COMMIT_METADATA_MAX + 1];
    ck_assert(commit_metadata_encode(incomplete, 2, 15, text));
    ck_assert(is_readable(text, 10));
    ck_assert(!is_readable(text, 11));
}
END_TEST

START_TEST(every_changed_character_is_noticed) {
    const int64_t incomplete[] = {10, 12, 19};
    char text[COMMIT_METADATA_MAX + 1];
    ck_assert(commit_metadata_encode(incomplete, 3, 700, text));
    for (size_t i = 0; i < strlen(text); i++) {
        char before = text[i];
        for (const char *other = "A0._~f"; *other != '\0'; other++) {
            text[i] = *other;
            ck_assert(*other == before || !is_readable(text, 10));
        }
        text[i] = before;
    }
}
END_TEST

START_TEST(foreign_metadata_is_refused) {
    static const char *const texts[] = {"",
                                        "1",
                                        "1.",
                                        "1..",
                                        "1..00000000",
                                        "2.AgM.00000000",
                                        "NO_METADATA",
                                        "1.AgM.",
                                        "1.AgM.0000000g",
                                        "a consumer of another program"};
    for (size_t i = 0; i < SUITE_COUNT(texts); i++)
        ck_assert_msg(!is_readable(texts[i], 10), "%s", texts[i]);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        two_incomplete_records_are_written_as_their_gaps,
        what_was_written_is_read_back,
        metadata_is_text_of_at_most_4096_characters,
        one_gap_too_many_is_refused,
        metadata_of_another_offset_is_not_believed,
        every_changed_character_is_noticed,
        foreign_metadata_is_refused,
    };
    return suite_run("commit_metadata", tests, SUITE_COUNT(tests));
}
