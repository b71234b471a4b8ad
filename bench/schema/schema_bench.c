/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What validating the data of an event costs: schema_bench FOLDER takes each schema's examples as instances.
 * A figure is the best of some rounds, as whatever else runs on the machine can only make a round slower.
 */
#include <event_schemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 20, CALLS = 20000 };

static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Below 0: the example is not valid. */
static double measure(const struct json_schema *schema, const json_t *example) {
    struct json_schema_violation violation;
    double best = -1;
    for (int round = 0; round < ROUNDS; round++) {
        double start = nanoseconds();
        for (int i = 0; i < CALLS; i++) {
            if (json_schema_validate(schema, example, &violation) != JSON_SCHEMA_OK)
                return -1;
        }
        double each = (nanoseconds() - start) / CALLS;
        if (round == 0 || each < best)
            best = each;
    }
    return best;
}

static int measure_type(const struct event_schemas *schemas, const char *folder, const char *type) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", folder, type);
    json_t *document = json_load_file(path, 0, NULL);
    const json_t *examples = json_object_get(document, "examples");
    int failed = 0;
    for (size_t i = 0; i < json_array_size(examples); i++) {
        double cost = measure(event_schemas_find(schemas, type), json_array_get(examples, i));
        if (cost < 0) {
            fprintf(stderr, "%s: example %zu is not valid\n", type, i);
            failed = 1;
        } else {
            printf("%-44s example %zu  %6.0f ns\n", type, i, cost);
        }
    }
    json_decref(document);
    return failed;
}

int main(int argc, char **argv) {
    char reason[512];
    struct event_schemas *schemas;
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 64;
    }
    if (event_schemas_load(&schemas, argv[1], reason, sizeof reason) != JSON_SCHEMA_OK) {
        fprintf(stderr, "%s\n", reason);
        return 78;
    }
    int failed = 0;
    for (size_t i = 0; i < event_schemas_count(schemas); i++)
        failed |= measure_type(schemas, argv[1], event_schemas_type(schemas, i));
    event_schemas_free(schemas);
    return failed == 0 ? EXIT_SUCCESS : 70;
}
