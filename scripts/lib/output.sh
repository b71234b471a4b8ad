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

# step_wait TEXT PID LOG: waits for the process, on a terminal with a spinner and ninja's or meson's own count; its exit status.
step_wait() {
    local text=$1 pid=$2 log=$3 started=$SECONDS frames='|/-\' frame=0 count
    if [ -t 2 ]; then
        while kill -0 "$pid" 2>/dev/null; do
            count=$(tail -n 1 "$log" | grep -oE '^\[?[0-9]+/[0-9]+' | tr -d '[') || count=''
            printf '\r  %s %s %s%s %d s%s\e[K' "${frames:frame++%4:1}" "$text" "$dim" "$count" $((SECONDS - started)) "$plain" >&2
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
    # A process group of its own, which step_abort can end as a whole.
    set -m
    "$@" >"$log" 2>&1 </dev/null &
    pid=$! step_pid=$!
    set +m
    [ -t 2 ] || say "  … $text"
    step_wait "$text" "$pid" "$log" || status=$?
    step_pid=''
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

# A script that is interrupted must not leave its step running. Scripts with an exit trap of their own call it there.
step_pid=''
step_abort() { [ -z "$step_pid" ] || kill -TERM -- "-$step_pid" 2>/dev/null || true; }
trap step_abort EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
