/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth_token.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: opening a pipe does not wait for its writer. */
static int open_file(const char *path, struct error *error) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0) {
        error_set(error, "the token file %s cannot be read: %s", path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        error_set(error, "the token file %s is no file", path);
    } else {
        return file;
    }
    if (file >= 0)
        close(file);
    return -1;
}

/* -1: the error is set. */
static ssize_t read_whole(int file, char *out, size_t room, const char *path, struct error *error) {
    size_t size = 0;
    while (size < room) {
        ssize_t count = read(file, out + size, room - size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            error_set(error, "the token file %s cannot be read: %s", path, strerror(errno));
            return -1;
        }
        if (count == 0)
            return (ssize_t)size;
        size += (size_t)count;
    }
    error_set(error, "the token file %s holds more than %d octets", path, OAUTH_TOKEN_LONGEST);
    return -1;
}

static bool is_blank(char octet) {
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

static void trim(char *text, size_t size) {
    size_t start = 0;
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    while (start < size && is_blank(text[start]))
        start++;
    memmove(text, text + start, size - start);
    text[size - start] = '\0';
}

/* RFC 6750 §2.1, b64token. Anything else could be more than a token in the message that carries it. */
static bool is_token(const char *text, size_t size) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
    size_t body = strspn(text, allowed);
    return body > 0 && body + strspn(text + body, "=") == size;
}

bool oauth_token_read(struct oauth_token *token, const char *path, struct error *error) {
    int file = open_file(path, error);
    if (file < 0)
        return false;
    /* One octet more than may be, to tell, and room for a NUL. */
    ssize_t size = read_whole(file, token->text, sizeof token->text - 1, path, error);
    close(file);
    bool good = size >= 0;
    if (good) {
        /* A NUL inside would hide what follows. */
        bool is_text = memchr(token->text, '\0', (size_t)size) == NULL;
        trim(token->text, (size_t)size);
        good = (is_text && is_token(token->text, strlen(token->text)))
                   ? true
                   : error_set(error, "the token file %s holds no token", path);
    }
    if (!good)
        oauth_token_wipe(token);
    return good;
}

void oauth_token_wipe(struct oauth_token *token) {
    explicit_bzero(token->text, sizeof token->text);
}
