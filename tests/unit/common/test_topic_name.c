/* SPDX-License-Identifier: Apache-2.0 */
/* By the rule in Kafka's org.apache.kafka.common.internals.Topic. */
#include "common/topic_name.h"
#include "suite.h"
#include <string.h>

START_TEST(letters_digits_dots_and_dashes_are_legal) {
    const char *const names[] = {"users", "email.retry.10s", "a", "A-Z_0.9", "...", "__consumer_offsets"};
    for (size_t i = 0; i < SUITE_COUNT(names); i++)
        ck_assert_msg(topic_name_is_legal(names[i]), "%s", names[i]);
}
END_TEST

START_TEST(anything_else_is_not) {
    const char *const names[] = {"", ".", "..", "a b", "a/b", "^users.*", "a:b", "users\n", "\xc3\xa4"};
    for (size_t i = 0; i < SUITE_COUNT(names); i++)
        ck_assert_msg(!topic_name_is_legal(names[i]), "%s", names[i]);
}
END_TEST

START_TEST(a_name_has_249_characters_at_most) {
    char name[251];
    memset(name, 'a', sizeof(name));
    name[250] = '\0';
    ck_assert(!topic_name_is_legal(name));
    name[249] = '\0';
    ck_assert(topic_name_is_legal(name));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        letters_digits_dots_and_dashes_are_legal,
        anything_else_is_not,
        a_name_has_249_characters_at_most,
    };
    return suite_run("topic name", tests, SUITE_COUNT(tests));
}
