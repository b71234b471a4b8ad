/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of templates: each test writes one of its own. */
#include "render/template_store.h"
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_MAX];
static struct template_store *store;
static struct rendered_mail mail;
static struct error error;

static void set_up(void) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/test-templates-XXXXXX", base == NULL ? "/tmp" : base);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    store = NULL;
    memset(&mail, 0, sizeof mail);
    memset(&error, 0, sizeof error);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void tear_down(void) {
    template_store_free(store);
    rendered_mail_free(&mail);
    ck_assert_int_eq(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void write_bytes(const char *name, const char *bytes, size_t size) {
    char path[PATH_MAX];
    ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s", folder, name), PATH_MAX);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void write_text(const char *name, const char *text) {
    write_bytes(name, text, strlen(text));
}

static void write_greeting(void) {
    write_text("greeting/subject.txt", "Hello {{name}}\n");
    write_text("greeting/body.txt", "Dear {{name}},\n{{>footer}}\n");
    write_text("greeting/body.html", "<p>Dear {{name}}</p>\n{{>footer}}\n");
    write_text("greeting/de/subject.txt", "Hallo {{name}}\n");
    write_text("greeting/de/body.txt", "Hallo {{name}},\n{{>footer}}\n");
    write_text("partials/footer.txt", "-- \nThe shop\n");
    write_text("partials/footer.html", "<p>The shop</p>\n");
    write_text("partials/de/footer.txt", "-- \nDer Laden\n");
    write_text("README.md", "{{# not a template");
    write_text(".hidden/subject.txt", "{{# not one either");
}

static void load(void) {
    ck_assert_msg(template_store_load(&store, folder, &error), "%s", error.text);
}

static void assert_refused(const char *expected) {
    char text[PATH_MAX + 300];
    ck_assert(!template_store_load(&store, folder, &error));
    ck_assert_ptr_null(store);
    ck_assert_int_eq(error.exit_status, EXIT_STATUS_CONFIG);
    snprintf(text, sizeof text, "%s%s", folder, expected);
    ck_assert_str_eq(error.text, text);
}

static void render(const char *name, const char *locale, const char *context_text) {
    const struct mail_template *template = template_store_find(store, name, locale);
    ck_assert_ptr_nonnull(template);
    json_t *context = json_loads(context_text, 0, NULL);
    ck_assert_msg(template_render(template, context, &mail, &error), "%s", error.text);
    json_decref(context);
}

START_TEST(renders_subject_text_and_html) {
    write_greeting();
    load();
    render("greeting", NULL, "{\"name\":\"A<B>\"}");
    ck_assert_str_eq(mail.subject.bytes, "Hello A<B>");
    ck_assert_str_eq(mail.text.bytes, "Dear A<B>,\n-- \nThe shop\n");
    ck_assert_str_eq(mail.html.bytes, "<p>Dear A&lt;B&gt;</p>\n<p>The shop</p>\n");
}
END_TEST

START_TEST(a_mail_leaves_nothing_to_the_next) {
    write_greeting();
    load();
    render("greeting", NULL, "{\"name\":\"A\"}");
    render("greeting", "de", "{\"name\":\"B\"}");
    ck_assert_str_eq(mail.subject.bytes, "Hallo B");
    ck_assert_uint_eq(mail.html.size, 0);
}
END_TEST

static const struct {
    const char *locale, *subject;
} locales[] = {
    {NULL, "Hello A"},      {"", "Hello A"},       {"de", "Hallo A"},
    {"de-AT", "Hallo A"},   {"DE_at", "Hallo A"},  {"de-x-y", "Hallo A"},
    {"en-GB", "Hello A"},   {"d", "Hello A"},      {"../de", "Hello A"},
    {"de-", "Hello A"},     {"de--at", "Hello A"}, {"zh-Hant-TW-toolongsubtag", "Hello A"},
    {"deutsch", "Hello A"},
};

START_TEST(falls_back_from_locale_to_locale) {
    write_greeting();
    load();
    render("greeting", locales[_i].locale, "{\"name\":\"A\"}");
    ck_assert_str_eq(mail.subject.bytes, locales[_i].subject);
}
END_TEST

START_TEST(partials_fall_back_too) {
    write_greeting();
    load();
    render("greeting", "de", "{\"name\":\"A\"}");
    ck_assert_str_eq(mail.text.bytes, "Hallo A,\n-- \nDer Laden\n");
    template_store_free(store);
    write_text("greeting/fr/subject.txt", "Bonjour");
    write_text("greeting/fr/body.txt", "{{>footer}}");
    load();
    render("greeting", "fr-CA", "{}");
    ck_assert_str_eq(mail.text.bytes, "-- \nThe shop\n");
}
END_TEST

START_TEST(finds_no_template_that_is_not_there) {
    write_greeting();
    load();
    ck_assert_ptr_null(template_store_find(store, "greetings", NULL));
    ck_assert_ptr_null(template_store_find(store, "", "de"));
    ck_assert_ptr_null(template_store_find(store, "partials", NULL));
    char name[300];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    ck_assert_ptr_null(template_store_find(store, name, NULL));
}
END_TEST

START_TEST(blanks_around_the_subject_are_dropped) {
    write_text("a/subject.txt", "\xEF\xBB\xBF\n  {{s}}\t\r\n\n");
    write_text("a/body.txt", "");
    load();
    render("a", NULL, "{\"s\":\" x \"}");
    ck_assert_str_eq(mail.subject.bytes, "x");
    render("a", NULL, "{}");
    ck_assert_str_eq(mail.subject.bytes, "");
}
END_TEST

START_TEST(an_error_in_rendering_names_the_file) {
    write_text("a/subject.txt", "x");
    write_text("a/body.txt", "x\n{{>p}}");
    write_text("partials/p.txt", "{{>p}}");
    load();
    json_t *context = json_object();
    ck_assert(!template_render(template_store_find(store, "a", NULL), context, &mail, &error));
    json_decref(context);
    char text[PATH_MAX + 300];
    snprintf(text, sizeof text, "%s/a/body.txt: line 1: sections and partials are nested more than 64 deep",
             folder);
    ck_assert_str_eq(error.text, text);
}
END_TEST

static const struct {
    const char *file, *text, *error;
} mistakes[] = {
    {"greeting/body.txt", "a\nb{{#c}}", "/greeting/body.txt: line 2: {{#c}} is never closed"},
    {"greeting/de/subject.txt", "{{", "/greeting/de/subject.txt: line 1: a tag has no \"}}\""},
    {"partials/footer.html", "\n{{/x}}", "/partials/footer.html: line 2: {{/x}} closes nothing"},
    {"greeting/body.html", "a\n{{>nobody}}", "/greeting/body.html: line 2: there is no partials/nobody.html"},
    {"partials/footer.txt", "{{<nobody}}{{/nobody}}",
     "/partials/footer.txt: line 1: there is no partials/nobody.txt"},
    {"greeting/body.txt", "a\n\xFF", "/greeting/body.txt: line 2: is not UTF-8"},
    {"greeting/body.htm", "",
     "/greeting/body.htm: is neither subject.txt, body.txt or body.html nor a folder named as a "
     "locale"},
    {"greeting/de/de/body.txt", "",
     "/greeting/de/de: is neither subject.txt, body.txt or body.html nor a folder named as "
     "a locale"},
    {"greeting/german1/body.txt", "",
     "/greeting/german1: is neither subject.txt, body.txt or body.html nor a folder named "
     "as a locale"},
    {"greeting/fr/body.txt", "", "/greeting/fr: has no subject.txt"},
    {"greeting/fr/subject.txt", "", "/greeting/fr: has no body.txt"},
    {"other/body.html", "", "/other: has no subject.txt"},
    {"Other/body.txt", "", "/Other: a template's name has a-z, 0-9 and - only, and at most 64 characters"},
    {"partials/Footer.txt", "",
     "/partials/Footer.txt: is no partial: those are named with a-z, 0-9 and -, and end with "
     ".txt or .html"},
    {"partials/footer", "",
     "/partials/footer: is no partial: those are named with a-z, 0-9 and -, and end with .txt or "
     ".html"},
    {"partials/de/at/footer.txt", "", "/partials/de/at: is neither a partial nor a folder named as a locale"},
};

START_TEST(a_mistake_in_the_folder_is_named) {
    write_greeting();
    write_text(mistakes[_i].file, mistakes[_i].text);
    assert_refused(mistakes[_i].error);
}
END_TEST

START_TEST(a_locale_that_is_there_twice_is_refused) {
    write_greeting();
    write_text("greeting/DE/subject.txt", "x");
    write_text("greeting/DE/body.txt", "x");
    ck_assert(!template_store_load(&store, folder, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "is there twice for the locale de"));
}
END_TEST

START_TEST(a_nul_in_a_file_is_refused) {
    write_greeting();
    write_bytes("greeting/body.txt", "a\n\0", 3);
    assert_refused("/greeting/body.txt: line 2: has a NUL in it");
}
END_TEST

START_TEST(a_file_too_long_is_refused) {
    write_greeting();
    char *text = malloc(MUSTACHE_MAX_TEMPLATE + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', MUSTACHE_MAX_TEMPLATE + 1);
    write_bytes("greeting/body.txt", text, MUSTACHE_MAX_TEMPLATE);
    load();
    template_store_free(store);
    write_bytes("greeting/body.txt", text, MUSTACHE_MAX_TEMPLATE + 1);
    free(text);
    assert_refused("/greeting/body.txt: is longer than 1048576 bytes");
}
END_TEST

START_TEST(an_empty_folder_is_refused) {
    assert_refused(": has no template in it");
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_refused) {
    ck_assert(!template_store_load(&store, "/nonexistent/templates", &error));
    ck_assert_str_eq(error.text, "/nonexistent/templates: cannot be listed: No such file or directory");
}
END_TEST

/* The templates that come with the project, with and without what is optional. */
START_TEST(the_own_templates_load_and_render) {
    static const char *const names[] = {"signup-confirmation", "already-registered", "welcome",
                                        "notification"};
    const char *own = getenv("NOTIFY_TEMPLATES");
    ck_assert_ptr_nonnull(own);
    ck_assert_msg(template_store_load(&store, own, &error), "%s", error.text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        render(names[i], NULL, "{}");
        ck_assert_uint_gt(mail.text.size, 0);
        render(names[i], "de",
               "{\"data\":{\"variables\":{\"confirmation_url\":\"https://example.org/"
               "?a=1&b=2\",\"valid_hours\":24,"
               "\"site_url\":\"https://example.org/\",\"name\":\"Mia\",\"subject\":\"S\",\"text\":\"T\"}}}");
        ck_assert_uint_gt(mail.subject.size, 0);
        ck_assert_ptr_null(strstr(mail.text.bytes, "&amp;"));
        ck_assert_ptr_null(strstr(mail.text.bytes, "{{"));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("template_store");
    TCase *rendering = tcase_create("rendering");
    tcase_add_checked_fixture(rendering, set_up, tear_down);
    tcase_add_test(rendering, renders_subject_text_and_html);
    tcase_add_test(rendering, a_mail_leaves_nothing_to_the_next);
    tcase_add_loop_test(rendering, falls_back_from_locale_to_locale, 0, sizeof locales / sizeof *locales);
    tcase_add_test(rendering, partials_fall_back_too);
    tcase_add_test(rendering, finds_no_template_that_is_not_there);
    tcase_add_test(rendering, blanks_around_the_subject_are_dropped);
    tcase_add_test(rendering, an_error_in_rendering_names_the_file);
    tcase_add_test(rendering, the_own_templates_load_and_render);
    suite_add_tcase(suite, rendering);
    TCase *refusing = tcase_create("refusing");
    tcase_add_checked_fixture(refusing, set_up, tear_down);
    tcase_add_loop_test(refusing, a_mistake_in_the_folder_is_named, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_test(refusing, a_locale_that_is_there_twice_is_refused);
    tcase_add_test(refusing, a_nul_in_a_file_is_refused);
    tcase_add_test(refusing, a_file_too_long_is_refused);
    tcase_add_test(refusing, an_empty_folder_is_refused);
    tcase_add_test(refusing, a_folder_that_is_not_there_is_refused);
    suite_add_tcase(suite, refusing);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
