/* SPDX-License-Identifier: Apache-2.0 */
/* Routes, templates and schemas held against each other: for the catalog, and for who adds to it. */
#ifndef NOTIFY_EMAIL_CATALOG_CHECK_H
#define NOTIFY_EMAIL_CATALOG_CHECK_H

#include "mail_catalog.h"
#include <limits.h>

/* What could not be loaded is left out: it is a problem already. */
void catalog_check(const struct mail_catalog *catalog, const struct mail_catalog_source *source,
                   struct problem_list *problems);

/* mail_catalog.c */
bool schema_path(char path[PATH_MAX], const struct mail_catalog_source *source, const char *type,
                 struct problem_list *problems);

#endif
