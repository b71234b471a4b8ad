/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "error_text.h"

/* Only for the error text of the one who comes second; the lock itself is what counts. */
static void write_process_id(int descriptor) {
    char text[32];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (length <= 0 || ftruncate(descriptor, 0) != 0)
        return;
    if (pwrite(descriptor, text, (size_t)length, 0) != length)
        return; /* A full disk: the relay works without its number in the file. */
}

static long read_process_id(int descriptor) {
    char text[32] = "";
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    return length > 0 ? strtol(text, NULL, 10) : 0;
}

static enum notify_error lock_descriptor(int descriptor, const char *lock_path, char *error_text,
                                         size_t error_text_size) {
    int result;
    /* flock belongs to the open file, not to the process as fcntl's locks do: it also refuses a second relay
     * in here. */
    do {
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result == 0)
        return NOTIFY_OK;
    if (errno == EWOULDBLOCK)
        return outbox_error(error_text, error_text_size, NOTIFY_E_LOCKED,
                            "another relay has the lock %s (process %ld)", lock_path,
                            read_process_id(descriptor));
    return outbox_error(error_text, error_text_size, NOTIFY_E_SYSTEM, "%s cannot be locked: %s", lock_path,
                        strerror(errno));
}

enum notify_error relay_lock_take(const char *path, int *descriptor_out, char *error_text,
                                  size_t error_text_size) {
    char *lock_path = NULL;
    if (asprintf(&lock_path, "%s.relay-lock", path) < 0)
        return outbox_error(error_text, error_text_size, NOTIFY_E_NO_MEMORY, "out of memory");
    enum notify_error error;
    int descriptor = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0)
        error = outbox_error(error_text, error_text_size, NOTIFY_E_SYSTEM, "%s cannot be opened: %s",
                             lock_path, strerror(errno));
    else
        error = lock_descriptor(descriptor, lock_path, error_text, error_text_size);
    free(lock_path);
    if (error != NOTIFY_OK) {
        relay_lock_release(descriptor);
        return error;
    }
    write_process_id(descriptor);
    *descriptor_out = descriptor;
    return NOTIFY_OK;
}

void relay_lock_release(int descriptor) {
    if (descriptor >= 0)
        close(descriptor);
}
