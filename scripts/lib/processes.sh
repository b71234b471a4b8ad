# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Programs that a script starts and that end with it, however it ends. To be sourced after output.sh and ports.sh; logs is
# the folder of their output.

declare -A process_name=() # by pid
process_order=()

# start NAME COMMAND…: in the background, with its output in LOGS/NAME.log; Ctrl-C at the terminal reaches only this script,
# which ends them in order, and a script that is killed takes them along.
start() {
    local name=$1
    shift
    setsid setpriv --pdeathsig TERM -- "$@" >"$logs/$name.log" 2>&1 </dev/null &
    process_name[$!]=$name
    process_order=("$!" "${process_order[@]}")
}

# dead_process: the name of a process that has ended, if one has.
dead_process() {
    local pid
    for pid in "${process_order[@]}"; do
        kill -0 "$pid" 2>/dev/null || { printf '%s\n' "${process_name[$pid]}" && return 0; }
    done
    return 1
}

# await WHAT SECONDS COMMAND…: until the command succeeds; fails when the time is over or a process has ended.
await() {
    local what=$1 deadline=$((SECONDS + $2)) name
    shift 2
    until "$@" >/dev/null 2>&1; do
        if name=$(dead_process); then
            warn "$name has ended"
            return 1
        fi
        if [ "$SECONDS" -ge "$deadline" ]; then
            warn "$what: not within the time"
            return 1
        fi
        sleep 0.1
    done
}

show_logs() {
    local log
    for log in "$logs"/*.log; do
        [ -s "$log" ] || continue
        heading "the end of ${log##*/}"
        tail -n 15 "$log" >&2
    done
}

# In the opposite order of their start; a second Ctrl-C, or half a minute, ends the patience.
end_processes() {
    local pid deadline=$((SECONDS + 30)) hurry=''
    trap 'hurry=yes' INT TERM HUP
    for pid in "${process_order[@]}"; do
        kill -TERM "$pid" 2>/dev/null || continue
        while kill -0 "$pid" 2>/dev/null; do
            if [ -n "$hurry" ] || [ "$SECONDS" -ge "$deadline" ]; then kill -KILL "$pid" 2>/dev/null || true; fi
            sleep 0.05
        done
    done
    process_order=()
}
