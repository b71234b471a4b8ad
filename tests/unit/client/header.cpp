// SPDX-License-Identifier: Apache-2.0
// The public headers are C++, too: this compiles and links.
#include <notify-client.h>

int main() {
    return notify_client_error_name(NOTIFY_OK) == nullptr;
}
