#!/bin/sh
# Sets up what the tests need, then makes every check: the same here and on the build server.
#   sh tests/run.sh         both halves
#   sh tests/run.sh check   the checks alone; they need no network
set -eu
cd "$(dirname "$0")/.."

set_up() {
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
    for browser in chromium chromium-browser google-chrome; do
        if command -v "$browser" >/dev/null; then return; fi
    done
    packages="chromium fonts-dejavu-core"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "The tests open the report in Chromium. Install it, then run this again; on Debian:" >&2
        echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages" >&2
        exit 1
    fi
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}

# Compiles kernels by a run of a few days: once, not in each of the processes of the tests.
compile_kernels() {
    folder=$(mktemp -d)
    .venv/bin/crossborder run adriatic_shift --until 2017-01-08 --no-report --out "$folder/run" \
        >"$folder/said" 2>&1 && compiled=0 || compiled=1
    [ "$compiled" -eq 0 ] || cat "$folder/said" >&2
    rm -rf "$folder"
    return "$compiled"
}

check() {
    failed=""
    compile_kernels &
    compiling=$!
    for each in "ruff check ." "ruff format --check ." "mypy" "pytest -n auto"; do
        case "$each" in pytest*) wait "$compiling" || failed="$failed [compiling kernels]" ;; esac
        echo "== $each"
        # shellcheck disable=SC2086
        .venv/bin/python -m $each || failed="$failed [$each]"
    done
    if [ -n "$failed" ]; then
        echo "failed:$failed" >&2
        return 1
    fi
}

begin=$(date +%s)
if [ "${1:-all}" != check ]; then
    set_up
    echo "set-up: $(($(date +%s) - begin)) s"
fi
begin=$(date +%s)
status=0
check || status=1
echo "checks: $(($(date +%s) - begin)) s"
exit "$status"
