/* SPDX-License-Identifier: Apache-2.0 */
/* How far a session is: of each the pool counts how many there are. */
#ifndef NOTIFY_EMAIL_SMTP_SESSION_STATE_H
#define NOTIFY_EMAIL_SMTP_SESSION_STATE_H

enum smtp_session_state {
    SMTP_SESSION_CONNECTING,
    SMTP_SESSION_IDLE,
    SMTP_SESSION_BUSY,
    SMTP_SESSION_QUITTING,
    SMTP_SESSION_ENDED,
    SMTP_SESSION_STATES,
};

#endif
