/* SPDX-License-Identifier: Apache-2.0 */
#include <syslog.h>

#include "relay.h"

#define BUSY_DELAY_MS 20
#define BUSY_TOLD_AFTER_MS 5000
#define FIRST_DELAY_MS 100
#define MAX_DELAY_MS 5000

static int64_t next_delay(const struct trouble *trouble, enum storage_result result) {
    if (result == STORAGE_BUSY)
        return BUSY_DELAY_MS;
    if (trouble->delay_ms < FIRST_DELAY_MS)
        return FIRST_DELAY_MS;
    return trouble->delay_ms * 2 < MAX_DELAY_MS ? trouble->delay_ms * 2 : MAX_DELAY_MS;
}

void trouble_note(struct relay *relay, struct trouble *trouble, enum storage_result result, const char *what,
                  int64_t now_ms) {
    if (trouble->since_ms == 0)
        trouble->since_ms = now_ms;
    trouble->is_fresh = true;
    trouble->delay_ms = next_delay(trouble, result);
    trouble->again_at_ms = now_ms + trouble->delay_ms;
    bool is_worth_telling = result == STORAGE_FAILED || now_ms - trouble->since_ms >= BUSY_TOLD_AFTER_MS;
    if (trouble->is_told || !is_worth_telling)
        return;
    trouble->is_told = true;
    relay_log(relay, LOG_ERR, "outbox: the database does not let the relay %s: %s; it keeps trying", what,
              relay->storage->error_text);
}

void trouble_end_turn(struct relay *relay, struct trouble *trouble, const char *what) {
    if (trouble->is_fresh || trouble->since_ms == 0) {
        trouble->is_fresh = false;
        return;
    }
    if (trouble->is_told)
        relay_log(relay, LOG_NOTICE, "outbox: the database lets the relay %s again", what);
    *trouble = (struct trouble){0};
}
