/* SPDX-License-Identifier: Apache-2.0 */
/* Routes, templates and schemas loaded together: what is refused, and what stays after a refusal. */
#include "fixture.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct fixture fixture;

static void set_up(void) {
    fixture_set_up(&fixture);
}

static void tear_down(void) {
    fixture_tear_down(&fixture);
}

/* Where a sentence is left open, the rest is the JSON parser's or the validator's. */
static void assert_begins(const char *expected) {
    ck_assert(!fixture_load(&fixture));
    char *problems = fixture_problems(&fixture);
    size_t size = strlen(expected);
    if (expected[size - 1] != '\n' && strlen(problems) > size)
        problems[size] = '\0';
    ck_assert_str_eq(problems, expected);
    free(problems);
}

/* Routes files. */
static const struct {
    const char *routes, *problems;
} files[] = {
    {"{", "routes.json: line 1: "},
    {"{\"routes\": [], \"routes\": []}", "routes.json: line 1: duplicate "},
    {"[]", "routes.json: it is "},
    {"{}", "routes.json: it has no "},
    {"{\"routes\": [], \"x\": 1}", "routes.json: /x is "},
    {"{\"routes\": [{\"type\": \"a.b\", \"mails\": []}]}", "routes.json: /routes/0/mails has "},
    {"{\"routes\": [{\"type\": \"a/b\", \"mails\": [{\"template\": \"notice\", \"to\": "
     "\"a@example.org\"}]}]}",
     "routes.json: /routes/0/type does not match "},
    {"{\"routes\": [{\"type\": \"" ORDER_TYPE "\", \"mails\": [{\"template\": \"notice\"}]}]}",
     "routes.json: /routes/0/mails/0 has no "},
    {"{\"routes\": [{\"type\": \"" ORDER_TYPE
     "\", \"mails\": [{\"template\": \"notice\", \"to\": \"a@example.org\", \"cc\": \"b\"}]}]}",
     "routes.json: /routes/0/mails/0/cc is "},
    {"{\"routes\": [{\"type\": \"" REQUESTED_TYPE
     "\", \"mails\": [{\"template\": \"notice\", \"to\": \"a@example.org\"}]}]}",
     "routes.json: /routes/0/type: an event of this type says itself what to mail\n"},
    {"{\"routes\": [{\"type\": \"" ORDER_TYPE
     "\", \"mails\": [{\"template\": \"notice\", \"to\": \"a@example.org\"}]}, {\"type\": \"" ORDER_TYPE
     "\", \"mails\": [{\"template\": \"notice\", \"to\": \"a@example.org\"}]}]}",
     "routes.json: /routes/1/type: there is a route for " ORDER_TYPE " already\n"},
};

START_TEST(refuses_a_file_that_is_no_routes) {
    fixture_write(&fixture, "routes.json", files[_i].routes);
    assert_begins(files[_i].problems);
}
END_TEST

/* Mails of one route. */
static const struct {
    const char *mails, *problems;
} mails[] = {
    {"{\"template\": \"none\", \"to\": \"{{data.email}}\"}",
     "routes.json: /routes/0/mails/0/template: there is no template none in templates\n"},
    {"{\"template\": \"notice\", \"to\": \"{{data.emial}}\"}",
     "routes.json: /routes/0/mails/0/to: {{data.emial}} is not declared by schemas/" ORDER_TYPE ".json\n"},
    {"{\"template\": \"notice\", \"to\": \"{{#data.email}}\"}",
     "routes.json: /routes/0/mails/0/to: line 1: {{#data.email}} is never closed\n"},
    {"{\"template\": \"notice\", \"to\": \"nobody\"}",
     "routes.json: /routes/0/mails/0/to: the address has no @\n"},
    {"{\"template\": \"notice\", \"to\": \"x{{vars.head}}.\"}",
     "routes.json: /routes/0/mails/0/to: the address "},
    {"{\"template\": \"notice\", \"to\": \"{{vars.nobody}}\"}",
     "routes.json: /routes/0/mails/0/to: {{vars.nobody}} has no value: no such MAIL_VAR_ is set, and it "
     "stands in "
     "no {{#vars.nobody}}\n"},
    {"{\"template\": \"notice\", \"to\": \"a@example.org\", \"from\": \"Shop <shop>\"}",
     "routes.json: /routes/0/mails/0/from: the address has no @\n"},
    {"{\"template\": \"notice\", \"to\": \"a@example.org\", \"list_unsubscribe\": \"http://example.org/\"}",
     "routes.json: /routes/0/mails/0/list_unsubscribe: is neither an https nor a mailto URI\n"},
    {"{\"template\": \"notice\", \"to\": \"a@example.org\", \"when\": {\"tpye\": \"object\"}}",
     "routes.json: /routes/0/mails/0/when: "},
    /* Every one of them, not only the first. */
    {"{\"template\": \"none\", \"to\": \"nobody\"}, {\"template\": \"no-one\", \"to\": \"a@example.org\"}",
     "routes.json: /routes/0/mails/0/template: there is no template none in templates\n"
     "routes.json: /routes/0/mails/0/to: the address has no @\n"
     "routes.json: /routes/0/mails/1/template: there is no template no-one in templates\n"},
};

START_TEST(refuses_a_mail_that_could_not_be_made) {
    fixture_route(&fixture, mails[_i].mails);
    assert_begins(mails[_i].problems);
}
END_TEST

START_TEST(names_file_line_and_variable_of_a_mistake_in_any_locale) {
    fixture_route(&fixture, "{\"template\": \"greeting\", \"to\": \"{{data.email}}\"}");
    fixture_write(&fixture, "templates/greeting/de/body.txt", "Hallo\n\n{{data.nmae}}\n");
    fixture_write(&fixture, "templates/greeting/body.html", "{{>foot}}");
    fixture_write(&fixture, "templates/partials/foot.html", "\n{{data.totla.formatted}}");
    assert_begins("templates/partials/foot.html: line 2: {{data.totla.formatted}} is not declared by "
                  "schemas/" ORDER_TYPE ".json (template greeting)\n"
                  "templates/greeting/de/body.txt: line 3: {{data.nmae}} is not declared by "
                  "schemas/" ORDER_TYPE ".json (template greeting)\n");
}
END_TEST

START_TEST(a_template_without_a_route_may_ask_for_anything) {
    fixture_write(&fixture, "templates/greeting/body.txt", "{{data.variables.whatever}}");
    ck_assert(fixture_load(&fixture));
}
END_TEST

START_TEST(needs_the_schema_of_each_routed_type_and_of_requests) {
    fixture_route(&fixture, "{\"template\": \"notice\", \"to\": \"a@example.org\"}");
    fixture_remove(&fixture, "schemas/" ORDER_TYPE ".json");
    fixture_remove(&fixture, "schemas/" REQUESTED_TYPE ".json");
    ck_assert(!fixture_load(&fixture));
    ck_assert_uint_eq(fixture.problems.count, 2);
    char *problems = fixture_problems(&fixture);
    ck_assert_ptr_nonnull(strstr(problems, "schemas/" ORDER_TYPE ".json"));
    ck_assert_ptr_nonnull(strstr(problems, "schemas/" REQUESTED_TYPE ".json"));
    free(problems);
}
END_TEST

START_TEST(tells_of_routes_templates_and_schemas_at_once) {
    fixture_write(&fixture, "routes.json", "{");
    fixture_write(&fixture, "templates/greeting/subject.txt", "{{#open}}");
    fixture_write(&fixture, "schemas/" REQUESTED_TYPE ".json", "{\"type\": \"objekt\"}");
    ck_assert(!fixture_load(&fixture));
    ck_assert_uint_eq(fixture.problems.count, 3);
}
END_TEST

START_TEST(a_refused_load_leaves_everything_as_it_was) {
    fixture_route(&fixture, "{\"template\": \"notice\", \"to\": \"a@example.org\"}");
    ck_assert_msg(fixture_load(&fixture), "%s", problem_list_text(&fixture.problems));
    const struct mail_catalog before = fixture.catalog;
    fixture_write(&fixture, "templates/other/subject.txt", "Other");
    fixture_write(&fixture, "templates/other/body.txt", "Other");
    fixture_write(&fixture, "routes.json", "{\"routes\": 7}");
    assert_begins("routes.json: /routes ");
    ck_assert_mem_eq(&fixture.catalog, &before, sizeof before);
    ck_assert_ptr_null(template_store_find(fixture.catalog.templates, "other", NULL));
    ck_assert_ptr_nonnull(route_table_find(&fixture.catalog.routes, ORDER_TYPE));

    fixture_write(&fixture, "routes.json", "{\"routes\": []}");
    ck_assert(fixture_load(&fixture));
    ck_assert_ptr_nonnull(template_store_find(fixture.catalog.templates, "other", NULL));
    ck_assert_ptr_null(route_table_find(&fixture.catalog.routes, ORDER_TYPE));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mail_catalog");
    TCase *loading = tcase_create("loading");
    tcase_add_checked_fixture(loading, set_up, tear_down);
    tcase_add_loop_test(loading, refuses_a_file_that_is_no_routes, 0, sizeof files / sizeof files[0]);
    tcase_add_loop_test(loading, refuses_a_mail_that_could_not_be_made, 0, sizeof mails / sizeof mails[0]);
    tcase_add_test(loading, names_file_line_and_variable_of_a_mistake_in_any_locale);
    tcase_add_test(loading, a_template_without_a_route_may_ask_for_anything);
    tcase_add_test(loading, needs_the_schema_of_each_routed_type_and_of_requests);
    tcase_add_test(loading, tells_of_routes_templates_and_schemas_at_once);
    tcase_add_test(loading, a_refused_load_leaves_everything_as_it_was);
    suite_add_tcase(suite, loading);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
