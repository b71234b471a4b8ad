/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char order_schema[] =
    "{\"type\": \"object\", \"required\": [\"email\"], \"properties\": {"
    "  \"email\": {\"type\": \"string\"}, \"name\": {\"type\": \"string\"}, \"locale\": {\"type\": "
    "\"string\"},"
    "  \"total\": {\"$ref\": \"#/$defs/money\"},"
    "  \"items\": {\"type\": \"array\", \"items\": {\"type\": \"object\", \"properties\": {"
    "    \"sku\": {\"type\": \"string\"}, \"price\": {\"$ref\": \"#/$defs/money\"}}}}},"
    " \"$defs\": {\"money\": {\"type\": \"object\", \"properties\": {"
    "    \"amount\": {\"type\": \"integer\"}, \"currency\": {\"type\": \"string\"}}}}}";

void fixture_set_up(struct fixture *fixture) {
    const char *base = getenv("TMPDIR");
    memset(fixture, 0, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "%s/test-routing-XXXXXX", base == NULL ? "/tmp" : base);
    ck_assert_ptr_nonnull(mkdtemp(fixture->folder));
    snprintf(fixture->routes, sizeof fixture->routes, "%s/routes.json", fixture->folder);
    snprintf(fixture->templates, sizeof fixture->templates, "%s/templates", fixture->folder);
    snprintf(fixture->schemas, sizeof fixture->schemas, "%s/schemas", fixture->folder);
    fixture->variables = json_pack("{s:s}", "head", "head@example.org");
    ck_assert_ptr_nonnull(fixture->variables);
    fixture_write(fixture, "schemas/" REQUESTED_TYPE ".json",
                  "{\"type\": \"object\", \"required\": [\"template\", \"recipient\"]}");
    fixture_write(fixture, "schemas/" ORDER_TYPE ".json", order_schema);
    fixture_write(fixture, "templates/greeting/subject.txt", "Hello {{data.name}}");
    fixture_write(fixture, "templates/greeting/body.txt", "Total {{data.total.formatted}}\n");
    fixture_write(fixture, "templates/greeting/de/subject.txt", "Hallo {{data.name}}");
    fixture_write(fixture, "templates/greeting/de/body.txt", "Summe {{data.total.formatted}}\n");
    fixture_write(fixture, "templates/notice/subject.txt", "Notice");
    fixture_write(fixture, "templates/notice/body.txt", "{{#data.items}}{{sku}} {{/data.items}}\n");
    fixture_write(fixture, "routes.json", "{\"routes\": []}");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void fixture_tear_down(struct fixture *fixture) {
    mail_catalog_free(&fixture->catalog);
    problem_list_free(&fixture->problems);
    json_decref(fixture->variables);
    ck_assert_int_eq(nftw(fixture->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void path_of(const struct fixture *fixture, const char *name, char path[PATH_MAX]) {
    ck_assert_int_lt(snprintf(path, PATH_MAX, "%s/%s", fixture->folder, name), PATH_MAX);
}

void fixture_write(const struct fixture *fixture, const char *name, const char *text) {
    char path[PATH_MAX];
    path_of(fixture, name, path);
    for (char *slash = path + strlen(fixture->folder) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

void fixture_remove(const struct fixture *fixture, const char *name) {
    char path[PATH_MAX];
    path_of(fixture, name, path);
    ck_assert_int_eq(remove(path), 0);
}

void fixture_route(const struct fixture *fixture, const char *mails) {
    char text[8192];
    ck_assert_int_lt(
        snprintf(text, sizeof text, "{\"routes\": [{\"type\": \"" ORDER_TYPE "\", \"mails\": [%s]}]}", mails),
        (int)sizeof text);
    fixture_write(fixture, "routes.json", text);
}

bool fixture_load(struct fixture *fixture) {
    const struct mail_catalog_source source = {
        .routes_file = fixture->routes,
        .templates_folder = fixture->templates,
        .schemas_folder = fixture->schemas,
        .variables = fixture->variables,
    };
    problem_list_free(&fixture->problems);
    return mail_catalog_load(&fixture->catalog, &source, &fixture->problems);
}

char *fixture_problems(const struct fixture *fixture) {
    const char *text = problem_list_text(&fixture->problems);
    size_t size = strlen(fixture->folder) + 1;
    char *out = calloc(1, strlen(text) + 1), *end = out;
    ck_assert_ptr_nonnull(out);
    while (*text != '\0') {
        if (strncmp(text, fixture->folder, size - 1) == 0)
            text += size;
        else
            *end++ = *text++;
    }
    return out;
}
