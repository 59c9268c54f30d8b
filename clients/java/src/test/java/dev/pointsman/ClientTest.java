package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pointsman.v1.ListModelsRequest;
import dev.pointsman.v1.ListModelsResponse;
import dev.pointsman.v1.RouteRequest;
import dev.pointsman.v1.RouterServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where clients connect to, what they send beside requests, and how calls end. */
class ClientTest {
    private static PointsmanBuilder in(Map<String, String> variables) {
        return new PointsmanBuilder(new Environment(variables::get));
    }

    private static String header(Scripted service, int call, String name) {
        return service.headers.get(call).get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }

    @Test
    void whatIsLeftOutComesFromTheEnvironment() {
        Settings said = in(Map.of("POINTSMAN_ADDRESS", "a:1", "POINTSMAN_TENANT", "t", "POINTSMAN_TLS_CA", "system"))
                .settings();
        assertEquals(List.of("a:1", "a:2", "t"), List.of(said.address(), said.adminAddress(), said.tenant()));
        assertTrue(said.credentials() != null);
        Settings none =
                in(Map.of("POINTSMAN_TENANT", "", "POINTSMAN_ADDRESS", "")).settings();
        assertEquals(List.of("127.0.0.1:50051", "default"), List.of(none.address(), none.tenant()));
        assertEquals(Duration.ofMinutes(2), none.timeout());
        assertNull(in(Map.of("POINTSMAN_API_KEY", "k")).settings().tenant(), "the key has its own");
    }

    @Test
    void whatIsSaidWinsOverTheEnvironmentAlsoWhereThatIsWrong() {
        Map<String, String> wrong = Map.of("POINTSMAN_ADDRESS", "http://x", "POINTSMAN_TENANT", "tëam");
        assertEquals("t", in(wrong).address("a:1").tenant("t").settings().tenant());
        var told = assertThrows(InvalidRequestException.class, () -> in(wrong).build());
        assertTrue(told.getMessage().contains("POINTSMAN_ADDRESS must be"), told.getMessage());
        var tenant = assertThrows(
                InvalidRequestException.class, () -> in(wrong).address("a:1").build());
        assertTrue(tenant.getMessage().contains("POINTSMAN_TENANT must be"), tenant.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost:1", "grpc://a:1", "localhost", "", "local host:1", "a:0", "a:65536", "a:b"})
    void anAddressThatCannotBeMeantIsRefused(String address) {
        assertThrows(InvalidRequestException.class, () -> in(Map.of()).address(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:1", "[::1]:1", "dns:///localhost:1", "unix:///tmp/p.sock", "127.0.0.1:65535"})
    void anAddressMayBeAnyThatGrpcResolves(String address) {
        in(Map.of()).address(address).build().close();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:1,true",
        "127.8.9.1:1,true",
        "localhost:1,true",
        "[::1]:1,true",
        "unix:/p.sock,true",
        "dns:///localhost:1,true",
        "10.0.0.7:1,false",
        "localhost.x:1,false",
        "127.0.0.1.example.com:1,false",
        "dns://8.8.8.8/localhost:1,false"
    })
    void aKeyLeavesThisMachineOnlyWhereThatIsSaid(String address, boolean local) {
        PointsmanBuilder builder =
                in(Map.of()).address(address).adminAddress(address).apiKey("k");
        if (local) {
            builder.settings();
        } else {
            assertThrows(InvalidRequestException.class, builder::settings);
        }
        builder.plainKey(true).settings();
    }

    @Test
    void aKeyIsNeverShown() {
        var refused =
                assertThrows(InvalidRequestException.class, () -> in(Map.of()).apiKey("two words"));
        assertFalse(refused.getMessage().contains("two"));
        assertFalse(in(Map.of()).apiKey("secret").settings().toString().contains("secret"));
    }

    @Test
    void filesOfTlsMustBeThereAndGoTogether() {
        assertThrows(
                InvalidRequestException.class,
                () -> in(Map.of()).tlsCa("/no/such.pem").build());
        assertThrows(
                InvalidRequestException.class,
                () -> in(Map.of()).tlsCert(Path.of("/no/such.pem")).build());
        assertThrows(
                InvalidRequestException.class,
                () -> in(Map.of()).tlsCa("pom.xml").build());
    }

    @Test
    void everyCallHasItsTenantKeyAndMetadata() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client()
                        .tenant("t")
                        .apiKey("k")
                        .metadata("x-all", "1")
                        .build()) {
            client.route("a");
            client.route(Ask.of("a").tenant("u").metadata("x-own", "2").metadata("authorization", "Basic b"));
            RouterServiceGrpc.newBlockingStub(client.channel()).route(RouteRequest.getDefaultInstance());
            assertEquals("t", header(service, 0, "x-pointsman-tenant"));
            assertEquals("Bearer k", header(service, 0, "authorization"));
            assertEquals("1", header(service, 0, "x-all"));
            assertEquals("u", header(service, 1, "x-pointsman-tenant"));
            assertEquals("Basic b", header(service, 1, "authorization"));
            assertEquals("2", header(service, 1, "x-own"));
            assertEquals("Bearer k", header(service, 2, "authorization"), "stubs of one's own send it, too");
        }
    }

    @Test
    void anAnswersHandleSpeaksForTheTenantThatAsked() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            client.complete(Ask.of("a").tenant("u")).thumbsDown();
            assertEquals("u", header(service, 1, "x-pointsman-tenant"));
        }
    }

    @Test
    void metadataThatGrpcRefusesIsRefusedByName() {
        for (Supplier<Ask> wrong : List.<Supplier<Ask>>of(
                () -> Ask.of("a").metadata("Upper", "1"),
                () -> Ask.of("a").metadata("grpc-x", "1"),
                () -> Ask.of("a").metadata("x", "ü"),
                () -> Ask.of("a").metadata("x-bin", "1"),
                () -> Ask.of("a").metadata("x", new byte[1]),
                () -> Ask.of("a").metadata("x-pointsman-tenant", "t"))) {
            assertThrows(InvalidRequestException.class, wrong::get);
        }
    }

    @Test
    void requestsAreCompressedWhereThatIsAsked() {
        try (Scripted service = new Scripted();
                Pointsman client =
                        service.client().compression(Compression.GZIP).build()) {
            client.route("a");
            assertEquals("gzip", header(service, 0, "grpc-encoding"));
        }
    }

    @Test
    void aCallWithItsRetriesIsOneSpanWhoseContextIsSentOn() {
        InMemorySpanExporter spans = InMemorySpanExporter.create();
        SdkTracerProvider tracers = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(spans))
                .build();
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(tracers)
                .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                .build();
        RetryPolicy quick = RetryPolicy.standard().withWaits(Duration.ofMillis(1), 1, Duration.ofMillis(1));
        try (Scripted service = new Scripted();
                Pointsman client = service.client()
                        .retry(quick)
                        .telemetry(OpenTelemetryTracing.of(sdk))
                        .build()) {
            service.fail(2);
            client.complete("a");
            client.completeAsync(Ask.of("a")).join();
            try (AnswerStream stream = client.streamComplete("a")) {
                stream.answer();
            }
            List<SpanData> told = spans.getFinishedSpanItems();
            assertEquals(3, told.size());
            assertEquals("pointsman.v1.RouterService/Complete", told.get(0).getName());
            for (int call = 0; call < 3; call++) {
                assertTrue(header(service, call, "traceparent")
                        .contains(told.get(0).getTraceId()));
            }
        }
    }

    @Test
    void aResponseOfAnotherClassIsRefusedBeforeAnythingIsSent() {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            ListModelsRequest request = ListModelsRequest.getDefaultInstance();
            assertThrows(InvalidRequestException.class, () -> client.call(request, RouteRequest.class));
            assertThrows(
                    InvalidRequestException.class,
                    () -> client.call(ListModelsResponse.getDefaultInstance(), ListModelsResponse.class));
            assertTrue(service.headers.isEmpty());
        }
    }

    @Test
    void aChannelOfTheCallersOwnStaysOpen() {
        try (Scripted service = new Scripted()) {
            ManagedChannel channel = Grpc.newChannelBuilder(service.address(), InsecureChannelCredentials.create())
                    .build();
            in(Map.of()).channel(channel).build().close();
            Pointsman client = in(Map.of()).channel(channel).build();
            assertEquals("e-1", client.route("a").episodeId());
            channel.shutdownNow();
            assertThrows(ClosedClientException.class, () -> client.route("a"));
            assertThrows(
                    InvalidRequestException.class,
                    () -> in(Map.of()).channel(channel).address("a:1").build());
        }
    }

    @Test
    void aClosedClientSaysSo() {
        try (Scripted service = new Scripted()) {
            Pointsman client = service.client().build();
            client.close();
            client.close();
            assertThrows(ClosedClientException.class, () -> client.route("a"));
            assertThrows(
                    ClosedClientException.class,
                    () -> client.streamComplete("a").hasNext());
            var failed = assertThrows(
                    java.util.concurrent.CompletionException.class,
                    () -> client.completeAsync(Ask.of("a")).join());
            assertInstanceOf(ClosedClientException.class, failed.getCause());
        }
    }

    @Test
    void closingEndsTheCallsUnderWay() throws Exception {
        try (Scripted service = new Scripted()) {
            service.hold = new CountDownLatch(1);
            Pointsman client = service.client().build();
            CompletableFuture<Answer> asked = CompletableFuture.supplyAsync(() -> client.complete("a"));
            assertTrue(service.entered.await(10, TimeUnit.SECONDS));
            client.close();
            var failed = assertThrows(java.util.concurrent.ExecutionException.class, asked::get);
            assertInstanceOf(ClosedClientException.class, failed.getCause());
        }
    }

    @Test
    void anInterruptEndsABlockingCall() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.hold = new CountDownLatch(1);
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                var failed = assertThrows(CancelledException.class, () -> client.complete("a"));
                end.complete(Thread.currentThread().isInterrupted() ? failed : null);
            });
            caller.start();
            assertTrue(service.entered.await(10, TimeUnit.SECONDS));
            caller.interrupt();
            assertInstanceOf(CancelledException.class, end.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void anExceptionIsSerializedWithAllThatItCarries() throws Exception {
        try (Scripted service = new Scripted();
                Pointsman client = service.client().build()) {
            service.fail(1, io.grpc.Status.Code.RESOURCE_EXHAUSTED, "BUDGET_EXHAUSTED", 1500, null);
            var failed = assertThrows(BudgetExhaustedException.class, () -> client.route("a"));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            new ObjectOutputStream(bytes).writeObject(failed);
            Object copy = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
            assertEquals(failed.toString(), copy.toString());
            assertEquals(
                    Duration.ofMillis(1500),
                    ((PointsmanException) copy).retryAfter().orElseThrow());
        }
    }
}
