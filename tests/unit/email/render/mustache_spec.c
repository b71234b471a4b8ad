/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the cases of the mustache/spec repository's *.json files, lambdas aside: mustache-spec FOLDER, or the
 * folder in MUSTACHE_SPEC. Without one it is skipped: the spec's files are not part of this project.
 */
#include "render/mustache.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77, PARTIALS_MAX = 16 };

struct partials {
    const char *names[PARTIALS_MAX];
    struct mustache *templates[PARTIALS_MAX];
    size_t count;
};

static const struct mustache *find_partial(void *data, const char *name) {
    struct partials *partials = data;
    for (size_t i = 0; i < partials->count; i++) {
        if (strcmp(partials->names[i], name) == 0)
            return partials->templates[i];
    }
    return NULL;
}

static bool compile(struct mustache **template_out, const json_t *text, struct error *error) {
    return mustache_compile(template_out, json_string_value(text), json_string_length(text), error);
}

static bool render_case(json_t *test, struct text_buffer *out, struct error *error) {
    struct partials partials = {.count = 0};
    struct mustache *template = NULL;
    const char *name;
    json_t *text;
    bool rendered = compile(&template, json_object_get(test, "template"), error);
    json_object_foreach(json_object_get(test, "partials"), name, text) {
        if (!rendered || partials.count == PARTIALS_MAX)
            break;
        partials.names[partials.count] = name;
        rendered = compile(&partials.templates[partials.count++], text, error);
    }
    rendered = rendered && mustache_render(template, json_object_get(test, "data"), MUSTACHE_ESCAPE_HTML,
                                           find_partial, &partials, out, error);
    for (size_t i = 0; i < partials.count; i++)
        mustache_free(partials.templates[i]);
    mustache_free(template);
    return rendered;
}

static bool run_case(const char *file, json_t *test) {
    struct error error = {0};
    struct text_buffer out = TEXT_BUFFER_EMPTY;
    const char *expected = json_string_value(json_object_get(test, "expected"));
    bool rendered = render_case(test, &out, &error);
    const char *got = rendered && out.bytes != NULL ? out.bytes : "";
    bool passed = rendered && strcmp(got, expected) == 0;
    if (!passed)
        printf("%s: %s\n  template %s\n  expected [%s]\n  got      [%s] %s\n", file,
               json_string_value(json_object_get(test, "name")),
               json_string_value(json_object_get(test, "template")), expected, got, error.text);
    text_buffer_free(&out);
    return passed;
}

static bool run_file(const char *path) {
    json_error_t json_error;
    json_t *file = json_load_file(path, 0, &json_error);
    const json_t *tests = json_object_get(file, "tests");
    size_t passed = 0, count = json_array_size(tests);
    for (size_t i = 0; i < count; i++)
        passed += run_case(path, json_array_get(tests, i));
    printf("%s: %zu of %zu cases\n", path, passed, count);
    json_decref(file);
    return count > 0 && passed == count;
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : getenv("MUSTACHE_SPEC");
    if (folder == NULL) {
        puts("MUSTACHE_SPEC names no folder with the mustache/spec's *.json files");
        return SKIPPED;
    }
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/*.json", folder);
    glob_t files = {0};
    if (glob(pattern, 0, NULL, &files) != 0) {
        printf("%s: no *.json\n", folder);
        return EXIT_FAILURE;
    }
    bool passed = true;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (strstr(files.gl_pathv[i], "lambdas") == NULL)
            passed = run_file(files.gl_pathv[i]) && passed;
    }
    globfree(&files);
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
