package dev.pointsman;

import io.grpc.Metadata;

/**
 * What watches calls: {@link OpenTelemetryTracing}, or one of your own. A call with its retries is one.
 */
public interface Telemetry {
    /**
     * A call begins.
     *
     * @param method its full name, for instance {@code pointsman.v1.RouterService/Complete}
     * @param headers what is sent with it; add what other services shall see
     * @return the call, to be ended once
     */
    Call begin(String method, Metadata headers);

    /** A call that is under way. */
    interface Call {
        /**
         * It ended.
         *
         * @param failure how; null where it brought an answer
         */
        void end(PointsmanException failure);
    }
}
