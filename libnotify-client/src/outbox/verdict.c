/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

enum verdict verdict_of(enum notify_error error) {
    switch (error) {
    case NOTIFY_OK:
        return VERDICT_DELIVERED;
    case NOTIFY_E_TOO_LARGE:
    case NOTIFY_E_INVALID_EVENT:
    case NOTIFY_E_INVALID_ARGUMENT:
        return VERDICT_REFUSED;
    case NOTIFY_E_QUEUE_FULL:
    case NOTIFY_E_NO_MEMORY:
    case NOTIFY_E_SYSTEM:
    case NOTIFY_E_CLOSED:
        return VERDICT_CLIENT_BUSY;
    case NOTIFY_E_UNKNOWN_TOPIC:
    case NOTIFY_E_NOT_AUTHORIZED: /* An operator mends both without touching the row. */
    case NOTIFY_E_NOT_DELIVERED:
    case NOTIFY_E_POSSIBLY_DELIVERED: /* Consumers drop the second event with the same source and id. */
    case NOTIFY_E_TIMED_OUT:
    case NOTIFY_E_INVALID_CONFIG:
    case NOTIFY_E_DATABASE:
    case NOTIFY_E_LOCKED:
        break;
    }
    /* Unknown ones, from a newer client, too: waiting loses nothing. */
    return VERDICT_TRY_AGAIN;
}
