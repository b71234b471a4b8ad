/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' process_* family, read from /proc at each call. */
#ifndef NOTIFY_COMMON_PROCESS_METRICS_H
#define NOTIFY_COMMON_PROCESS_METRICS_H

#include "text_buffer.h"

/* What /proc does not tell is left out. */
void process_metrics_render(struct text_buffer *out);

#endif
