/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of templates (DESIGN A6): NAME/{subject.txt,body.txt,body.html}, optionally NAME/LOCALE/ with
 * the same files, and partials/ with what the bodies share. Read and compiled whole at the start; constant
 * afterwards.
 */
#ifndef NOTIFY_EMAIL_TEMPLATE_STORE_H
#define NOTIFY_EMAIL_TEMPLATE_STORE_H

#include "mustache.h"

struct template_store;

/* Every template of the folder, or an error that names file and line (exit status 78). */
bool template_store_load(struct template_store **store_out, const char *folder, struct error *error);
void template_store_free(struct template_store *store);

struct mail_template; /* one template in one locale */

/* The template in the locale ("de-AT", then "de", then none; NULL: none). NULL: there is no such template. */
const struct mail_template *template_store_find(const struct template_store *store, const char *name,
                                                const char *locale);
size_t template_store_count(const struct template_store *store);

struct rendered_mail {                      /* reused from mail to mail */
    struct text_buffer subject, text, html; /* html is empty when the template has none */
};
bool template_render(const struct mail_template *mail_template, const json_t *context,
                     struct rendered_mail *out, struct error *error);
void rendered_mail_free(struct rendered_mail *rendered);

#endif
