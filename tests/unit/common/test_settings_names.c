/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_names.h"
#include "suite.h"
#include <string.h>

START_TEST(edit_distances_are_the_known_ones) {
    static const struct {
        const char *one, *other;
        size_t distance;
    } pairs[] = {
        {"", "", 0},         {"", "abc", 3},
        {"abc", "abc", 0},   {"kitten", "sitting", 3},
        {"ab", "ba", 1},     {"SMTP_URL", "STMP_URL", 1},
        {"flaw", "lawn", 2}, {"abcd", "acbd", 1},
        {"ca", "abc", 3}, /* optimal string alignment; the unrestricted distance is 2 */
    };
    for (size_t i = 0; i < SUITE_COUNT(pairs); i++) {
        ck_assert_uint_eq(settings_edit_distance(pairs[i].one, pairs[i].other), pairs[i].distance);
        ck_assert_uint_eq(settings_edit_distance(pairs[i].other, pairs[i].one), pairs[i].distance);
    }
}
END_TEST

START_TEST(a_very_long_name_is_far_from_everything) {
    char name[5000];
    memset(name, 'A', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_uint_gt(settings_edit_distance(name, "SMTP_URL"), 4000);
}
END_TEST

static const struct setting settings[] = {
    {.name = "EMAIL_ORDER"}, {.name = "EMAIL_ROUTES"}, {.name = "KAFKA_GROUP_ID"}, {.name = NULL}};
static const char *const prefixes[] = {"EMAIL_", NULL};
static const struct settings_table table = {.service = "email", .settings = settings, .prefixes = prefixes};

START_TEST(a_setting_is_found_by_its_name_and_by_its_file) {
    bool is_file = true;
    ck_assert_str_eq(settings_find(&table, "EMAIL_ORDER", &is_file)->name, "EMAIL_ORDER");
    ck_assert(!is_file);
    ck_assert_str_eq(settings_find(&table, "EMAIL_ORDER_FILE", &is_file)->name, "EMAIL_ORDER");
    ck_assert(is_file);
    ck_assert_ptr_null(settings_find(&table, "EMAIL_ORDERS", NULL));
    ck_assert_ptr_null(settings_find(&table, "EMAIL_ORDE", NULL));
}
END_TEST

START_TEST(only_own_prefixes_are_answered_for) {
    char nearest[64];
    ck_assert(settings_is_unknown(&table, "EMAIL_ROUTE", "x", nearest, sizeof nearest));
    ck_assert_str_eq(nearest, "EMAIL_ROUTES");
    ck_assert(!settings_is_unknown(&table, "SMTP_URL", "x", nearest, sizeof nearest));
    ck_assert(!settings_is_unknown(&table, "EMAIL_ROUTES", "x", nearest, sizeof nearest));
    ck_assert(!settings_is_unknown(&table, "EMAIL_PORT", "tcp://10.0.0.1:25", nearest, sizeof nearest));
    ck_assert(settings_is_unknown(&table, "EMAIL_PORT", "25", nearest, sizeof nearest));
}
END_TEST

START_TEST(kafka_names_are_those_of_the_table) {
    const char **names = settings_kafka_names(&table);
    ck_assert_ptr_nonnull(names);
    ck_assert_str_eq(names[0], "KAFKA_GROUP_ID");
    ck_assert_ptr_null(names[1]);
    free(names);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        edit_distances_are_the_known_ones,
        a_very_long_name_is_far_from_everything,
        a_setting_is_found_by_its_name_and_by_its_file,
        only_own_prefixes_are_answered_for,
        kafka_names_are_those_of_the_table,
    };
    return suite_run("settings_names", tests, SUITE_COUNT(tests));
}
