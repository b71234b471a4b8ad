// SPDX-License-Identifier: Apache-2.0
// The public headers are C++, too: this compiles and links.
#include <notify-client.h>
#include <notify-outbox.h>

int main() {
    return notify_client_error_name(NOTIFY_OK) == nullptr || NOTIFY_OUTBOX_PENDING != 1;
}
