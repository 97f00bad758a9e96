#!/bin/sh
# Installs the system packages that pip cannot: `setup.sh libraries` for making PDFs, `setup.sh tests` for
# the tests: Java for veraPDF, a print service with a virtual printer, and a browser.
# With apt and the rights to use it, it installs; without, it names the one command and stops.
set -eu

libraries_missing() {
    for library in libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0; do
        /sbin/ldconfig -p 2>/dev/null | grep -q "$library" || return 0
    done
    return 1
}

tests_missing() {
    # A JDK, not only a runtime: the checker runs from its source file.
    PATH="$PATH:/usr/sbin:/sbin"
    for program in javac cupsd lp ippeveprinter dbus-daemon chromium; do
        command -v "$program" >/dev/null 2>&1 || return 0
    done
    # What turns a PDF into pages for the printer.
    test -x /usr/lib/cups/filter/pdftopdf || return 0
    return 1
}

case "${1:-}" in
libraries)
    packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    missing=libraries_missing
    ;;
tests)
    packages="openjdk-17-jdk-headless cups-daemon cups-client cups-ipp-utils cups-filters-core-drivers"
    packages="$packages dbus-daemon chromium"
    missing=tests_missing
    ;;
*)
    echo "usage: setup.sh libraries|tests" >&2
    exit 2
    ;;
esac

# Only Debian and its children are set up here; elsewhere `doctor` says what is missing.
command -v apt-get >/dev/null 2>&1 || exit 0
$missing || exit 0

install="apt-get install -y --no-install-recommends $packages"
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "Missing system packages. Install them with this command, then try again:" >&2
    echo "  sudo $install" >&2
    exit 1
fi
echo "Installing $packages ..." >&2
$as_root apt-get update -qq >&2
DEBIAN_FRONTEND=noninteractive $as_root $install -qq >&2
