# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A cluster in a folder: DIR/cluster (its shape), DIR/broker-N/{server.properties,data,server.log,console.log,pid}.
# The commands of scripts/kafka, which sets dir, brokers, node, … and sources the other files first.

broker_dir() { printf '%s/broker-%s\n' "$dir" "$1"; }

# The pid of broker N if that process still is the broker: pids come round again.
broker_pid() {
    local pid
    pid=$(cat "$(broker_dir "$1")/pid" 2>/dev/null) && [ -n "$pid" ] || return 1
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$(broker_dir "$1")/server.properties" || return 1
    [[ $(process_state "$pid") != [ZX] ]] || return 1
    printf '%s\n' "$pid"
}

# The letter of /proc/PID/stat, after the name in parentheses.
process_state() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || { echo X && return 0; }
    stat=${stat##*) }
    printf '%s\n' "${stat%% *}"
}

# running, starting, paused or down
broker_state() {
    local pid
    pid=$(broker_pid "$1") || { echo down && return 0; }
    if [ "$(process_state "$pid")" = T ]; then
        echo paused
    elif broker_started "$1" && port_answers "${client_port[$1]}"; then
        echo running
    else
        echo starting
    fi
}

broker_started() { grep -q 'Kafka Server started' "$(broker_dir "$1")/console.log" 2>/dev/null; }

cluster_load() {
    [ -f "$dir/cluster" ] || die "there is no cluster in $dir; scripts/kafka start --dir $dir makes one" 69
    local key value n=0
    client_port=() controller_port=()
    while IFS='=' read -r key value; do
        case $key in
            brokers) brokers=$value ;;
            id) cluster_id=$value ;;
            version) kafka_version=$value kafka_cache=${kafka_cache%-*}-$value ;;
            client_ports) for value in $value; do client_port[n += 1]=$value; done && n=0 ;;
            controller_ports) for value in $value; do controller_port[n += 1]=$value; done && n=0 ;;
        esac
    done <"$dir/cluster"
}

cluster_bootstrap() {
    local n list=''
    for ((n = 1; n <= brokers; n++)); do list+="${list:+,}127.0.0.1:${client_port[n]}"; done
    printf '%s\n' "$list"
}

# A new cluster: ports, identity, and for each broker its properties and its formatted folder.
cluster_create() {
    local n broker ports
    mapfile -t ports < <(free_ports $((brokers * 2)))
    [ ${#ports[@]} = $((brokers * 2)) ] || exit 69
    client_port=([0]=0 "${ports[@]:0:brokers}")
    controller_port=([0]=0 "${ports[@]:brokers}")
    # 16 octets in base64url; Kafka's tools want no dash in front.
    cluster_id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | sed 's/^-/A/; s/=*$//')
    mkdir -p "$dir" || die "cannot make the folder $dir" 73
    for ((n = 1; n <= brokers; n++)); do
        broker=$(broker_dir "$n")
        rm -rf "$broker"
        mkdir -p "$broker"
        cp -r "$kafka_cache/template" "$broker/data"
        sed -i "s/^node.id=.*/node.id=$n/; s/^cluster.id=.*/cluster.id=$cluster_id/; /^directory.id=/d" "$broker/data/meta.properties"
        printf 'directory.id=%s\n' "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | sed 's/^-/A/; s/=*$//')" >>"$broker/data/meta.properties"
        kafka_properties "$n" "$brokers" "$broker" >"$broker/server.properties"
        kafka_logging "$broker" >"$broker/log4j2.xml"
    done
    {
        printf 'brokers=%s\nid=%s\nversion=%s\n' "$brokers" "$cluster_id" "$kafka_version"
        printf 'client_ports=%s\ncontroller_ports=%s\n' "${client_port[*]:1}" "${controller_port[*]:1}"
    } >"$dir/cluster"
}

# In a session of its own: neither the end of this script nor Ctrl-C at the terminal ends it.
broker_launch() {
    local n=$1 broker heap=${NOTIFY_KAFKA_HEAP:-320m}
    broker=$(broker_dir "$n")
    rm -f "$broker/console.log"
    (
        exec 8>&- 9>&-
        cd "$broker" || exit 1
        exec setsid java -Xms"$heap" -Xmx"$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError \
            -Dlog4j2.configurationFile="$broker/log4j2.xml" -Djava.awt.headless=true \
            -cp "$(kafka_classpath)" kafka.Kafka "$broker/server.properties"
    ) >"$broker/console.log" 2>&1 </dev/null &
    printf '%s\n' $! >"$broker/pid"
    disown $!
}

# broker_await N DEADLINE (in $SECONDS)
broker_await() {
    local n=$1 deadline=$2 pid
    pid=$(cat "$(broker_dir "$n")/pid")
    until broker_started "$n" && port_answers "${client_port[n]}"; do
        # Not broker_pid: just after its start the process may still be on its way to become a broker.
        if [[ $(process_state "$pid") == [ZX] ]]; then
            broker_trouble "$n" "broker $n ended at its start"
            return 1
        fi
        if [ "$SECONDS" -ge "$deadline" ]; then
            broker_trouble "$n" "broker $n does not answer after $patience s"
            return 1
        fi
        sleep 0.1
    done
}

broker_trouble() {
    say "${red}$2${plain}; the end of its log ($(broker_dir "$1")/server.log):"
    tail -n 20 "$(broker_dir "$1")/console.log" "$(broker_dir "$1")/server.log" 2>/dev/null | sed 's/^/    | /' >&2
}

cluster_start() {
    local n running=0
    ensure "${needs_kafka[@]}"
    if [ -f "$dir/cluster" ]; then
        cluster_load
        say "the cluster in $dir is there already: $brokers brokers, with their data"
    fi
    kafka_fetch
    # Two that start at once must not choose the same ports.
    exec 9>"${kafka_cache%/*}/ports.lock"
    flock -w 120 9 || die "another cluster has been starting for two minutes" 69
    [ -f "$dir/cluster" ] || cluster_create
    # First of all, so that a start that is interrupted is not forgotten either.
    watchdog_start
    for ((n = 1; n <= brokers; n++)); do
        broker_pid "$n" >/dev/null && continue
        broker_launch "$n"
        running=$((running + 1))
    done
    if ! step "starting $running of $brokers brokers (Apache Kafka $kafka_version)" cluster_await; then
        for ((n = 1; n <= brokers; n++)); do broker_end "$n" KILL; done
        watchdog_stop
        die "the cluster did not come up; its folder is $dir" 69
    fi
    exec 9>&-
    cluster_bootstrap
}

cluster_await() {
    local n deadline=$((SECONDS + patience))
    for ((n = 1; n <= brokers; n++)); do broker_await "$n" "$deadline" || return 1; done
}

cluster_start_broker() {
    cluster_load
    broker_check
    ensure "${needs_kafka[@]}"
    broker_pid "$node" >/dev/null || broker_launch "$node"
    step "starting broker $node" broker_await "$node" $((SECONDS + patience)) || die "broker $node did not come up" 69
}

broker_check() {
    { [[ $node =~ ^[1-9]$ ]] && [ "$node" -le "$brokers" ]; } || usage_error "broker '$node': this cluster has 1 to $brokers"
}

# broker_end N SIGNAL: sends it and, if it is one that ends, waits until the process is gone.
broker_end() {
    local pid tries=0
    pid=$(broker_pid "$1") || return 0
    kill -s "$2" "$pid" 2>/dev/null || return 0
    case $2 in KILL | 9 | TERM | 15 | INT | 2) ;; *) return 0 ;; esac
    while broker_pid "$1" >/dev/null; do
        [ $((tries += 1)) -le 300 ] || die "broker $1 (pid $pid) lives on 30 s after SIG$2" 70
        sleep 0.1
    done
}

cluster_kill() {
    cluster_load
    broker_check
    broker_pid "$node" >/dev/null || die "broker $node does not run" 69
    broker_end "$node" "$signal"
}

# All at once: one after the other the last would wait for a quorum that is gone. What does not end in ten seconds is
# killed; the page cache keeps what was written. Data that nobody will read need no farewell (it takes five seconds).
cluster_stop() {
    local n pid tries=0 left
    [ -f "$dir/cluster" ] || { say "there is no cluster in $dir" && return 0; }
    cluster_load
    watchdog_stop
    for ((n = 1; n <= brokers; n++)); do
        pid=$(broker_pid "$n") || continue
        kill -s CONT "$pid" 2>/dev/null || true
        [ -n "$remove" ] || kill -s TERM "$pid" 2>/dev/null || true
    done
    while [ -z "$remove" ] && [ $((tries += 1)) -le 100 ]; do
        left=0
        for ((n = 1; n <= brokers; n++)); do ! broker_pid "$n" >/dev/null || left=$((left + 1)); done
        [ "$left" -gt 0 ] || break
        sleep 0.1
    done
    for ((n = 1; n <= brokers; n++)); do broker_end "$n" KILL; done
    if [ -n "$remove" ]; then
        rm -rf "$dir"/broker-[1-9] "$dir/cluster" "$dir/watchdog.pid"
        rmdir --ignore-fail-on-non-empty "$dir"
    fi
}

cluster_status() {
    local n state good=0 rows=''
    cluster_load
    for ((n = 1; n <= brokers; n++)); do
        state=$(broker_state "$n")
        [ "$state" != running ] || good=$((good + 1))
        if [ -n "$json" ]; then
            rows+="${rows:+,}$(printf '{"id":%d,"state":"%s","pid":%s,"port":%d,"log":"%s"}' "$n" "$state" \
                "$(broker_pid "$n" || echo null)" "${client_port[n]}" "$(broker_dir "$n")/server.log")"
        else
            rows+=$(printf '%-7d %-9s %-8s 127.0.0.1:%-6d %s' "$n" "$state" "$(broker_pid "$n" || echo -)" "${client_port[n]}" "$(broker_dir "$n")/server.log")$'\n'
        fi
    done
    if [ -n "$json" ]; then
        printf '{"dir":"%s","version":"%s","cluster_id":"%s","bootstrap_servers":"%s","brokers":[%s]}\n' \
            "$dir" "$kafka_version" "$cluster_id" "$(cluster_bootstrap)" "$rows"
    else
        printf '%-7s %-9s %-8s %-16s %s\n%s' BROKER STATE PID ADDRESS LOG "$rows"
    fi
    [ "$good" = "$brokers" ] || return 3
}

# A cluster that was forgotten ends by itself.
watchdog_start() {
    watchdog_stop
    [ "$timeout" -gt 0 ] || return 0
    NOTIFY_WATCHDOG=$dir setsid bash -c 'sleep "$1"; exec "$2" stop --dir "$3"' notify-kafka-watchdog \
        "$timeout" "$here/kafka" "$dir" >/dev/null 2>&1 </dev/null 9>&- &
    printf '%s\n' $! >"$dir/watchdog.pid"
    disown $!
}

watchdog_stop() {
    local pid
    pid=$(cat "$dir/watchdog.pid" 2>/dev/null) || return 0
    rm -f "$dir/watchdog.pid"
    # The watchdog itself calls stop.
    [ "$pid" != $$ ] || return 0
    if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF notify-kafka-watchdog; then kill -- "-$pid" 2>/dev/null || true; fi
}
