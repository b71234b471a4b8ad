/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_context.h"
#include "common/digest.h"
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

enum { VERSION_AT = 0, TRACE_ID_AT = 3, PARENT_ID_AT = 36, FLAGS_AT = 53, TRACEPARENT_LENGTH = 55 };

/* Lower case only: §3.2.2.3 forbids upper case. */
static bool is_lower_hex(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    }
    return true;
}

static bool is_all_zero(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '0')
            return false;
    }
    return true;
}

bool traceparent_is_valid(const char *traceparent) {
    size_t length = strnlen(traceparent, TRACEPARENT_LENGTH + 1);
    if (length < TRACEPARENT_LENGTH)
        return false;
    if (traceparent[2] != '-' || traceparent[PARENT_ID_AT - 1] != '-' || traceparent[FLAGS_AT - 1] != '-')
        return false;
    if (!is_lower_hex(traceparent + VERSION_AT, 2) || !is_lower_hex(traceparent + TRACE_ID_AT, 32) ||
        !is_lower_hex(traceparent + PARENT_ID_AT, 16) || !is_lower_hex(traceparent + FLAGS_AT, 2))
        return false;
    if (strncmp(traceparent, "ff", 2) == 0)
        return false;
    /* Version 00 ends here; a later one may go on after a dash (§4.3). */
    if (strncmp(traceparent, "00", 2) == 0
            ? length != TRACEPARENT_LENGTH
            : length > TRACEPARENT_LENGTH && traceparent[TRACEPARENT_LENGTH] != '-')
        return false;
    return !is_all_zero(traceparent + TRACE_ID_AT, 32) && !is_all_zero(traceparent + PARENT_ID_AT, 16);
}

static bool tracestate_is_usable(const char *tracestate) {
    size_t length = strnlen(tracestate, TRACESTATE_SIZE);
    if (length == 0 || length >= TRACESTATE_SIZE)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (tracestate[i] < 0x20 || tracestate[i] > 0x7e)
            return false;
    }
    return true;
}

static bool make_traceparent(char out[TRACEPARENT_SIZE]) {
    uint8_t random[24];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    random[15] |= 1; /* neither id may be all zero */
    random[23] |= 1;
    memcpy(out, "00-", 3);
    digest_hex(random, 16, out + TRACE_ID_AT);
    out[PARENT_ID_AT - 1] = '-';
    digest_hex(random + 16, 8, out + PARENT_ID_AT);
    memcpy(out + FLAGS_AT - 1, "-01", 4);
    return true;
}

bool trace_context_take(struct trace_context *context, const char *traceparent, const char *tracestate) {
    context->tracestate[0] = '\0';
    if (traceparent != NULL && traceparent_is_valid(traceparent)) {
        /* What a later version says beyond these fields is not known here, so it goes on as version 00
         * (§4.3). */
        memcpy(context->traceparent, traceparent, TRACEPARENT_LENGTH);
        context->traceparent[TRACEPARENT_LENGTH] = '\0';
        memcpy(context->traceparent, "00", 2);
        if (tracestate != NULL && tracestate_is_usable(tracestate))
            memcpy(context->tracestate, tracestate, strlen(tracestate) + 1);
    } else if (!make_traceparent(context->traceparent)) {
        return false;
    }
    memcpy(context->trace_id, context->traceparent + TRACE_ID_AT, 32);
    context->trace_id[32] = '\0';
    return true;
}
