/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of templates (templates/README.md), read and compiled whole at the start; constant afterwards,
 * so that a reload is a second store and a change of pointers.
 *
 *     NAME/subject.txt, NAME/body.txt     required; NAME has a-z, 0-9 and - only
 *     NAME/body.html                      optional
 *     NAME/LOCALE/…                       the same files in another language: de, de-AT, zh-Hant
 *     partials/PARTIAL.txt, .html         what {{>PARTIAL}} means in *.txt and in body.html
 *     partials/LOCALE/…                   the same in another language
 *
 * Names that begin with a dot and files beside the folders of templates are left alone.
 */
#ifndef NOTIFY_EMAIL_TEMPLATE_STORE_H
#define NOTIFY_EMAIL_TEMPLATE_STORE_H

#include "mustache.h"

#define TEMPLATE_NAME_SIZE 65

struct template_store;

/* Every template of the folder, or an error that names file and line (exit status 78): also for a partial
 * that is not there. */
bool template_store_load(struct template_store **store_out, const char *folder, struct error *error);
void template_store_free(struct template_store *store);

struct mail_template; /* one template in one locale */

/* The template in the locale ("de-AT", then "de", then none; NULL or what is no locale: none). NULL: no such
 * template. */
const struct mail_template *template_store_find(const struct template_store *store, const char *name,
                                                const char *locale);
size_t template_store_count(const struct template_store *store);

/* Walks through the template's files in each of its locales, one after the other (mustache_walk). False: the
 * error names the file. */
bool template_store_walk(const struct template_store *store, const char *name,
                         const struct mustache_visitor *visitor, struct error *error);
/* The file that a use stands in. */
const char *template_store_path_of(const struct template_store *store, const struct mustache *template);
/* Calls visit with each template's name. */
void template_store_each_name(const struct template_store *store, void (*visit)(void *data, const char *name),
                              void *data);

struct rendered_mail {          /* reused from mail to mail */
    struct text_buffer subject; /* without blanks around it */
    struct text_buffer text;
    struct text_buffer html; /* empty when the template has none */
};
/* Replaces the content of out. The error names the file. */
bool template_render(const struct mail_template *mail_template, const json_t *context,
                     struct rendered_mail *out, struct error *error);
void rendered_mail_free(struct rendered_mail *rendered);

#endif
