/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SMTP server that accepts everything, a thread for each session: for what postfix's smtp-sink cannot do.
 *   smtp-sink-bench PORT DELAY_MS SECONDS
 * answers each mail's dot after DELAY_MS, and ends after SECONDS or when its standard input ends. With
 * DELAY_MS below 0 it does not wait, and prints a line for each mail: its X-Event-Id and the time of its 250,
 * in µs since 1970.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 4096, BACKLOG = 1024, STACK_SIZE = 128 * 1024 };

static long delay_ms;

struct session {
    FILE *in;
    int fd;
    char answer[1024];
    size_t answer_size;
};

static bool flush(struct session *session) {
    size_t sent = 0;
    while (sent < session->answer_size) {
        ssize_t size = write(session->fd, session->answer + sent, session->answer_size - sent);
        if (size <= 0)
            return false;
        sent += (size_t)size;
    }
    session->answer_size = 0;
    return true;
}

/* Answers to pipelined commands go out together, once nothing more has been read. */
static bool answer(struct session *session, const char *text) {
    size_t size = strlen(text);
    if (session->answer_size + size > sizeof session->answer && !flush(session))
        return false;
    memcpy(session->answer + session->answer_size, text, size);
    session->answer_size += size;
    return true;
}

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool take_message(struct session *session) {
    char line[LINE_SIZE], event_id[256] = "-";
    if (!answer(session, "354 go on\r\n") || !flush(session))
        return false;
    do {
        if (fgets(line, sizeof line, session->in) == NULL)
            return false;
        if (strncmp(line, "X-Event-Id: ", 12) == 0)
            snprintf(event_id, sizeof event_id, "%.*s", (int)strcspn(line + 12, "\r\n"), line + 12);
    } while (strcmp(line, ".\r\n") != 0);
    if (delay_ms > 0)
        usleep((useconds_t)delay_ms * 1000);
    if (!answer(session, "250 2.0.0 accepted\r\n") || !flush(session))
        return false;
    if (delay_ms < 0)
        printf("%s %lld\n", event_id, (long long)now_us());
    return true;
}

static bool take_command(struct session *session, const char *line) {
    if (strncasecmp(line, "EHLO", 4) == 0)
        return answer(session, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n") &&
               flush(session);
    if (strncasecmp(line, "DATA", 4) == 0)
        return take_message(session);
    if (strncasecmp(line, "QUIT", 4) == 0)
        return answer(session, "221 bye\r\n") && flush(session) && false;
    if (!answer(session, "250 ok\r\n"))
        return false;
    /* The group ends with DATA, whose 354 takes these along; alone, they wait for nothing. */
    return strncasecmp(line, "MAIL", 4) == 0 || strncasecmp(line, "RCPT", 4) == 0 || flush(session);
}

static void *serve(void *data) {
    struct session session = {.fd = (int)(intptr_t)data};
    char line[LINE_SIZE];
    session.in = fdopen(session.fd, "r");
    if (session.in == NULL) {
        close(session.fd);
        return NULL;
    }
    bool going = answer(&session, "220 sink ESMTP\r\n") && flush(&session);
    while (going && fgets(line, sizeof line, session.in) != NULL)
        going = take_command(&session, line);
    fclose(session.in);
    return NULL;
}

static int listen_on(uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)
        return -1;
    return fd;
}

static void accept_one(int listening, const pthread_attr_t *attributes) {
    int fd = accept(listening, NULL, NULL), on = 1;
    pthread_t thread;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (pthread_create(&thread, attributes, serve, (void *)(intptr_t)fd) != 0)
        close(fd);
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s PORT DELAY_MS SECONDS\n", arguments[0]);
        return 64;
    }
    int listening = listen_on((uint16_t)atoi(arguments[1]));
    delay_ms = atol(arguments[2]);
    time_t end = time(NULL) + atol(arguments[3]);
    pthread_attr_t attributes;
    if (listening < 0 || pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, STACK_SIZE) != 0 ||
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) != 0) {
        perror("smtp-sink-bench");
        return 70;
    }
    struct pollfd watched[] = {{.fd = listening, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    while (time(NULL) < end && watched[1].revents == 0)
        if (poll(watched, 2, 1000) > 0 && watched[0].revents != 0)
            accept_one(listening, &attributes);
    fflush(stdout);
    _exit(0);
}
