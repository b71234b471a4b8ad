/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder with routes, templates and schemas. */
#ifndef NOTIFY_TEST_ROUTING_FIXTURE_H
#define NOTIFY_TEST_ROUTING_FIXTURE_H

#include "routing/mail_catalog.h"

#define ORDER_TYPE "com.example.order.v1"

struct fixture {
    char folder[200], routes[220], templates[220], schemas[220];
    json_t *variables;
    struct mail_catalog catalog;
    struct problem_list problems;
};

/* A schema of notification.requested, one of ORDER_TYPE, the templates greeting (English, German) and notice.
 */
void fixture_set_up(struct fixture *fixture);
void fixture_tear_down(struct fixture *fixture);

/* name is below the folder; its own folders are made. */
void fixture_write(const struct fixture *fixture, const char *name, const char *text);
void fixture_remove(const struct fixture *fixture, const char *name);
/* A routes file with one route, from ORDER_TYPE to these mails: "{\"template\": …}, …". */
void fixture_route(const struct fixture *fixture, const char *mails);
bool fixture_load(struct fixture *fixture);
/* The problems, with the folder's name left out. The caller frees it. */
char *fixture_problems(const struct fixture *fixture);

#endif
