# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Builds into build/, or where NOTIFY_BUILD_DIR says. To be sourced after output.sh and packages.sh; root is the checkout.

build_dir=$(realpath -m -- "${NOTIFY_BUILD_DIR:-$root/build}")
export NOTIFY_BUILD_DIR=$build_dir

# build_in FOLDER MESON-OPTION… [-- TARGET…]
build_in() {
    local folder=$1 options=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1") && shift; done
    [ $# = 0 ] || shift
    if [ ! -f "$folder/build.ninja" ]; then
        step "configuring ${folder##*/}/" meson setup "${options[@]}" "$folder" "$root" ||
            die "the build could not be configured; if $folder is left from another checkout, remove it" 70
    fi
    step "building ${folder##*/}/" ninja -C "$folder" "$@" || die "the build failed; see above" 70
}

build() {
    ensure "${needs_build[@]}"
    build_in "$build_dir" -- "$@"
}
