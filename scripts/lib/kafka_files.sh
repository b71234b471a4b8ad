# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Apache Kafka's jars, fetched by Maven once into a cache folder outside the repository, and the files that a broker is
# started with. To be sourced after output.sh and packages.sh.

kafka_version=${NOTIFY_KAFKA_VERSION:-4.1.0}
kafka_cache=${XDG_CACHE_HOME:-$HOME/.cache}/notify/kafka-$kafka_version

# Kafka's own poms leave the logging back end to the distribution.
kafka_pom() {
    local artifact
    cat <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>notify</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
POM
    for artifact in "org.apache.kafka kafka_2.13 $kafka_version" "org.apache.kafka kafka-tools $kafka_version" \
        'org.apache.logging.log4j log4j-slf4j-impl 2.24.3' 'org.apache.logging.log4j log4j-core 2.24.3'; do
        # shellcheck disable=SC2086 # three words
        printf '    <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency>\n' $artifact
    done
    printf '  </dependencies>\n</project>\n'
}

# Maven does not read https_proxy.
maven_proxy() {
    local proxy=${https_proxy:-${HTTPS_PROXY:-}}
    [ -n "$proxy" ] || return 0
    proxy=${proxy#*://}
    proxy=${proxy%%/*}
    case $proxy in
        *@*) warn "the proxy wants a password: name it in ~/.m2/settings.xml" ;;
        *:*) printf '%s\n' "-Dhttps.proxyHost=${proxy%:*}" "-Dhttps.proxyPort=${proxy##*:}" ;;
    esac
}

# Into a folder beside, which is renamed when it is complete: an interrupted fetch leaves no half cache.
kafka_fetch_into() {
    local options
    mkdir -p "$1"
    kafka_pom >"$1/pom.xml"
    mapfile -t options < <(maven_proxy)
    # A short run: without the optimising compiler it takes half the time.
    MAVEN_OPTS="${MAVEN_OPTS:-} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" mvn -B -ntp -Dstyle.color=never -f "$1/pom.xml" \
        "${options[@]}" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$1/libs"
    kafka_format_template "$1"
}

# Formatting costs a JVM; a formatted folder is copied for each broker instead, with the identities put in.
kafka_format_template() {
    {
        printf 'process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:1\n'
        printf 'listeners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1\ncontroller.listener.names=CONTROLLER\n'
        printf 'log.dirs=%s/template\n' "$1"
    } >"$1/template.properties"
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$1/libs/*" kafka.tools.StorageTool format \
        -t MkU3OEVBNTcwNTJENDM2Qg -c "$1/template.properties"
    [ -s "$1/template/meta.properties" ] && [ -s "$1/template/bootstrap.checkpoint" ]
}

kafka_fetch() {
    local work
    [ ! -d "$kafka_cache/libs" ] || return 0
    mkdir -p "${kafka_cache%/*}" || die "cannot keep Kafka in ${kafka_cache%/*}; set XDG_CACHE_HOME to a folder that can be written" 73
    exec 8>"${kafka_cache%/*}/fetch.lock"
    flock -w 600 8 || die "another fetch of Apache Kafka has held ${kafka_cache%/*}/fetch.lock for ten minutes" 69
    if [ ! -d "$kafka_cache/libs" ]; then
        work=$(mktemp -d "$kafka_cache.XXXXXX")
        step "fetching Apache Kafka $kafka_version (54 MB, once) through Maven" kafka_fetch_into "$work" || {
            rm -rf "$work"
            die "Apache Kafka $kafka_version could not be fetched; is Maven's repository within reach (proxy, ~/.m2/settings.xml)?" 69
        }
        rm -rf "$kafka_cache"
        mv "$work" "$kafka_cache"
    fi
    exec 8>&-
}

kafka_classpath() {
    local jars=("$kafka_cache"/libs/*.jar)
    local IFS=:
    printf '%s\n' "${jars[*]}"
}

# INFO in a file that cannot grow beyond 40 MB; on the console only what tells that the broker answers.
kafka_logging() { # FOLDER OF THE BROKER
    cat <<XML
<Configuration status="WARN">
  <Appenders>
    <RollingFile name="file" fileName="$1/server.log" filePattern="$1/server.log.%i">
      <PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/>
      <Policies><SizeBasedTriggeringPolicy size="20 MB"/></Policies>
      <DefaultRolloverStrategy max="1"/>
    </RollingFile>
    <Console name="console" target="SYSTEM_OUT"><PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"><AppenderRef ref="console"/></Logger>
    <Root level="INFO">
      <AppenderRef ref="file"/>
      <AppenderRef ref="console" level="ERROR"/>
    </Root>
  </Loggers>
</Configuration>
XML
}

# kafka_properties ID BROKERS FOLDER: the ports come from the arrays client_port and controller_port.
kafka_properties() {
    local id=$1 brokers=$2 folder=$3 voters='' n replication=$2 minimum=1
    for ((n = 1; n <= brokers; n++)); do voters+="${voters:+,}$n@127.0.0.1:${controller_port[n]}"; done
    [ "$replication" -le 3 ] || replication=3
    [ "$replication" -lt 3 ] || minimum=2
    cat <<PROPERTIES
process.roles=broker,controller
node.id=$id
controller.quorum.voters=$voters
listeners=PLAINTEXT://127.0.0.1:${client_port[id]},CONTROLLER://127.0.0.1:${controller_port[id]}
advertised.listeners=PLAINTEXT://127.0.0.1:${client_port[id]}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/data

# Nobody relies on a topic that creates itself.
auto.create.topics.enable=false
num.partitions=4
default.replication.factor=$replication
min.insync.replicas=$minimum
offsets.topic.replication.factor=$replication
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$replication
transaction.state.log.min.isr=$minimum
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$replication
share.coordinator.state.topic.min.isr=$minimum
share.coordinator.state.topic.num.partitions=4

# A group starts at once; a test may ask for short sessions.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000

# Another leader within about five seconds when a broker is killed, and yet no false alarm on two busy cores.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
controller.quorum.election.timeout.ms=1000
controller.quorum.election.backoff.max.ms=500
controller.quorum.fetch.timeout.ms=2000
controller.quorum.request.timeout.ms=2000
replica.lag.time.max.ms=10000
controlled.shutdown.enable=true

# Several brokers on a small machine.
num.network.threads=2
num.io.threads=4
background.threads=2
num.replica.fetchers=1
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=2097152
PROPERTIES
}
