#!/bin/sh
# Runs the conformance runner, which `make conformance` has built.
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "target/classes:target/test-classes:$(cat target/test.classpath)" dev.pointsman.conformance.Runner
