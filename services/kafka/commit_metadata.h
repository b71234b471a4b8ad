/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a commit says besides its offset: which records above it are complete already, so that a successor
 * skips them.
 *
 *   "1." base64url(varints) "." crc32 in eight hex digits
 *
 * The committed offset is the first incomplete one. The varints (LEB128) are the gaps from each incomplete
 * offset to the next, and last the gap from the last incomplete offset to the highest completed one. Text
 * only, since librdkafka cuts metadata at the first NUL. The checksum covers the committed offset too:
 * metadata that came to another offset is not believed.
 */
#ifndef NOTIFY_KAFKA_COMMIT_METADATA_H
#define NOTIFY_KAFKA_COMMIT_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMIT_METADATA_MAX 4096 /* the brokers' default of offset.metadata.max.bytes */
/* So many bytes of varints fit: 4096 less "1.", "." and the checksum, in base64. */
#define COMMIT_METADATA_MAX_VARINT_BYTES ((COMMIT_METADATA_MAX - 11) / 4 * 3)

size_t commit_metadata_varint_size(uint64_t value);

/* incomplete: ascending, at least one, the first is the committed offset, all below highest_complete. False:
 * it does not fit. */
bool commit_metadata_encode(const int64_t *incomplete, size_t count, int64_t highest_complete,
                            char out[COMMIT_METADATA_MAX + 1]);

/* Allocates *incomplete_out (to be freed by the caller). False: unreadable, or no memory; nothing is
 * allocated then. */
bool commit_metadata_decode(const char *text, int64_t committed_offset, int64_t **incomplete_out,
                            size_t *count_out, int64_t *highest_complete_out);

#endif
