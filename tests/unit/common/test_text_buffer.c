/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text_buffer.h"
#include "suite.h"
#include <stdint.h>
#include <string.h>

START_TEST(appended_pieces_stand_in_order_and_end_with_nul) {
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    text_buffer_append_text(&buffer, "ab");
    text_buffer_append_byte(&buffer, 'c');
    text_buffer_append(&buffer, "d\0e", 3);
    text_buffer_append_format(&buffer, "%d-%s", 12, "z");
    ck_assert_uint_eq(buffer.size, 10);
    ck_assert_mem_eq(buffer.bytes, "abcd\0e12-z", 11);
    ck_assert(!buffer.failed);
    text_buffer_free(&buffer);
}
END_TEST

START_TEST(a_formatted_text_of_any_length_is_whole) {
    for (size_t size = 0; size < 300; size++) {
        struct text_buffer buffer = TEXT_BUFFER_EMPTY;
        char text[301];
        memset(text, 'y', size);
        text[size] = '\0';
        text_buffer_append_byte(&buffer, '<');
        text_buffer_append_format(&buffer, "%s>", text);
        ck_assert_uint_eq(buffer.size, size + 2);
        ck_assert_uint_eq(strlen(buffer.bytes), size + 2);
        ck_assert_int_eq(buffer.bytes[size + 1], '>');
        text_buffer_free(&buffer);
    }
}
END_TEST

START_TEST(a_million_bytes_one_by_one_arrive) {
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    for (int i = 0; i < 1000000; i++)
        text_buffer_append_byte(&buffer, (char)(i % 251));
    ck_assert_uint_eq(buffer.size, 1000000);
    for (int i = 0; i < 1000000; i += 997)
        ck_assert_int_eq((unsigned char)buffer.bytes[i], i % 251);
    text_buffer_free(&buffer);
}
END_TEST

START_TEST(reserved_room_can_be_written_and_counted) {
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    text_buffer_append_text(&buffer, "head");
    char *room = text_buffer_reserve(&buffer, 5000);
    ck_assert_ptr_nonnull(room);
    memset(room, 'r', 5000);
    buffer.size += 5000;
    text_buffer_append_text(&buffer, "tail");
    ck_assert_uint_eq(buffer.size, 5008);
    ck_assert_int_eq(strncmp(buffer.bytes, "headrrr", 7), 0);
    ck_assert_str_eq(buffer.bytes + 5004, "tail");
    text_buffer_free(&buffer);
}
END_TEST

START_TEST(reset_forgets_the_content_and_keeps_the_memory) {
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    text_buffer_append_text(&buffer, "old");
    const char *bytes = buffer.bytes;
    text_buffer_reset(&buffer);
    ck_assert_uint_eq(buffer.size, 0);
    ck_assert_str_eq(buffer.bytes, "");
    text_buffer_append_text(&buffer, "new");
    ck_assert_ptr_eq(buffer.bytes, bytes);
    ck_assert_str_eq(buffer.bytes, "new");
    text_buffer_free(&buffer);
}
END_TEST

START_TEST(take_hands_the_bytes_over_and_an_empty_buffer_gives_an_empty_text) {
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    text_buffer_append_text(&buffer, "mine");
    char *bytes = text_buffer_take(&buffer);
    ck_assert_str_eq(bytes, "mine");
    ck_assert_ptr_null(buffer.bytes);
    free(bytes);
    bytes = text_buffer_take(&buffer);
    ck_assert_str_eq(bytes, "");
    free(bytes);
}
END_TEST

START_TEST(a_failure_is_remembered_until_the_reset) {
    struct text_buffer buffer = TEXT_BUFFER_EMPTY;
    text_buffer_append_text(&buffer, "kept");
    ck_assert_ptr_null(text_buffer_reserve(&buffer, SIZE_MAX - 8));
    ck_assert(buffer.failed);
    text_buffer_append_text(&buffer, "lost");
    ck_assert_str_eq(buffer.bytes, "kept");
    ck_assert_ptr_null(text_buffer_take(&buffer));
    ck_assert(!buffer.failed);
    text_buffer_append_text(&buffer, "again");
    ck_assert_str_eq(buffer.bytes, "again");
    text_buffer_free(&buffer);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        appended_pieces_stand_in_order_and_end_with_nul,
        a_formatted_text_of_any_length_is_whole,
        a_million_bytes_one_by_one_arrive,
        reserved_room_can_be_written_and_counted,
        reset_forgets_the_content_and_keeps_the_memory,
        take_hands_the_bytes_over_and_an_empty_buffer_gives_an_empty_text,
        a_failure_is_remembered_until_the_reset,
    };
    return suite_run("text_buffer", tests, SUITE_COUNT(tests));
}
