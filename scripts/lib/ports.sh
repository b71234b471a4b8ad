# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TCP ports of 127.0.0.1 that nobody listens on. To be sourced after output.sh.

# port_taken PORT: somebody listens there, on any address (state 0A of /proc/net/tcp).
port_taken() {
    local hex
    printf -v hex '%04X' "$1"
    awk -v port="$hex" 'FNR > 1 && $4 == "0A" { n = split($2, a, ":"); if (a[n] == port) found = 1 } END { exit !found }' \
        /proc/net/tcp $([ ! -r /proc/net/tcp6 ] || echo /proc/net/tcp6)
}

# Below the range that outgoing connections take theirs from (32768 and up by default), so that a server that is
# stopped and started again finds its port free.
# free_ports COUNT: one a line, all different.
free_ports() {
    local count=$1 port tries=0 chosen=' '
    while [ "$count" -gt 0 ]; do
        [ $((tries += 1)) -le 2000 ] || die "no free port found between 20000 and 32000" 69
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        case $chosen in *" $port "*) continue ;; esac
        port_taken "$port" && continue
        chosen+="$port "
        printf '%s\n' "$port"
        count=$((count - 1))
    done
}

# port_answers PORT: a connection is accepted.
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
