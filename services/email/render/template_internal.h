/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds: shared by what reads the folder and what looks things up in it. Private. */
#ifndef NOTIFY_EMAIL_TEMPLATE_INTERNAL_H
#define NOTIFY_EMAIL_TEMPLATE_INTERNAL_H

#include "template_locale.h"
#include "template_store.h"

enum template_form { TEMPLATE_TEXT, TEMPLATE_HTML };

struct template_file {
    char *path; /* NULL: there is none */
    struct mustache *program;
};

struct mail_template {
    char name[TEMPLATE_NAME_SIZE];
    char locale[TEMPLATE_LOCALE_SIZE]; /* "": the one for all others */
    const struct template_store *store;
    struct template_file subject, text, html;
};

struct template_partial {
    char name[TEMPLATE_NAME_SIZE];
    char locale[TEMPLATE_LOCALE_SIZE];
    enum template_form form;
    struct template_file file;
};

/* Both rows are sorted by name, form and locale. */
struct template_store {
    struct mail_template *templates;
    size_t template_count;
    struct template_partial *partials;
    size_t partial_count;
};

struct partial_scope { /* where a partial's name is looked up from */
    const struct template_store *store;
    enum template_form form;
    const char *locale;
};
/* template_store.c: a mustache_partial_finder whose data is a partial_scope. */
const struct mustache *template_find_partial(void *scope, const char *name);

/* template_folder.c: appends what the folder holds, unsorted. */
bool template_folder_read(struct template_store *store, const char *folder, struct error *error);
/* template_file.c: reads and compiles one file. */
bool template_file_load(struct template_file *file, const char *path, struct error *error);
void template_file_free(struct template_file *file);

#endif
