#!/bin/sh
# Install the Debian packages that browser and service tests need, where they are missing and may be installed.
set -eu

missing=""
command -v chromium >/dev/null || missing="$missing chromium"
command -v redis-server >/dev/null || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || missing="$missing postgresql"
command -v epubcheck >/dev/null || missing="$missing epubcheck"
command -v java >/dev/null || missing="$missing default-jre-headless"
ldconfig -p | grep -q libpangoft2-1.0 || missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
ldconfig -p | grep -q libharfbuzz-subset || missing="$missing libharfbuzz-subset0"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # one word a package
    apt-get update -qq && apt-get install -qq --yes --no-install-recommends $missing >/dev/null ||
        echo "They could not be installed, so their tests will be skipped."
else
    echo "Missing, so their tests will be skipped:$missing. As root on Debian: apt-get install$missing"
fi
