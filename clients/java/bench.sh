#!/bin/sh
# What the layer adds to a Route over its raw stub: starts a service on recorded answers, and ends it. `make bench` builds first.
set -e
folder=$(mktemp -d)
../../.venv/bin/pointsman serve --port 0 --folder "$folder/data" >/dev/null 2>"$folder/log" &
service=$!
trap 'kill $service; wait $service || true; rm -rf "$folder"' EXIT
until address=$(sed -n 's/.*serving .*[^n]address=.\{0,12\}\(127\.0\.0\.1:[0-9]*\).*/\1/p' "$folder/log") && [ -n "$address" ]; do
    kill -0 $service
    sleep .05
done
java -cp "target/classes:target/test-classes:$(cat target/test.classpath)" dev.pointsman.bench.RouteBench "$address" "$@"
