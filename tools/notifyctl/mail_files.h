/* SPDX-License-Identifier: Apache-2.0 */
/* What the email worker makes mails from, as its own settings and the command line say. */
#ifndef NOTIFYCTL_MAIL_FILES_H
#define NOTIFYCTL_MAIL_FILES_H

#include "command.h"
#include "routing/mail_catalog.h"
#include "settings.h"

#define OPTIONS_MAIL_FILES                                                                                   \
    {"routes", 'R', "FILE", "the routes (default: EMAIL_ROUTES, else deploy/routes.json)"},                  \
        {"templates", 'D', "FOLDER", "the templates (default: EMAIL_TEMPLATES, else templates)"}, {          \
        "schemas", 'S', "FOLDER", "the events' schemas (default: EMAIL_SCHEMAS, else schemas)"               \
    }

struct mail_files {
    struct email_settings settings;
    struct mail_catalog catalog;
};

/* The environment is the worker's, but nothing in it is required. Free it in either case. */
bool mail_files_configure(struct mail_files *files, const struct command_line *line, struct error *error);
/* Problems are told on standard error; the error counts them (exit status 78). */
bool mail_files_load(struct mail_files *files, struct problem_list *problems);
bool mail_files_tell(const struct problem_list *problems, struct error *error);
void mail_files_free(struct mail_files *files);

#endif
