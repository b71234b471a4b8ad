/* SPDX-License-Identifier: Apache-2.0 */
/* What the templates ask for, for those who check it before a mail is rendered. */
#include "template_internal.h"
#include <string.h>

static bool walk_file(const struct mail_template *template, const struct template_file *file,
                      enum template_form form, const struct mustache_visitor *visitor, struct error *error) {
    if (file->path == NULL)
        return true;
    struct partial_scope scope = {.store = template->store, .form = form, .locale = template->locale};
    return mustache_walk(file->program, template_find_partial, &scope, visitor, error) ||
           error_prefix(error, "%s", file->path);
}

bool template_store_walk(const struct template_store *store, const char *name,
                         const struct mustache_visitor *visitor, struct error *error) {
    for (size_t i = 0; i < store->template_count; i++) {
        const struct mail_template *template = &store->templates[i];
        if (strcmp(template->name, name) == 0 &&
            (!walk_file(template, &template->subject, TEMPLATE_TEXT, visitor, error) ||
             !walk_file(template, &template->text, TEMPLATE_TEXT, visitor, error) ||
             !walk_file(template, &template->html, TEMPLATE_HTML, visitor, error)))
            return false;
    }
    return true;
}

const char *template_store_path_of(const struct template_store *store, const struct mustache *template) {
    for (size_t i = 0; i < store->template_count; i++) {
        const struct mail_template *row = &store->templates[i];
        const struct template_file *files[] = {&row->subject, &row->text, &row->html};
        for (size_t j = 0; j < sizeof files / sizeof files[0]; j++) {
            if (files[j]->program == template)
                return files[j]->path;
        }
    }
    for (size_t i = 0; i < store->partial_count; i++) {
        if (store->partials[i].file.program == template)
            return store->partials[i].file.path;
    }
    return "";
}

void template_store_each_name(const struct template_store *store, void (*visit)(void *data, const char *name),
                              void *data) {
    for (size_t i = 0; i < store->template_count; i++) {
        if (i == 0 || strcmp(store->templates[i - 1].name, store->templates[i].name) != 0)
            visit(data, store->templates[i].name);
    }
}
