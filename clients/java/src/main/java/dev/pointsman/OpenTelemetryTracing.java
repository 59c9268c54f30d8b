package dev.pointsman;

import io.grpc.Metadata;
import io.grpc.Status;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;

/**
 * A span for each call, retries included, and its context sent on, so that the spans of the service stand below it.
 *
 * <p>Needs {@code io.opentelemetry:opentelemetry-api}, which this library does not bring:
 *
 * <pre>{@code
 * Pointsman.builder().telemetry(OpenTelemetryTracing.of(GlobalOpenTelemetry.get())).build();
 * }</pre>
 */
public final class OpenTelemetryTracing implements Telemetry {
    // The names of OpenTelemetry's semantic conventions for RPC.
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system");
    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("rpc.service");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");
    private static final AttributeKey<Long> CODE = AttributeKey.longKey("rpc.grpc.status_code");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    private final OpenTelemetry telemetry;
    private final Tracer tracer;

    private OpenTelemetryTracing(OpenTelemetry telemetry) {
        this.telemetry = telemetry;
        this.tracer = telemetry.getTracer("dev.pointsman");
    }

    /**
     * Traces into it.
     *
     * @param telemetry whose tracers and propagators are used
     * @return what {@link PointsmanBuilder#telemetry} takes
     */
    public static OpenTelemetryTracing of(OpenTelemetry telemetry) {
        return new OpenTelemetryTracing(telemetry);
    }

    @Override
    public Call begin(String method, Metadata headers) {
        int slash = method.indexOf('/');
        Span span = tracer.spanBuilder(method)
                .setSpanKind(SpanKind.CLIENT)
                .setAttribute(SYSTEM, "grpc")
                .setAttribute(SERVICE, method.substring(0, slash))
                .setAttribute(METHOD, method.substring(slash + 1))
                .startSpan();
        telemetry
                .getPropagators()
                .getTextMapPropagator()
                .inject(Context.current().with(span), headers, OpenTelemetryTracing::put);
        return failure -> end(span, failure);
    }

    private static void end(Span span, PointsmanException failure) {
        span.setAttribute(CODE, (long) (failure == null ? Status.Code.OK : failure.code()).value());
        if (failure != null) {
            span.setAttribute(ERROR, failure.reason().isEmpty() ? failure.code().name() : failure.reason());
            span.setStatus(StatusCode.ERROR, failure.description());
        }
        span.end();
    }

    private static void put(Metadata headers, String key, String value) {
        Metadata.Key<String> name = Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER);
        // A caller who sends a traceparent of his own knows better.
        if (headers != null && !headers.containsKey(name)) {
            headers.put(name, value);
        }
    }
}
