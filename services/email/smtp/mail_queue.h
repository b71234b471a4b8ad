/* SPDX-License-Identifier: Apache-2.0 */
/* Mails that wait for a session, first in, first out, linked by smtp_mail.next. While one is in here, its
 * is_probe stays as it is: probes are counted. */
#ifndef NOTIFY_EMAIL_SMTP_MAIL_QUEUE_H
#define NOTIFY_EMAIL_SMTP_MAIL_QUEUE_H

#include "smtp_mail.h"

struct mail_queue {
    struct smtp_mail *first, *last;
    size_t count, probe_count;
};

static inline void mail_queue_append(struct mail_queue *queue, struct smtp_mail *mail) {
    mail->next = NULL;
    if (queue->last != NULL)
        queue->last->next = mail;
    else
        queue->first = mail;
    queue->last = mail;
    queue->count++;
    queue->probe_count += mail->is_probe;
}

static inline void mail_queue_prepend(struct mail_queue *queue, struct smtp_mail *mail) {
    mail->next = queue->first;
    queue->first = mail;
    if (queue->last == NULL)
        queue->last = mail;
    queue->count++;
    queue->probe_count += mail->is_probe;
}

/* False: it is not there. */
static inline bool mail_queue_remove(struct mail_queue *queue, struct smtp_mail *mail) {
    struct smtp_mail *before = NULL;
    for (struct smtp_mail *at = queue->first; at != NULL; before = at, at = at->next) {
        if (at != mail)
            continue;
        if (before != NULL)
            before->next = mail->next;
        else
            queue->first = mail->next;
        if (queue->last == mail)
            queue->last = before;
        mail->next = NULL;
        queue->count--;
        queue->probe_count -= mail->is_probe;
        return true;
    }
    return false;
}

#endif
