/* SPDX-License-Identifier: Apache-2.0 */
#include "template_store.h"
#include "../../common/cleanup.h"
#include "template_internal.h"
#include <string.h>

static int compare_templates(const void *left, const void *right) {
    const struct mail_template *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->locale, b->locale);
}

static int compare_partials(const void *left, const void *right) {
    const struct template_partial *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = (int)a->form - (int)b->form;
    return order != 0 ? order : strcmp(a->locale, b->locale);
}

static bool copy_key(char out[TEMPLATE_NAME_SIZE], const char *name) {
    size_t size = strlen(name);
    if (size >= TEMPLATE_NAME_SIZE)
        return false;
    memcpy(out, name, size + 1);
    return true;
}

/* In the locale, or in a wider one. */
static const struct template_partial *find_partial(const struct template_store *store, const char *name,
                                                   enum template_form form, const char *locale) {
    struct template_partial key;
    key.form = form;
    if (store->partial_count == 0 || !copy_key(key.name, name))
        return NULL;
    memcpy(key.locale, locale, strlen(locale) + 1);
    for (;;) {
        const struct template_partial *found =
            bsearch(&key, store->partials, store->partial_count, sizeof key, compare_partials);
        if (found != NULL || key.locale[0] == '\0')
            return found;
        template_locale_widen(key.locale);
    }
}

const struct mustache *template_find_partial(void *data, const char *name) {
    const struct partial_scope *scope = data;
    const struct template_partial *found = find_partial(scope->store, name, scope->form, scope->locale);
    return found == NULL ? NULL : found->file.program;
}

struct partial_check {
    struct partial_scope scope;
    const char *path;
    bool is_complete;
    struct error *error;
};

static void check_partial(void *data, const char *name, size_t line) {
    struct partial_check *check = data;
    if (check->is_complete && template_find_partial(&check->scope, name) == NULL)
        check->is_complete = error_set(check->error, "%s: line %zu: there is no partials/%s.%s", check->path,
                                       line, name, check->scope.form == TEMPLATE_HTML ? "html" : "txt");
}

static bool check_file(const struct template_store *store, const struct template_file *file,
                       enum template_form form, const char *locale, struct error *error) {
    if (file->path == NULL)
        return true;
    struct partial_check check = {{store, form, locale}, file->path, true, error};
    mustache_each_partial(file->program, check_partial, &check);
    return check.is_complete;
}

/* The spec renders a missing partial as nothing, but here it can only be a mistake. */
static bool check_partials(const struct template_store *store, struct error *error) {
    for (size_t i = 0; i < store->template_count; i++) {
        const struct mail_template *template = &store->templates[i];
        if (!check_file(store, &template->subject, TEMPLATE_TEXT, template->locale, error) ||
            !check_file(store, &template->text, TEMPLATE_TEXT, template->locale, error) ||
            !check_file(store, &template->html, TEMPLATE_HTML, template->locale, error))
            return false;
    }
    for (size_t i = 0; i < store->partial_count; i++) {
        const struct template_partial *partial = &store->partials[i];
        if (!check_file(store, &partial->file, partial->form, partial->locale, error))
            return false;
    }
    return true;
}

/* "de" and "DE" are two folders, but one locale. */
static bool check_duplicates(const struct template_store *store, struct error *error) {
    for (size_t i = 1; i < store->template_count; i++) {
        const struct mail_template *template = &store->templates[i];
        if (compare_templates(template - 1, template) == 0)
            return error_set(error, "%s: is there twice for the locale %s", template->subject.path,
                             template->locale);
    }
    for (size_t i = 1; i < store->partial_count; i++) {
        const struct template_partial *partial = &store->partials[i];
        if (compare_partials(partial - 1, partial) == 0)
            return error_set(error, "%s: is there twice for the locale %s", partial->file.path,
                             partial->locale);
    }
    return true;
}

static bool load(struct template_store *store, const char *folder, struct error *error) {
    if (!template_folder_read(store, folder, error))
        return false;
    if (store->template_count > 1)
        qsort(store->templates, store->template_count, sizeof *store->templates, compare_templates);
    if (store->partial_count > 1)
        qsort(store->partials, store->partial_count, sizeof *store->partials, compare_partials);
    return check_duplicates(store, error) && check_partials(store, error);
}

bool template_store_load(struct template_store **store_out, const char *folder, struct error *error) {
    *store_out = NULL;
    struct template_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return error_set(error, "no memory for the templates");
    if (!load(store, folder, error)) {
        error->exit_status = EXIT_STATUS_CONFIG;
        template_store_free(store);
        return false;
    }
    *store_out = store;
    return true;
}

void template_store_free(struct template_store *store) {
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->template_count; i++) {
        template_file_free(&store->templates[i].subject);
        template_file_free(&store->templates[i].text);
        template_file_free(&store->templates[i].html);
    }
    for (size_t i = 0; i < store->partial_count; i++)
        template_file_free(&store->partials[i].file);
    free(store->templates);
    free(store->partials);
    free(store);
}

const struct mail_template *template_store_find(const struct template_store *store, const char *name,
                                                const char *locale) {
    struct mail_template key;
    if (!copy_key(key.name, name))
        return NULL;
    template_locale_normalize(locale == NULL ? "" : locale, key.locale);
    for (;;) {
        const struct mail_template *found =
            bsearch(&key, store->templates, store->template_count, sizeof key, compare_templates);
        if (found != NULL || key.locale[0] == '\0')
            return found;
        template_locale_widen(key.locale);
    }
}

size_t template_store_count(const struct template_store *store) {
    return store->template_count;
}

static bool render_file(const struct mail_template *template, const struct template_file *file,
                        enum template_form form, const json_t *context, struct text_buffer *out,
                        struct error *error) {
    text_buffer_reset(out);
    if (file->path == NULL)
        return true;
    struct partial_scope scope = {.store = template->store, .form = form, .locale = template->locale};
    enum mustache_escape escape = form == TEMPLATE_HTML ? MUSTACHE_ESCAPE_HTML : MUSTACHE_ESCAPE_NONE;
    if (mustache_render(file->program, context, escape, template_find_partial, &scope, out, error))
        return true;
    return error_prefix(error, "%s", file->path);
}

static void trim(struct text_buffer *text) {
    size_t start = 0;
    while (start < text->size && strchr(" \t\r\n", text->bytes[start]) != NULL)
        start++;
    while (text->size > start && strchr(" \t\r\n", text->bytes[text->size - 1]) != NULL)
        text->size--;
    text->size -= start;
    if (text->bytes != NULL) {
        memmove(text->bytes, text->bytes + start, text->size);
        text->bytes[text->size] = '\0';
    }
}

bool template_render(const struct mail_template *mail_template, const json_t *context,
                     struct rendered_mail *out, struct error *error) {
    if (!render_file(mail_template, &mail_template->subject, TEMPLATE_TEXT, context, &out->subject, error) ||
        !render_file(mail_template, &mail_template->text, TEMPLATE_TEXT, context, &out->text, error) ||
        !render_file(mail_template, &mail_template->html, TEMPLATE_HTML, context, &out->html, error))
        return false;
    trim(&out->subject);
    return true;
}

void rendered_mail_free(struct rendered_mail *rendered) {
    text_buffer_free(&rendered->subject);
    text_buffer_free(&rendered->text);
    text_buffer_free(&rendered->html);
}
