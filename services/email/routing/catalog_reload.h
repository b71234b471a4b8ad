/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP: the catalog is loaded anew. Files are read and compiled on a thread of libuv's pool, so that mails
 * go on meanwhile; the change itself is made on the loop, between two records.
 */
#ifndef NOTIFY_EMAIL_CATALOG_RELOAD_H
#define NOTIFY_EMAIL_CATALOG_RELOAD_H

#include "mail_catalog.h"
#include <uv.h>

struct catalog_reload {
    uv_signal_t on_hangup;
    uv_work_t work;
    struct mail_catalog_source source;
    struct mail_catalog *catalog; /* that is in use */
    struct mail_catalog fresh;    /* the thread's while it works */
    struct problem_list problems;
    bool is_loading;
    bool once_more; /* a signal came while it was loading: what it means may have been read before */
};

/* The catalog, and what the source borrows, stay the caller's. */
void catalog_reload_init(struct catalog_reload *reload, uv_loop_t *loop, struct mail_catalog *catalog,
                         const struct mail_catalog_source *source);
/* 0, or libuv's error. */
int catalog_reload_start(struct catalog_reload *reload);
/* The loop runs on until what is being loaded is there. */
void catalog_reload_close(struct catalog_reload *reload);

#endif
