/* SPDX-License-Identifier: Apache-2.0 */
#include "process_metrics.h"
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void append_metric(struct text_buffer *out, const char *name, const char *type, const char *help,
                          double value) {
    text_buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, type, name,
                              value);
}

/* The file's beginning as a text; false: it cannot be read. */
static bool read_text(const char *path, char *text, size_t capacity) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t size = fread(text, 1, capacity - 1, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    text[size] = '\0';
    return !failed && size > 0;
}

struct process_stat {
    unsigned long long user_ticks, system_ticks, start_ticks, virtual_bytes;
    long long resident_pages;
};

static bool read_process_stat(struct process_stat *stat) {
    char text[1024];
    if (!read_text("/proc/self/stat", text, sizeof text))
        return false;
    /* The second field is the program's name in parentheses, which may hold anything (proc(5)). */
    const char *after_name = strrchr(text, ')');
    if (after_name == NULL)
        return false;
    return sscanf(after_name + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu %llu "
                  "%lld",
                  &stat->user_ticks, &stat->system_ticks, &stat->start_ticks, &stat->virtual_bytes,
                  &stat->resident_pages) == 5;
}

/* Seconds of the Unix epoch at which the machine started; 0: unknown. */
static double read_boot_time(void) {
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return 0;
    char line[256];
    unsigned long long seconds = 0;
    while (seconds == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "btime ", 6) == 0 && sscanf(line + 6, "%llu", &seconds) != 1)
            break;
    }
    fclose(file);
    return (double)seconds;
}

static bool count_open_descriptors(unsigned *count_out) {
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return false;
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    *count_out = count - 1; /* not the one that reads */
    return true;
}

static void append_stat(struct text_buffer *out) {
    struct process_stat stat;
    long ticks_per_second = sysconf(_SC_CLK_TCK), page_size = sysconf(_SC_PAGESIZE);
    if (ticks_per_second <= 0 || page_size <= 0 || !read_process_stat(&stat))
        return;
    append_metric(out, "process_cpu_seconds_total", "counter", "User and system CPU time spent, in seconds.",
                  (double)(stat.user_ticks + stat.system_ticks) / (double)ticks_per_second);
    append_metric(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
                  (double)stat.virtual_bytes);
    append_metric(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
                  (double)stat.resident_pages * (double)page_size);
    double boot_time = read_boot_time();
    if (boot_time > 0)
        append_metric(out, "process_start_time_seconds", "gauge",
                      "Start time of the process since the Unix epoch, in seconds.",
                      boot_time + (double)stat.start_ticks / (double)ticks_per_second);
}

void process_metrics_render(struct text_buffer *out) {
    append_stat(out);
    unsigned open_descriptors;
    if (count_open_descriptors(&open_descriptors))
        append_metric(out, "process_open_fds", "gauge", "Number of open file descriptors.", open_descriptors);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        append_metric(out, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
                      (double)limit.rlim_cur);
}
