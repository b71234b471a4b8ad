/* SPDX-License-Identifier: Apache-2.0 */
/* Prints encoded events, one a line, for check_events.py. */
#include <notify-client.h>
#include <stdio.h>

static int fail(const char *doing) {
    fprintf(stderr, "%s: %s\n", doing, notify_client_last_error_text());
    return 1;
}

int main(void) {
    for (int i = 0; i < 500; i++) {
        notify_event *event;
        char *encoded;
        size_t size;
        if (notify_event_new(&event, "com.example.notification.requested.v1") != NOTIFY_OK)
            return fail("new");
        if (notify_event_set_source(event, "/print-events") != NOTIFY_OK ||
            notify_event_set_subject(event, "user \xE2\x82\xAC") != NOTIFY_OK ||
            notify_event_set_string(event, "recipient", "ada@example.org") != NOTIFY_OK ||
            notify_event_set_string(event, "variables.text", "\"\\/\b\f\n\r\t\x1F\x7F \xF0\x9F\x92\x8C") !=
                NOTIFY_OK ||
            notify_event_set_integer(event, "variables.number", i) != NOTIFY_OK ||
            notify_event_set_boolean(event, "variables.even", i % 2 == 0) != NOTIFY_OK)
            return fail("set");
        if (notify_event_encode(event, &encoded, &size) != NOTIFY_OK)
            return fail("encode");
        if (fwrite(encoded, 1, size, stdout) != size || putchar('\n') == EOF)
            return 1;
        notify_event_free_encoded(encoded);
        notify_event_free(event);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
