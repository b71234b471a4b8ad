# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts say: steps with their duration, a spinner on a terminal, plain lines elsewhere. To be sourced.

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
    # shellcheck disable=SC2034 # colours are for the scripts that source this file
    bold='' dim='' red='' green='' yellow='' plain=''
fi

say() { printf '%s\n' "$*" >&2; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain" >&2; }
warn() { printf '%s%s%s\n' "$yellow" "$*" "$plain" >&2; }

# die MESSAGE [STATUS]
die() {
    printf '%s%s: %s%s\n' "$red" "${0##*/}" "$1" "$plain" >&2
    exit "${2:-1}"
}

# A line of its own for a step that a spinner accompanied: on a terminal the spinner's line is overwritten.
step_line() { # MARK TEXT
    if [ -t 2 ]; then printf '\r\e[K' >&2; fi
    printf '  %s %s\n' "$1" "$2" >&2
}

# step_wait TEXT PID: waits for the process with a spinner on a terminal; its exit status.
step_wait() {
    local text=$1 pid=$2 started=$SECONDS frames='|/-\' frame=0
    if [ -t 2 ]; then
        while kill -0 "$pid" 2>/dev/null; do
            printf '\r  %s %s %s%d s%s\e[K' "${frames:frame++%4:1}" "$text" "$dim" $((SECONDS - started)) "$plain" >&2
            sleep 0.2
        done
    fi
    wait "$pid"
}

# step TEXT COMMAND…: runs the command with its output kept in a file, and shows the file's end only when it fails.
step() {
    local text=$1 log status=0 started=$SECONDS pid
    shift
    log=$(mktemp "${TMPDIR:-/tmp}/notify-step.XXXXXX")
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    [ -t 2 ] || say "  … $text"
    step_wait "$text" "$pid" || status=$?
    if [ "$status" = 0 ]; then
        step_line "${green}✓$plain" "$text $dim$((SECONDS - started)) s$plain"
        rm -f "$log"
    else
        step_line "${red}✗$plain" "$text"
        tail -n 30 "$log" | sed 's/^/    | /' >&2
        say "    the whole output: $log"
    fi
    return "$status"
}
