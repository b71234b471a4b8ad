/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_mail.h"

const char *smtp_phase_name(enum smtp_phase phase) {
    switch (phase) {
    case SMTP_PHASE_CONNECT:
        return "connect";
    case SMTP_PHASE_MAIL:
        return "mail";
    case SMTP_PHASE_RCPT:
        return "rcpt";
    case SMTP_PHASE_DATA:
        return "data";
    case SMTP_PHASE_DOT:
        return "dot";
    }
    return "unknown";
}

const char *smtp_fate_name(enum smtp_fate fate) {
    switch (fate) {
    case SMTP_FATE_REPLIED:
        return "replied";
    case SMTP_FATE_AMBIGUOUS:
        return "ambiguous";
    case SMTP_FATE_BODY_BROKEN:
        return "body_broken";
    case SMTP_FATE_PUT_BACK:
        return "put_back";
    case SMTP_FATE_UNSUPPORTED:
        return "unsupported";
    }
    return "unknown";
}
