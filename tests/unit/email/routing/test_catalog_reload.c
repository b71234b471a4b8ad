/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP on a real loop, while mails could go on. */
#include "common/log.h"
#include "fixture.h"
#include "routing/catalog_reload.h"
#include <check.h>
#include <signal.h>
#include <stdlib.h>

#define PATIENCE_MS 15000

static struct fixture fixture;
static uv_loop_t loop;
static struct catalog_reload reload;
static uint64_t deadline;

static void set_up(void) {
    fixture_set_up(&fixture);
    log_configure("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    ck_assert(fixture_load(&fixture));
    ck_assert_uint_eq(fixture.catalog.routes.count, 0);
    const struct mail_catalog_source source = {
        .routes_file = fixture.routes,
        .templates_folder = fixture.templates,
        .schemas_folder = fixture.schemas,
        .variables = fixture.variables,
    };
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    catalog_reload_init(&reload, &loop, &fixture.catalog, &source);
    ck_assert_int_eq(catalog_reload_start(&reload), 0);
    deadline = uv_hrtime() / 1000000 + PATIENCE_MS;
}

static void tear_down(void) {
    catalog_reload_close(&reload);
    ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    fixture_tear_down(&fixture);
}

static void turn(void) {
    ck_assert_msg(uv_hrtime() / 1000000 < deadline, "nothing came of the signal");
    uv_run(&loop, UV_RUN_ONCE);
}

/* Until what the signal began has ended. */
static void send_and_wait(void) {
    ck_assert_int_eq(raise(SIGHUP), 0);
    while (!reload.is_loading)
        turn();
    while (reload.is_loading)
        turn();
}

START_TEST(a_signal_replaces_the_catalog) {
    fixture_route(&fixture, "{\"template\": \"notice\", \"to\": \"a@example.org\"}");
    send_and_wait();
    ck_assert_ptr_nonnull(route_table_find(&fixture.catalog.routes, ORDER_TYPE));
    fixture_write(&fixture, "routes.json", "{\"routes\": []}");
    send_and_wait();
    ck_assert_ptr_null(route_table_find(&fixture.catalog.routes, ORDER_TYPE));
}
END_TEST

START_TEST(a_mistake_changes_nothing) {
    const struct mail_catalog before = fixture.catalog;
    fixture_route(&fixture, "{\"template\": \"none\", \"to\": \"a@example.org\"}");
    send_and_wait();
    ck_assert_mem_eq(&fixture.catalog, &before, sizeof before);
}
END_TEST

START_TEST(a_signal_while_loading_loads_once_more) {
    ck_assert_int_eq(raise(SIGHUP), 0);
    while (!reload.is_loading)
        turn();
    fixture_route(&fixture, "{\"template\": \"notice\", \"to\": \"a@example.org\"}");
    ck_assert_int_eq(raise(SIGHUP), 0);
    while (route_table_find(&fixture.catalog.routes, ORDER_TYPE) == NULL)
        turn();
    while (reload.is_loading)
        turn();
}
END_TEST

START_TEST(the_end_waits_for_what_is_being_loaded) {
    fixture_route(&fixture, "{\"template\": \"notice\", \"to\": \"a@example.org\"}");
    ck_assert_int_eq(raise(SIGHUP), 0);
    while (!reload.is_loading)
        turn();
    /* tear_down closes everything now; nothing of it may be lost or used after. */
}
END_TEST

int main(void) {
    Suite *suite = suite_create("catalog_reload");
    TCase *reloading = tcase_create("reloading");
    tcase_add_checked_fixture(reloading, set_up, tear_down);
    tcase_add_test(reloading, a_signal_replaces_the_catalog);
    tcase_add_test(reloading, a_mistake_changes_nothing);
    tcase_add_test(reloading, a_signal_while_loading_loads_once_more);
    tcase_add_test(reloading, the_end_waits_for_what_is_being_loaded);
    suite_add_tcase(suite, reloading);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
