# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Finds out which things are missing and installs their Debian or Ubuntu packages, only those. To be sourced after output.sh.
#
# A need is KIND:NAME=PACKAGE. It is met by what is there, whoever put it there: a command (cmd), a pkg-config module
# (pc), a module of the system's Python (py), a file, a sanitizer of clang; so other distributions work too once these are
# in place.

needs_build=(
    cmd:gcc=gcc pc:libcrypto=libssl-dev cmd:meson=meson cmd:ninja=ninja-build cmd:pkg-config=pkgconf
    pc:rdkafka=librdkafka-dev pc:jansson=libjansson-dev pc:libpcre2-8=libpcre2-dev pc:zlib=zlib1g-dev pc:sqlite3=libsqlite3-dev pc:libcurl=libcurl4-openssl-dev
    pc:libuv=libuv1-dev pc:libmicrohttpd=libmicrohttpd-dev pc:libidn2=libidn2-dev
    pc:check=check file:/usr/include/stdio.h=libc6-dev cmd:python3=python3
)
needs_demo=(py:aiosmtpd=python3-aiosmtpd cmd:curl=curl)
needs_test=(py:pytest=python3-pytest py:aiosmtpd=python3-aiosmtpd py:jsonschema=python3-jsonschema cmd:curl=curl
    cmd:openssl=openssl
    file:/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft2020-12=libtest-json-schema-acceptance-perl)
needs_kafka=(cmd:java=default-jre-headless cmd:mvn=maven)
needs_network=(cmd:ip=iproute2 file:/usr/sbin/iptables=iptables cmd:nsenter=util-linux)
needs_smtp=(cmd:unshare=util-linux cmd:mount=mount)
needs_contracts=(py:venv=python3-venv py:ensurepip=python3-venv cmd:flock=util-linux)
needs_browser=(cmd:chromium=chromium)
needs_fuzz=(cmd:clang=clang sanitizer:address=libclang-rt-dev)
needs_sanitizers=("${needs_fuzz[@]}")

need_met() {
    local kind=${1%%:*} name=${1#*:}
    name=${name%=*}
    case $kind in
        cmd) command -v "$name" >/dev/null ;;
        pc) command -v pkg-config >/dev/null && pkg-config --exists "$name" ;;
        py) [ -x /usr/bin/python3 ] && /usr/bin/python3 -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$name') is None)" ;;
        file) [ -e "$name" ] ;;
        sanitizer) clang -fsanitize="$name" -x c -o /dev/null - <<<'int main(void) { return 0; }' >/dev/null 2>&1 ;;
        *) die "a need of unknown kind: $1" 70 ;;
    esac
}

# missing_packages NEED…: the packages of the needs that are not met, one a line.
missing_packages() {
    local need
    for need in "$@"; do
        need_met "$need" || printf '%s\n' "${need##*=}"
    done | sort -u
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# The lists are fetched only if these packages cannot be had without.
apt_install() {
    if compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && apt_get install "$@"; then return 0; fi
    apt_get update && apt_get install "$@"
}

# ensure NEED…
ensure() {
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        die "missing: ${missing[*]} (the names of the Debian packages). This system has no apt-get: install their like, then run this again." 69
    fi
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "missing: ${missing[*]}. Neither root nor sudo is at hand; as root: apt-get install --no-install-recommends ${missing[*]}" 69
        # Asked for here, while the terminal is still the user's.
        sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } ||
            die "missing: ${missing[*]}. sudo wants a password and there is no terminal; as root: apt-get install --no-install-recommends ${missing[*]}" 69
    fi
    step "installing ${missing[*]}" apt_install "${missing[@]}" ||
        die "apt-get could not install the packages; see above. By hand: apt-get update && apt-get install --no-install-recommends ${missing[*]}" 69
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} = 0 ] || die "installed, and yet not found: ${missing[*]}; is another version of it first in PATH or PKG_CONFIG_PATH?" 69
}
