/* SPDX-License-Identifier: Apache-2.0 */
#include "report_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct flight *flight_new(int64_t id, const char *event_id, size_t size) {
    size_t event_id_size = strlen(event_id) + 1;
    struct flight *flight = calloc(1, sizeof *flight + event_id_size);
    if (flight == NULL)
        return NULL;
    flight->id = id;
    flight->size = size;
    memcpy(flight->event_id, event_id, event_id_size);
    return flight;
}

void flight_set_report(struct flight *flight, enum notify_error error, const char *text) {
    flight->error = error;
    if (error == NOTIFY_OK)
        flight->reason[0] = '\0';
    else if (text == NULL || text[0] == '\0')
        snprintf(flight->reason, sizeof flight->reason, "%s", notify_client_error_text(error));
    else
        snprintf(flight->reason, sizeof flight->reason, "%s", text);
}

bool report_list_init(struct report_list *list, int wake_descriptor) {
    list->first = NULL;
    list->end = &list->first;
    list->wake_descriptor = wake_descriptor;
    return pthread_mutex_init(&list->mutex, NULL) == 0;
}

void report_list_finish(struct report_list *list) {
    pthread_mutex_destroy(&list->mutex);
}

void report_list_push(struct report_list *list, struct flight *flight) {
    flight->next = NULL;
    pthread_mutex_lock(&list->mutex);
    bool was_empty = list->first == NULL;
    *list->end = flight;
    list->end = &flight->next;
    pthread_mutex_unlock(&list->mutex);
    if (was_empty)
        wake_up(list->wake_descriptor);
}

struct flight *report_list_take(struct report_list *list) {
    pthread_mutex_lock(&list->mutex);
    struct flight *first = list->first;
    list->first = NULL;
    list->end = &list->first;
    pthread_mutex_unlock(&list->mutex);
    return first;
}

void wake_up(int descriptor) {
    static const uint64_t one = 1;
    ssize_t written;
    do {
        written = write(descriptor, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
}
