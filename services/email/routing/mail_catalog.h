/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mails are made from: routes, templates, and the schemas of the events. All of it is read, compiled and
 * held against each other before an event is met, and replaced as a whole or not at all.
 */
#ifndef NOTIFY_EMAIL_MAIL_CATALOG_H
#define NOTIFY_EMAIL_MAIL_CATALOG_H

#include "render/template_store.h"
#include "route_table.h"
#include <jansson.h>

struct mail_catalog_source {
    const char *routes_file, *templates_folder, *schemas_folder;
    const json_t *variables; /* MAIL_VAR_*: what vars has; borrowed */
};

/* Constant between two loads. */
struct mail_catalog {
    struct template_store *templates;
    struct route_table routes;            /* each with its schema */
    struct json_schema *requested_schema; /* of notification.requested's data */
};

/*
 * False: the problems say what is wrong, each a line, and the catalog is as it was (zeroed before the first
 * load). On success what was in it is freed: nothing may be borrowed from it meanwhile. Any thread may load a
 * catalog of its own.
 *
 * Held against each other: a route's template has to be there, a route's type and notification.requested need
 * SCHEMAS/TYPE.json, and names in a route's strings and templates must be declared (name_check.h).
 * Addresses without data in them have to be addresses.
 */
bool mail_catalog_load(struct mail_catalog *catalog, const struct mail_catalog_source *source,
                       struct problem_list *problems);
void mail_catalog_free(struct mail_catalog *catalog);

#endif
