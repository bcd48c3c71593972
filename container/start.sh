#!/bin/sh
# Serves; options of `quicksand serve` may follow. A host that does not start says which part of its isolation is missing; then all of them are listed.
quicksand serve --host 0.0.0.0 "$@" &
host=$!
trap 'kill -TERM "$host"' TERM INT
wait "$host"
status=$?
# A signal interrupts the first wait.
kill -0 "$host" 2>/dev/null && { wait "$host"; status=$?; }
[ "$status" = 2 ] && quicksand doctor
exit "$status"
