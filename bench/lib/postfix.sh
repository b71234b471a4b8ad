#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the folder with postfix's smtp-sink and smtp-source, unpacked from Debian's package into a cache on first use.
# Nothing is installed and postfix itself is never started. The programs need LD_LIBRARY_PATH=FOLDER/usr/lib/postfix.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/notify/postfix

if [ ! -x "$cache/usr/sbin/smtp-sink" ]; then
    mkdir -p "$cache"
    (cd "$cache" && apt-get download postfix >/dev/null 2>&1 && dpkg-deb -x postfix_*.deb . && rm -f postfix_*.deb) || {
        echo 'postfix could not be fetched; needs the apt-get of Debian or Ubuntu and a network' >&2
        exit 69
    }
fi
printf '%s\n' "$cache"
