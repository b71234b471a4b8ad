/* SPDX-License-Identifier: Apache-2.0 */
#include "client_rate.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* 16,384 buckets of 40 bytes: 640 KiB, enough for that many clients at once. */
#define SET_COUNT 4096
#define SET_SIZE 4

struct bucket {
    struct client_address client;
    double tokens;
    int64_t updated_ms;
    bool used;
};

struct client_rate {
    pthread_mutex_t mutex;
    struct rate_limit limit;
    uint64_t hash_key[2];
    struct bucket buckets[SET_COUNT][SET_SIZE];
};

bool setting_parse_rate_limit(const struct setting *setting, const char *value, void *target,
                              struct error *error) {
    (void)setting;
    struct rate_limit *limit = target;
    *limit = (struct rate_limit){0};
    if (strcmp(value, "off") == 0) {
        limit->off = true;
        return true;
    }
    double count = 0, burst = 0;
    char unit[4] = "";
    int used = 0;
    if (sscanf(value, "%lf/%3[a-z]%n", &count, unit, &used) != 2 || !isfinite(count) || count <= 0)
        return error_set(error, "\"%s\" is no rate such as 10/min,burst=20, or off", value);
    double seconds = strcmp(unit, "s") == 0     ? 1
                     : strcmp(unit, "min") == 0 ? 60
                     : strcmp(unit, "h") == 0   ? 3600
                                                : 0;
    if (seconds == 0)
        return error_set(error, "\"%s\": the unit is s, min or h", value);
    burst = 2 * count;
    const char *rest = value + used;
    int rest_used = 0;
    if (*rest != '\0' &&
        (sscanf(rest, " , burst = %lf%n", &burst, &rest_used) != 1 || rest[rest_used] != '\0'))
        return error_set(error, "\"%s\": after the rate comes ,burst=COUNT or nothing", value);
    if (!isfinite(burst) || burst < 1)
        return error_set(error, "\"%s\": the burst is at least 1", value);
    limit->per_second = count / seconds;
    limit->burst = burst;
    return true;
}

struct client_rate *client_rate_new(const struct rate_limit *limit) {
    struct client_rate *rate = calloc(1, sizeof *rate);
    if (rate == NULL)
        return NULL;
    if (getrandom(rate->hash_key, sizeof rate->hash_key, 0) != (ssize_t)sizeof rate->hash_key ||
        pthread_mutex_init(&rate->mutex, NULL) != 0) {
        free(rate);
        return NULL;
    }
    rate->limit = *limit;
    return rate;
}

void client_rate_free(struct client_rate *rate) {
    if (rate == NULL)
        return;
    pthread_mutex_destroy(&rate->mutex);
    free(rate);
}

static uint64_t mix(uint64_t left, uint64_t right) {
    unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Keyed multiply-and-fold: not for cryptography, but without the key the set of an address cannot be told. */
static size_t set_of(const struct client_rate *rate, const struct client_address *client) {
    uint64_t words[2];
    memcpy(words, client->bytes, sizeof words);
    uint64_t hash = mix(words[0] ^ rate->hash_key[0], words[1] ^ rate->hash_key[1]);
    hash = mix(hash ^ rate->hash_key[1], rate->hash_key[0] | 1);
    return hash % SET_COUNT;
}

static bool is_ipv4(const struct client_address *client) {
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(client->bytes, prefix, sizeof prefix) == 0;
}

static struct bucket *find_bucket(struct client_rate *rate, const struct client_address *client,
                                  int64_t now_ms) {
    struct bucket *set = rate->buckets[set_of(rate, client)];
    struct bucket *victim = &set[0];
    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].used && memcmp(set[i].client.bytes, client->bytes, sizeof client->bytes) == 0)
            return &set[i];
        if (!set[i].used || (victim->used && set[i].updated_ms < victim->updated_ms))
            victim = &set[i];
    }
    *victim =
        (struct bucket){.client = *client, .tokens = rate->limit.burst, .updated_ms = now_ms, .used = true};
    return victim;
}

unsigned client_rate_take(struct client_rate *rate, const struct client_address *client, int64_t now_ms) {
    if (rate->limit.off)
        return 0;
    struct client_address network = *client;
    if (!is_ipv4(client))
        memset(network.bytes + 8, 0, 8);
    unsigned wait_seconds = 0;
    pthread_mutex_lock(&rate->mutex);
    struct bucket *bucket = find_bucket(rate, &network, now_ms);
    if (now_ms > bucket->updated_ms) {
        bucket->tokens += (double)(now_ms - bucket->updated_ms) / 1000 * rate->limit.per_second;
        bucket->tokens = fmin(bucket->tokens, rate->limit.burst);
        bucket->updated_ms = now_ms;
    }
    if (bucket->tokens >= 1)
        bucket->tokens -= 1;
    else
        wait_seconds = (unsigned)fmin(ceil((1 - bucket->tokens) / rate->limit.per_second), 86400);
    pthread_mutex_unlock(&rate->mutex);
    return wait_seconds;
}
