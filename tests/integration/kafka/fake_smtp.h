/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test double of smtp_pool.h: no server, no sockets. Mails wait, get a session, and are settled after a
 * while by chance, as the header allows. All pools of the process share one server.
 */
#ifndef NOTIFY_TESTS_KAFKA_FAKE_SMTP_H
#define NOTIFY_TESTS_KAFKA_FAKE_SMTP_H

#include "smtp/smtp_pool.h"

struct fake_smtp {
    uint64_t chance;       /* the state of the generator; not 0 */
    int least_ms, most_ms; /* how long a mail is on the wire */
    int bad_percent;       /* how many mails are not simply accepted */
    /* How mails on the wire end that are broken off; SMTP_FATE_REPLIED: their dots are out, they take their
     * time. */
    enum smtp_fate broken_off;
    bool ends_one;       /* one mail on the wire ends now; false again then */
    const char *refused; /* MAIL is answered 550 when the recipient has this in it; "": always; may be NULL */
    void (*begins)(void *data, const struct smtp_mail *mail);
    void (*ends)(void *data, const struct smtp_mail *mail, const struct smtp_result *result);
    void *data;
};
extern struct fake_smtp fake_smtp;

/* Below bound, evenly. */
uint64_t fake_smtp_chance(uint64_t bound);

#endif
