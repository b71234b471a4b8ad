/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SMTP server that accepts everything, one thread and an event loop, as postfix's smtp-sink, for what that
 * one cannot do.
 *   smtp-sink-bench PORT DELAY_MS SECONDS
 * answers each mail's dot after DELAY_MS, and ends after SECONDS or when its standard input ends. With
 * DELAY_MS below 0 it does not wait, and prints a line for each mail: its X-Event-Id and the time of its 250,
 * in µs since 1970.
 *
 * All mails are delayed by the same time, so the sessions that wait stand in a queue in the order of their
 * ends. Sessions are watched edge-triggered: one that waits is not read.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_SIZE = 16 * 1024, OUTPUT_SIZE = 1024, BACKLOG = 1024, EVENTS = 256 };

struct session {
    int fd;
    bool in_message;
    bool is_waiting; /* for the end of the delay */
    bool is_over;    /* nothing more is read, the session is closed when its answer is out */
    bool is_unread;  /* the kernel may have more of it */
    bool is_ending;  /* the client sends nothing more: no edge will tell of that again */
    int64_t due_us;  /* when the dot is answered */
    struct session *next_waiting;
    char event_id[256]; /* of the message at hand */
    size_t input_size, output_size;
    char input[INPUT_SIZE];
    char output[OUTPUT_SIZE];
};

static struct {
    int poll_fd, listening_fd;
    int64_t delay_us;
    bool is_telling; /* a line for each mail */
    struct session *first_waiting, **end_waiting;
} sink = {.end_waiting = &sink.first_waiting};

static int64_t now_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- answers: of pipelined commands they go out together --- */

static void answer(struct session *session, const char *text) {
    size_t size = strlen(text);
    if (size > sizeof session->output - session->output_size) { /* a client that sends and never reads */
        session->is_over = true;
        return;
    }
    memcpy(session->output + session->output_size, text, size);
    session->output_size += size;
}

static void flush(struct session *session) {
    if (session->output_size == 0)
        return;
    ssize_t sent = write(session->fd, session->output, session->output_size);
    if (sent !=
        (ssize_t)session->output_size) /* less than 1 KB that does not fit: the client is gone or stuck */
        session->is_over = true;
    session->output_size = 0;
}

/* --- lines --- */

static void accept_message(struct session *session) {
    answer(session, "250 2.0.0 accepted\r\n");
    if (sink.is_telling)
        printf("%s %lld\n", session->event_id, (long long)now_us(CLOCK_REALTIME));
}

static void end_message(struct session *session) {
    session->in_message = false;
    if (sink.delay_us == 0) {
        accept_message(session);
        return;
    }
    session->is_waiting = true;
    session->due_us = now_us(CLOCK_MONOTONIC) + sink.delay_us;
    session->next_waiting = NULL;
    *sink.end_waiting = session;
    sink.end_waiting = &session->next_waiting;
}

static void take_message_line(struct session *session, const char *line, size_t size) {
    static const char name[] = "X-Event-Id: ";
    if (size == 1 && line[0] == '.') {
        end_message(session);
    } else if (sink.is_telling && size > sizeof name - 1 && memcmp(line, name, sizeof name - 1) == 0) {
        snprintf(session->event_id, sizeof session->event_id, "%.*s", (int)(size - (sizeof name - 1)),
                 line + sizeof name - 1);
    }
}

static bool is_command(const char *line, size_t size, const char *verb) {
    return size >= 4 && strncasecmp(line, verb, 4) == 0;
}

static void take_command(struct session *session, const char *line, size_t size) {
    if (is_command(line, size, "EHLO")) {
        answer(session, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
    } else if (is_command(line, size, "DATA")) {
        answer(session, "354 go on\r\n");
        session->in_message = true;
        strcpy(session->event_id, "-");
    } else if (is_command(line, size, "QUIT")) {
        answer(session, "221 bye\r\n");
        session->is_over = true;
    } else {
        answer(session, "250 ok\r\n");
    }
}

/* Whole lines of what was read; the rest stays. */
static void take_lines(struct session *session) {
    const char *at = session->input, *end = session->input + session->input_size, *feed;
    while (!session->is_waiting && !session->is_over &&
           (feed = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        size_t size = (size_t)(feed - at);
        if (size > 0 && at[size - 1] == '\r')
            size--;
        if (session->in_message)
            take_message_line(session, at, size);
        else
            take_command(session, at, size);
        at = feed + 1;
    }
    session->input_size = (size_t)(end - at);
    memmove(session->input, at, session->input_size);
}

/* --- sessions --- */

static void read_once(struct session *session) {
    size_t room = sizeof session->input - session->input_size;
    ssize_t size = room == 0 ? 0 : read(session->fd, session->input + session->input_size, room);
    if (size > 0) {
        session->input_size += (size_t)size;
        session->is_unread =
            (size_t)size == room || session->is_ending; /* after less than asked for, an edge tells of more */
    } else if (size < 0 && errno == EAGAIN) {
        session->is_unread = false;
    } else { /* its end, an error, or a line without one */
        session->is_over = true;
    }
}

/* As far as it goes now. The session may be gone afterwards. */
static void serve(struct session *session) {
    take_lines(session);
    while (session->is_unread && !session->is_waiting && !session->is_over) {
        read_once(session);
        take_lines(session);
    }
    flush(session);
    if (session->is_over && !session->is_waiting) {
        close(session->fd);
        free(session);
    }
}

static void answer_due(void) {
    int64_t now = now_us(CLOCK_MONOTONIC);
    struct session *session;
    while ((session = sink.first_waiting) != NULL && session->due_us <= now) {
        sink.first_waiting = session->next_waiting;
        if (sink.first_waiting == NULL)
            sink.end_waiting = &sink.first_waiting;
        session->is_waiting = false;
        accept_message(session);
        serve(session);
    }
}

static void accept_session(void) {
    int fd = accept4(sink.listening_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    if (fd < 0)
        return;
    struct session *session = calloc(1, sizeof *session);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = session};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (session == NULL || epoll_ctl(sink.poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(session);
        close(fd);
        return;
    }
    session->fd = fd;
    answer(session, "220 sink ESMTP\r\n");
    flush(session);
}

/* --- the loop --- */

static bool watch(int fd, void *data) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    return epoll_ctl(sink.poll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool listen_on(uint16_t port) {
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sink.poll_fd = epoll_create1(EPOLL_CLOEXEC);
    sink.listening_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return sink.poll_fd >= 0 && sink.listening_fd >= 0 &&
           setsockopt(sink.listening_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           bind(sink.listening_fd, (struct sockaddr *)&address, sizeof address) == 0 &&
           listen(sink.listening_fd, BACKLOG) == 0 && watch(sink.listening_fd, &sink.listening_fd) &&
           watch(STDIN_FILENO, NULL);
}

/* To the microsecond: epoll_wait() rounds to milliseconds, a twentieth of a delay of 20. */
static int wait_for_events(struct epoll_event *events) {
    int64_t left_us = 1000000;
    if (sink.first_waiting != NULL)
        left_us = sink.first_waiting->due_us - now_us(CLOCK_MONOTONIC);
    if (left_us < 0)
        left_us = 0;
    struct timespec left = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
    return epoll_pwait2(sink.poll_fd, events, EVENTS, &left, NULL);
}

static void run_until(time_t end) {
    struct epoll_event events[EVENTS];
    while (time(NULL) < end) {
        int count = wait_for_events(events);
        for (int i = 0; i < count; i++) {
            struct session *session = events[i].data.ptr;
            if (events[i].data.ptr == NULL)
                return;
            if (events[i].data.ptr == &sink.listening_fd) {
                accept_session();
                continue;
            }
            session->is_unread = true;
            session->is_ending = (events[i].events & (EPOLLRDHUP | EPOLLHUP)) != 0;
            serve(session);
        }
        answer_due();
    }
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s PORT DELAY_MS SECONDS\n", arguments[0]);
        return 64;
    }
    long delay_ms = atol(arguments[2]);
    sink.is_telling = delay_ms < 0;
    sink.delay_us = delay_ms > 0 ? delay_ms * 1000 : 0;
    if (!listen_on((uint16_t)atoi(arguments[1]))) {
        perror("smtp-sink-bench");
        return 70;
    }
    run_until(time(NULL) + atol(arguments[3]));
    fflush(stdout);
    return 0;
}
