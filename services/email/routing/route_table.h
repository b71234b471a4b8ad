/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EMAIL_ROUTES: which mails an event of a type causes (deploy/routes.schema.json says what the file may
 * have). Read and compiled once, constant afterwards.
 */
#ifndef NOTIFY_EMAIL_ROUTE_TABLE_H
#define NOTIFY_EMAIL_ROUTE_TABLE_H

#include "json_schema.h"
#include "problem_list.h"
#include "render/mustache.h"

#define REQUESTED_TYPE "com.example.notification.requested.v1"
#define ROUTE_MAILS_MAX 32

enum route_field {
    ROUTE_TO,
    ROUTE_FROM,
    ROUTE_REPLY_TO,
    ROUTE_LOCALE,
    ROUTE_LIST_UNSUBSCRIBE,
    ROUTE_FIELDS,
};

struct route_mail {
    char *template_name;
    struct mustache *fields[ROUTE_FIELDS]; /* NULL: not given; `to` always is */
    struct json_schema *when;              /* for the whole event; NULL: always */
};

struct route {
    char *type;
    struct route_mail *mails;
    size_t mail_count;          /* ROUTE_MAILS_MAX at most */
    struct json_schema *schema; /* of the event's data: set by the catalog */
};

struct route_table {
    char *path;
    struct route *routes; /* in the file's order */
    size_t count;
};

/* False: everything that is wrong is among the problems. Free it in either case. */
bool route_table_load(struct route_table *table, const char *path, struct problem_list *problems);
void route_table_free(struct route_table *table);

/* NULL: no mail is made of the type. */
const struct route *route_table_find(const struct route_table *table, const char *type);

/* "reply_to" */
const char *route_field_name(enum route_field field);
enum mustache_escape route_field_escape(enum route_field field);

#endif
