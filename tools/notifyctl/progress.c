/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"
#include "common/clock.h"
#include "table.h"

#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 20
#define REDRAW_MS 100

void progress_format(char *text, size_t size, int64_t done, int64_t total, const char *words, bool styled) {
    double share = total <= 0 || done >= total ? 1.0 : (double)done / (double)total;
    char bar[BAR_WIDTH + 1];
    memset(bar, '-', BAR_WIDTH);
    memset(bar, '#', (size_t)(share * BAR_WIDTH));
    bar[BAR_WIDTH] = '\0';
    snprintf(text, size, "%s[%s]%s %3d %%  %lld of %lld  %s", styled ? "\033[1m" : "", bar,
             styled ? "\033[0m" : "", (int)(share * 100), (long long)done, (long long)total, words);
}

void progress_begin(struct progress *progress, FILE *out) {
    *progress = (struct progress){
        .out = out,
        .is_shown = isatty(fileno(out)) == 1,
        .is_styled = table_may_style(out),
        .shown_at_ms = clock_monotonic_ms() - REDRAW_MS,
    };
}

void progress_show(struct progress *progress, int64_t done, int64_t total, const char *words) {
    int64_t now = clock_monotonic_ms();
    if (!progress->is_shown || now - progress->shown_at_ms < REDRAW_MS)
        return;
    progress->shown_at_ms = now;
    char text[256];
    progress_format(text, sizeof text, done, total, words, progress->is_styled);
    fprintf(progress->out, "\r%s\033[K", text);
    fflush(progress->out);
}

void progress_end(struct progress *progress) {
    if (progress->is_shown)
        fputs("\r\033[K", progress->out);
    progress->is_shown = false;
}
