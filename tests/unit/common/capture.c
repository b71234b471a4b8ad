/* SPDX-License-Identifier: Apache-2.0 */
#include "capture.h"
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void capture_begin(struct capture *capture, int target) {
    fflush(stdout);
    fflush(stderr);
    capture->target = target;
    capture->saved = dup(target);
    capture->file = memfd_create("capture", MFD_CLOEXEC);
    ck_assert_int_ge(capture->saved, 0);
    ck_assert_int_ge(capture->file, 0);
    /* Linux takes no lock on a memory file's position, so threads that write at it would overwrite each
     * other. */
    ck_assert_int_eq(fcntl(capture->file, F_SETFL, O_APPEND), 0);
    ck_assert_int_eq(dup2(capture->file, target), target);
}

char *capture_end(struct capture *capture) {
    fflush(stdout);
    fflush(stderr);
    ck_assert_int_eq(dup2(capture->saved, capture->target), capture->target);
    close(capture->saved);
    struct stat status;
    ck_assert_int_eq(fstat(capture->file, &status), 0);
    char *text = calloc(1, (size_t)status.st_size + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(pread(capture->file, text, (size_t)status.st_size, 0), status.st_size);
    close(capture->file);
    return text;
}
