/* SPDX-License-Identifier: Apache-2.0 */
/* notify-devbroker as a process of its own, seen through a Kafka client. */
#include "suite.h"
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

struct run {
    pid_t pid;
    FILE *output; /* its standard output */
    FILE *errors;
};

static char folder[] = "/tmp/notify-devbroker-XXXXXX";

static void write_file(char *path, size_t path_size, const char *name, const char *text) {
    snprintf(path, path_size, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static struct run start(const char *const arguments[]) {
    char *argv[16] = {getenv("NOTIFY_DEVBROKER")};
    ck_assert_ptr_nonnull(argv[0]);
    for (size_t i = 0; arguments[i] != NULL; i++)
        argv[i + 1] = (char *)arguments[i];

    int output[2];
    int errors[2];
    ck_assert_int_eq(pipe(output), 0);
    ck_assert_int_eq(pipe(errors), 0);
    pid_t pid = fork();
    ck_assert_int_ne(pid, -1);
    if (pid == 0) {
        dup2(output[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        close(output[0]);
        close(errors[0]);
        execv(argv[0], argv);
        _exit(127);
    }
    close(output[1]);
    close(errors[1]);
    return (struct run){.pid = pid, .output = fdopen(output[0], "r"), .errors = fdopen(errors[0], "r")};
}

/* The exit status; -1 when it died by a signal. */
static int finish(struct run *run, int signal_number) {
    int status = 0;
    if (signal_number != 0)
        ck_assert_int_eq(kill(run->pid, signal_number), 0);
    ck_assert_int_eq(waitpid(run->pid, &status, 0), run->pid);
    fclose(run->output);
    fclose(run->errors);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_line(FILE *stream, char *line, size_t size) {
    struct pollfd wait = {.fd = fileno(stream), .events = POLLIN};
    ck_assert_int_eq(poll(&wait, 1, PATIENCE_MS), 1);
    ck_assert_ptr_nonnull(fgets(line, (int)size, stream));
    line[strcspn(line, "\n")] = '\0';
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *bootstrap) {
    char reason[256];
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap, reason, sizeof reason);
    rd_kafka_conf_set(configuration, "allow.auto.create.topics", "false", reason, sizeof reason);
    rd_kafka_conf_set(configuration, "group.id", "test", reason, sizeof reason);
    rd_kafka_conf_set(configuration, "auto.offset.reset", "earliest", reason, sizeof reason);
    rd_kafka_t *handle = rd_kafka_new(type, configuration, reason, sizeof reason);
    ck_assert_msg(handle != NULL, "%s", reason);
    return handle;
}

static const struct rd_kafka_metadata_topic *find_topic(const struct rd_kafka_metadata *metadata,
                                                        const char *name) {
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, name) == 0)
            return &metadata->topics[i];
    }
    return NULL;
}

START_TEST(topics_of_the_file_exist_with_their_partitions) {
    char topics[256];
    char bootstrap[256];
    write_file(
        topics, sizeof topics, "topics.json",
        "{\"topics\": [{\"name\": \"users\", \"partitions\": 4, \"replication_factor\": 3, \"config\": {}},"
        " {\"name\": \"email.retry.10s\", \"partitions\": 2, \"replication_factor\": 1}]}");
    struct run run = start((const char *const[]){"--topics", topics, "--brokers", "3", NULL});
    read_line(run.output, bootstrap, sizeof bootstrap);

    rd_kafka_t *handle = client(RD_KAFKA_PRODUCER, bootstrap);
    const struct rd_kafka_metadata *metadata = NULL;
    ck_assert_int_eq(rd_kafka_metadata(handle, 1, NULL, &metadata, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(metadata->broker_cnt, 3);
    ck_assert_int_eq(metadata->topic_cnt, 2);
    const struct rd_kafka_metadata_topic *users = find_topic(metadata, "users");
    const struct rd_kafka_metadata_topic *retry = find_topic(metadata, "email.retry.10s");
    ck_assert_ptr_nonnull(users);
    ck_assert_ptr_nonnull(retry);
    ck_assert_int_eq(users->partition_cnt, 4);
    ck_assert_int_eq(users->partitions[0].replica_cnt, 3);
    ck_assert_int_eq(retry->partition_cnt, 2);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_destroy(handle);
    ck_assert_int_eq(finish(&run, SIGTERM), 0);
}
END_TEST

START_TEST(record_reaches_a_consumer_group) {
    char topics[256];
    char bootstrap[256];
    write_file(topics, sizeof topics, "topics.json",
               "{\"topics\": [{\"name\": \"users\", \"partitions\": 1, \"replication_factor\": 1}]}");
    struct run run = start((const char *const[]){"--topics", topics, NULL});
    read_line(run.output, bootstrap, sizeof bootstrap);

    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, bootstrap);
    char value[] = "hello";
    rd_kafka_resp_err_t error =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("users"), RD_KAFKA_V_KEY("ada", 3),
                          RD_KAFKA_V_VALUE(value, 5), RD_KAFKA_V_END);
    ck_assert_int_eq(error, RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_int_eq(rd_kafka_flush(producer, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);

    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, bootstrap);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "users", RD_KAFKA_PARTITION_UA);
    ck_assert_int_eq(rd_kafka_subscribe(consumer, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, PATIENCE_MS);
    ck_assert_ptr_nonnull(message);
    ck_assert_int_eq(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_mem_eq(message->payload, "hello", 5);
    rd_kafka_message_destroy(message);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    ck_assert_int_eq(finish(&run, SIGINT), 0);
}
END_TEST

START_TEST(bootstrap_file_is_there_while_it_runs) {
    char topics[256];
    char path[256];
    char printed[256];
    char warning[512];
    char found[256] = "";
    write_file(topics, sizeof topics, "topics.json",
               "{\"topics\": [{\"name\": \"users\", \"partitions\": 1, \"replication_factor\": 1}]}");
    snprintf(path, sizeof path, "%s/bootstrap", folder);
    struct run run = start((const char *const[]){"--topics", topics, "--bootstrap-file", path, NULL});
    read_line(run.output, printed, sizeof printed);
    read_line(run.errors, warning, sizeof warning);
    ck_assert_ptr_nonnull(strstr(warning, "5 MiB or 100,000 messages"));

    int tries = 0;
    while (access(path, R_OK) != 0 && tries++ < PATIENCE_MS / 10)
        usleep(10000);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    read_line(file, found, sizeof found);
    fclose(file);
    ck_assert_str_eq(found, printed);
    ck_assert_int_eq(finish(&run, SIGTERM), 0);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static const struct {
    const char *text;
    const char *told;
} bad_files[] = {
    {"{", "bad.json:1"},
    {"{}", "\"topics\" is not an array"},
    {"{\"topics\": []}", "\"topics\" is not an array"},
    {"{\"topics\": [{\"name\": \"a b\", \"partitions\": 1, \"replication_factor\": 1}]}", "topic 1"},
    {"{\"topics\": [{\"name\": \"users\", \"partitions\": 0, \"replication_factor\": 1}]}",
     "topic users: \"partitions\""},
    {"{\"topics\": [{\"partitions\": 1, \"replication_factor\": 1}]}", "topic 1: \"name\""},
};

START_TEST(bad_topic_file_is_one_sentence_and_status_78) {
    char topics[256];
    char sentence[512];
    write_file(topics, sizeof topics, "bad.json", bad_files[_i].text);
    struct run run = start((const char *const[]){"--topics", topics, NULL});
    read_line(run.errors, sentence, sizeof sentence);
    ck_assert_msg(strstr(sentence, bad_files[_i].told) != NULL, "%s", sentence);
    ck_assert_int_eq(fgetc(run.errors), EOF);
    ck_assert_int_eq(finish(&run, 0), 78);
}
END_TEST

START_TEST(bad_usage_ends_with_64) {
    struct run run = start((const char *const[]){"--brokers", "0", NULL});
    ck_assert_int_eq(finish(&run, 0), 64);
    run = start((const char *const[]){"surplus", NULL});
    ck_assert_int_eq(finish(&run, 0), 64);
}
END_TEST

int main(void) {
    if (mkdtemp(folder) == NULL)
        return EXIT_FAILURE;
    Suite *suite = suite_create("devbroker");
    TCase *tests = suite_case(suite, "process", NULL, NULL, 60);
    tcase_add_test(tests, topics_of_the_file_exist_with_their_partitions);
    tcase_add_test(tests, record_reaches_a_consumer_group);
    tcase_add_test(tests, bootstrap_file_is_there_while_it_runs);
    tcase_add_loop_test(tests, bad_topic_file_is_one_sentence_and_status_78, 0, LOOP_COUNT(bad_files));
    tcase_add_test(tests, bad_usage_ends_with_64);
    int status = suite_end(suite);

    char path[256];
    const char *const names[] = {"topics.json", "bad.json", "bootstrap"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    return status;
}
