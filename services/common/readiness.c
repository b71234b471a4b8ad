/* SPDX-License-Identifier: Apache-2.0 */
#include "readiness.h"
#include "json_text.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_LIMIT = 16, DETAIL_SIZE = 512 };

struct check {
    const char *name;
    bool gates;
    bool ok;
    char detail[DETAIL_SIZE];
};

struct readiness {
    pthread_mutex_t lock;
    struct check checks[CHECK_LIMIT];
    size_t count;
};

struct readiness *readiness_new(void) {
    struct readiness *readiness = calloc(1, sizeof *readiness);
    if (readiness == NULL)
        return NULL;
    if (pthread_mutex_init(&readiness->lock, NULL) != 0) {
        free(readiness);
        return NULL;
    }
    return readiness;
}

void readiness_free(struct readiness *readiness) {
    if (readiness == NULL)
        return;
    pthread_mutex_destroy(&readiness->lock);
    free(readiness);
}

static struct check *find_check(struct readiness *readiness, const char *name) {
    for (size_t i = 0; i < readiness->count; i++) {
        if (strcmp(readiness->checks[i].name, name) == 0)
            return &readiness->checks[i];
    }
    if (readiness->count == CHECK_LIMIT)
        return NULL;
    struct check *check = &readiness->checks[readiness->count++];
    check->name = name;
    return check;
}

void readiness_set(struct readiness *readiness, const char *name, bool gates, bool ok, const char *detail) {
    pthread_mutex_lock(&readiness->lock);
    struct check *check = find_check(readiness, name);
    if (check != NULL) {
        check->gates = gates;
        check->ok = ok;
        snprintf(check->detail, sizeof check->detail, "%s", detail);
    }
    pthread_mutex_unlock(&readiness->lock);
}

static bool is_ready_locked(const struct readiness *readiness) {
    for (size_t i = 0; i < readiness->count; i++) {
        if (readiness->checks[i].gates && !readiness->checks[i].ok)
            return false;
    }
    return readiness->count > 0;
}

bool readiness_is_ready(struct readiness *readiness) {
    pthread_mutex_lock(&readiness->lock);
    bool ready = is_ready_locked(readiness);
    pthread_mutex_unlock(&readiness->lock);
    return ready;
}

bool readiness_render(struct readiness *readiness, struct text_buffer *out) {
    pthread_mutex_lock(&readiness->lock);
    bool ready = is_ready_locked(readiness);
    text_buffer_append_format(out, "{\"ready\":%s,\"checks\":{", ready ? "true" : "false");
    for (size_t i = 0; i < readiness->count; i++) {
        const struct check *check = &readiness->checks[i];
        if (i > 0)
            text_buffer_append_byte(out, ',');
        json_text_append(out, check->name);
        text_buffer_append_format(out, ":{\"ok\":%s,\"detail\":", check->ok ? "true" : "false");
        json_text_append(out, check->detail);
        text_buffer_append_byte(out, '}');
    }
    text_buffer_append_text(out, "}}");
    pthread_mutex_unlock(&readiness->lock);
    return ready;
}
