/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog_reload.h"

#include "common/log.h"
#include <signal.h>

static void begin(struct catalog_reload *reload);

static void load(uv_work_t *work) {
    struct catalog_reload *reload = work->data;
    mail_catalog_load(&reload->fresh, &reload->source, &reload->problems);
}

static void take(struct catalog_reload *reload) {
    mail_catalog_free(reload->catalog);
    *reload->catalog = reload->fresh;
    reload->fresh = (struct mail_catalog){0};
    log_info("routes, templates and schemas are loaded anew",
             LOG_FIELDS(log_integer("templates", (int64_t)template_store_count(reload->catalog->templates)),
                        log_integer("routes", (int64_t)reload->catalog->routes.count)));
}

static void refuse(struct catalog_reload *reload) {
    log_error("routes, templates and schemas stay as they were: the new ones have problems",
              LOG_FIELDS(log_integer("problems", (int64_t)reload->problems.count)));
    log_lines(LOG_LEVEL_ERROR, problem_list_text(&reload->problems));
}

static void loaded(uv_work_t *work, int status) {
    struct catalog_reload *reload = work->data;
    (void)status; /* it is never cancelled */
    reload->is_loading = false;
    if (reload->problems.count == 0)
        take(reload);
    else
        refuse(reload);
    problem_list_free(&reload->problems);
    if (reload->once_more && !uv_is_closing((uv_handle_t *)&reload->on_hangup))
        begin(reload);
}

static void begin(struct catalog_reload *reload) {
    reload->once_more = false;
    reload->is_loading = true;
    int failed = uv_queue_work(reload->on_hangup.loop, &reload->work, load, loaded);
    if (failed == 0)
        return;
    reload->is_loading = false;
    log_error("routes, templates and schemas cannot be loaded anew",
              LOG_FIELDS(log_text("reason", uv_strerror(failed))));
}

static void on_signal(uv_signal_t *handle, int number) {
    struct catalog_reload *reload = handle->data;
    (void)number;
    if (reload->is_loading)
        reload->once_more = true;
    else
        begin(reload);
}

void catalog_reload_init(struct catalog_reload *reload, uv_loop_t *loop, struct mail_catalog *catalog,
                         const struct mail_catalog_source *source) {
    *reload = (struct catalog_reload){.source = *source, .catalog = catalog, .problems = PROBLEM_LIST_EMPTY};
    uv_signal_init(loop, &reload->on_hangup);
    reload->on_hangup.data = reload->work.data = reload;
}

int catalog_reload_start(struct catalog_reload *reload) {
    return uv_signal_start(&reload->on_hangup, on_signal, SIGHUP);
}

void catalog_reload_close(struct catalog_reload *reload) {
    uv_close((uv_handle_t *)&reload->on_hangup, NULL);
}
