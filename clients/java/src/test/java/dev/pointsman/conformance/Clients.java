package dev.pointsman.conformance;

import dev.pointsman.BatcherOptions;
import dev.pointsman.Compression;
import dev.pointsman.OpenTelemetryTracing;
import dev.pointsman.Pointsman;
import dev.pointsman.PointsmanBuilder;
import dev.pointsman.RetryPolicy;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Path;
import java.time.Duration;

/** Clients and batchers, made of what a line says. */
final class Clients {
    private Clients() {}

    static Pointsman make(Words options) {
        PointsmanBuilder made = Pointsman.builder();
        for (String name : options.members().keySet()) {
            put(made, name, options);
        }
        return made.build();
    }

    private static void put(PointsmanBuilder made, String name, Words options) {
        switch (name) {
            case "address" -> made.address(options.text(name));
            case "admin_address" -> made.adminAddress(options.text(name));
            case "tenant" -> made.tenant(options.text(name));
            case "api_key" -> made.apiKey(options.text(name));
            case "plain_key" -> made.plainKey(options.flag(name));
            case "tls_ca" -> made.tlsCa(options.text(name));
            case "tls_cert" -> made.tlsCert(Path.of(options.text(name)));
            case "tls_key" -> made.tlsKey(Path.of(options.text(name)));
            case "metadata" -> Queries.pairs(options, name).forEach(pair -> made.metadata(pair.get(0), pair.get(1)));
            case "compression" ->
                made.compression("gzip".equals(options.text(name)) ? Compression.GZIP : Compression.NONE);
            case "telemetry" -> {
                if (options.flag(name)) {
                    made.telemetry(OpenTelemetryTracing.of(recording()));
                }
            }
            case "retry" -> made.retry(policy(options.in(name)));
            case "timeout_s" -> {
                if (options.get(name) == null) {
                    made.noTimeout();
                } else {
                    made.timeout(options.seconds(name));
                }
            }
            default -> throw new Operations.UnsupportedException("option " + name);
        }
    }

    /** A tracer provider that records everything. */
    private static OpenTelemetry recording() {
        return OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(InMemorySpanExporter.create()))
                        .build())
                .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                .build();
    }

    private static RetryPolicy policy(Words said) {
        RetryPolicy made = RetryPolicy.standard();
        for (String name : said.members().keySet()) {
            made = switch (name) {
                case "attempts" -> made.withAttempts(said.whole(name));
                case "provider_attempts" -> made.withProviderAttempts(said.whole(name));
                case "longest_outage_s" -> made.withLongestOutage(said.seconds(name));
                case "first_contact_s" -> made.withFirstContact(said.seconds(name));
                case "first_wait_s", "longest_wait_s" ->
                    made.withWaits(
                            said.has("first_wait_s") ? said.seconds("first_wait_s") : Duration.ofMillis(100),
                            2.0,
                            said.has("longest_wait_s") ? said.seconds("longest_wait_s") : Duration.ofSeconds(5));
                default -> throw new Operations.UnsupportedException("retry " + name);
            };
        }
        return made;
    }

    static BatcherOptions batcher(Pointsman client, Words options) {
        BatcherOptions made = client.batcher();
        for (String name : options.members().keySet()) {
            switch (name) {
                case "max_items" -> made.maxItems(options.whole(name));
                case "max_bytes" -> made.maxBytes(options.large(name));
                case "flush_items" -> made.flushItems(options.whole(name));
                case "flush_bytes" -> made.flushBytes(options.whole(name));
                case "flush_interval_s" -> made.flushInterval(options.seconds(name));
                case "deadline_s" -> made.deadline(options.seconds(name));
                default -> throw new Operations.UnsupportedException("option " + name);
            }
        }
        return made;
    }
}
