/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_lock.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[96];

static void set_up(void) {
    snprintf(folder, sizeof folder, "%s", "/tmp/notify-outbox-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/app.db", folder);
}

static void tear_down(void) {
    char lock_path[128];
    snprintf(lock_path, sizeof lock_path, "%s.relay-lock", path);
    unlink(lock_path);
    rmdir(folder);
}

START_TEST(the_second_one_in_a_process_is_refused_and_told_who_has_it) {
    int first;
    int second;
    char text[256] = "";
    char process[32];
    ck_assert_int_eq(relay_lock_take(path, &first, text, sizeof text), NOTIFY_OK);
    ck_assert_int_eq(relay_lock_take(path, &second, text, sizeof text), NOTIFY_E_LOCKED);
    snprintf(process, sizeof process, "(process %ld)", (long)getpid());
    ck_assert_ptr_nonnull(strstr(text, process));
    ck_assert_ptr_nonnull(strstr(text, "app.db.relay-lock"));
    relay_lock_release(first);
    ck_assert_int_eq(relay_lock_take(path, &second, text, sizeof text), NOTIFY_OK);
    relay_lock_release(second);
}
END_TEST

START_TEST(another_process_is_refused_until_the_first_one_dies) {
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int held;
        char answer = relay_lock_take(path, &held, NULL, 0) == NOTIFY_OK ? 'y' : 'n';
        if (write(ready[1], &answer, 1) == 1)
            pause();
        _exit(1);
    }
    char answer = 0;
    ck_assert_int_eq(read(ready[0], &answer, 1), 1);
    ck_assert_int_eq(answer, 'y');
    int held;
    ck_assert_int_eq(relay_lock_take(path, &held, NULL, 0), NOTIFY_E_LOCKED);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(relay_lock_take(path, &held, NULL, 0), NOTIFY_OK);
    relay_lock_release(held);
    close(ready[0]);
    close(ready[1]);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_a_system_error) {
    int held;
    char text[256] = "";
    ck_assert_int_eq(relay_lock_take("/nonexistent/app.db", &held, text, sizeof text), NOTIFY_E_SYSTEM);
    ck_assert_ptr_nonnull(strstr(text, "No such file or directory"));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        the_second_one_in_a_process_is_refused_and_told_who_has_it,
        another_process_is_refused_until_the_first_one_dies,
        a_folder_that_is_not_there_is_a_system_error,
    };
    return suite_run_with_fixture("outbox lock", tests, SUITE_COUNT(tests), set_up, tear_down);
}
