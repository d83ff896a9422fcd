#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Brings a Debian or Ubuntu machine from nothing but a shell to a station that runs: the system packages that are
# missing, then the environment in .venv exactly as requirements.lock says. Safe to run again, to interrupt and to
# run twice at once; the second time it only compares a stamp.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# One name per line and group; "a|b" is the same library under its Debian and its newer Ubuntu name.
build_packages="python3 python3-venv python3-dev gcc libsane-dev libpcsclite-dev libcups2-dev ca-certificates"
# Qt without a screen.
qt_packages="libglib2.0-0|libglib2.0-0t64 libgl1 libegl1 libfontconfig1 libfreetype6 libdbus-1-3 libxkbcommon0
    libx11-6 libbrotli1"
# Qt on an X11 screen; without icccm4 and keysyms1 the plugin refuses to load.
screen_packages="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-randr0 libxcb-render-util0
    libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1"
# Reading the MRZ, scanning pages (airscan: scanners in the network), chip readers, print queues, letters (Noto for every
# script, OCR-B for the MRZ), and the counter in a TPM.
run_packages="tesseract-ocr sane-utils libsane1 sane-airscan pcscd libcups2 fonts-noto-core fonts-ocr-b tpm2-tools"
# A screen for the window's test, and the public tools that open a sealed bundle.
test_packages="xvfb xauth openbox xdotool age minisign poppler-utils procps git"
# Hardware without hardware, only for `./run test-hardware-virtual`: a card reader that is a socket, a print server and a
# printer that is a program, and what those need to run apart from the machine's own; a token and a TPM that are programs.
virtual_packages="vsmartcard-vpcd cups cups-client cups-filters cups-ipp-utils avahi-daemon dbus iproute2 util-linux
    softhsm2 opensc swtpm libtpm2-pkcs11-1 libtpm2-pkcs11-tools"
if [ "${1:-}" = virtual ]; then test_packages="$test_packages $virtual_packages"; fi

say() { printf 'setup: %s\n' "$*"; }
# Says why setup ends here; a second argument is a command to copy, so it stands alone on its line.
stop() {
    printf 'setup: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf '\n    %s\n\n' "$2" >&2; fi
    exit 1
}

# What the environment depends on: if none of it changed, nothing has to be done.
stamp_of() {
    { printf '%s\n' "$root"; cat requirements.lock pyproject.toml installer/*.lock installer/setup.sh; } |
        sha256sum | cut -d' ' -f1
}
is_current() {
    [ -x .venv/bin/python ] && [ -f "$stamp_file" ] && [ "$(cat "$stamp_file")" = "$stamp" ]
}

# With the packages of virtual hardware the machine is set up further than without: a stamp of its own.
stamp_file=.venv/.stamp
if [ "${1:-}" = virtual ]; then stamp_file=.venv/.stamp-virtual; fi

stamp=$(stamp_of)
if is_current; then exit 0; fi

# Only one setup at a time. The kernel lets go of the lock when this process ends, however it ends.
exec 9>.setup.lock
if ! flock -n 9; then
    say "another setup is running here; waiting for it"
    flock 9
    if is_current; then exit 0; fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a command with its output kept aside, and shows the end of it only when it fails.
quietly() {
    if "$@" >"$work/output" 2>&1 9>&-; then return 0; fi
    tail -n 30 "$work/output" >&2
    return 1
}

is_installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed$'; }
is_offered() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

missing_packages() {
    for names in $build_packages $qt_packages $screen_packages $run_packages $test_packages; do
        for name in $(printf '%s' "$names" | tr '|' ' '); do
            if is_installed "$name"; then continue 2; fi
        done
        printf '%s ' "$names"
    done
}

# Of two names for the same library, the one that this system offers.
offered_names() {
    for names in "$@"; do
        chosen=${names%%|*}
        for name in $(printf '%s' "$names" | tr '|' ' '); do
            if is_offered "$name"; then chosen=$name; break; fi
        done
        printf '%s ' "$chosen"
    done
}

install_system_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "this is not Debian or Ubuntu; install by hand what installer/setup.sh lists, if anything is missing"
        return 0
    fi
    missing=$(missing_packages)
    if [ -z "$missing" ]; then return 0; fi
    # The names are words on purpose from here on.
    # shellcheck disable=SC2086
    if [ "$(id -u)" -eq 0 ]; then
        as_root="env"
    elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root="sudo env"
    else
        become="su -c"
        if command -v sudo >/dev/null 2>&1; then become="sudo sh -c"; fi
        names=$(offered_names $missing)
        stop "system packages are missing, and only an administrator can install them. Type this, then start again:" \
            "$become 'apt-get update && apt-get install --no-install-recommends ${names% }'"
    fi
    say "reading the list of system packages"
    # shellcheck disable=SC2086
    quietly $as_root DEBIAN_FRONTEND=noninteractive apt-get update ||
        stop "the list of system packages could not be read. Check the network and the package sources, then start again."
    # shellcheck disable=SC2086
    names=$(offered_names $missing)
    say "installing system packages: $names"
    # shellcheck disable=SC2086
    quietly $as_root DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $names ||
        stop "the system packages could not be installed. The lines above say why; then start again."
}

find_python() {
    for name in python3.11 python3.12 python3.13 python3; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            "$name" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

# An environment whose interpreter went away, or was another one, is made again.
environment_fits() {
    [ -x "$1/bin/python" ] && "$1/bin/python" -c "$2" 2>/dev/null
}

make_environment() {
    python=$(find_python) || stop "no Python 3.11, 3.12 or 3.13 was found. Install one of them, then start again."
    if ! environment_fits .tools "import pip" || ! .tools/bin/uv --version >/dev/null 2>&1; then
        say "fetching the installer"
        quietly "$python" -m venv --clear .tools ||
            stop "$python cannot make an environment. Install its venv package (python3-venv), then start again."
        quietly .tools/bin/python -m pip install -q --disable-pip-version-check --require-hashes \
            -r installer/tools.lock || stop "the installer could not be fetched. Check the network, then start again."
    fi
    export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
    rm -f .venv/.stamp .venv/.stamp-virtual
    if ! environment_fits .venv "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"; then
        quietly .tools/bin/uv venv --clear --python "$python" .venv ||
            stop "the environment could not be made; the lines above say why."
    fi
    say "installing libraries as locked (the first time takes a minute or two)"
    # Every file is checked against the hash in the lock, also those that only build others.
    quietly .tools/bin/uv pip sync --python .venv/bin/python --require-hashes \
        --build-constraints installer/build.lock requirements.lock ||
        stop "the libraries could not be installed. Check the network, then start again; nothing is lost."
    quietly .tools/bin/uv pip install --python .venv/bin/python --no-deps \
        --build-constraints installer/build.lock --editable . ||
        stop "the station itself could not be installed; the lines above say why."
    # Written last and in one move: an interrupted setup starts again.
    printf '%s\n' "$stamp" >.venv/.stamp.new
    mv .venv/.stamp.new .venv/.stamp
}

install_system_packages
if [ "$stamp_file" = .venv/.stamp ] || [ ! -f .venv/.stamp ] || [ "$(cat .venv/.stamp)" != "$stamp" ]; then
    make_environment
fi
if [ "$stamp_file" != .venv/.stamp ]; then cp .venv/.stamp "$stamp_file"; fi
say "ready"
