package dev.pointsman;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Where the service is, and who calls. What is left out comes from the environment: POINTSMAN_ADDRESS,
 * POINTSMAN_ADMIN_ADDRESS, POINTSMAN_TENANT, POINTSMAN_API_KEY, POINTSMAN_TLS_CA, POINTSMAN_TLS_CERT and POINTSMAN_TLS_KEY.
 */
public final class PointsmanBuilder {
    private static final String STANDARD_TENANT = "default";

    private final Environment environment;
    private final List<Headers.Pair> pairs = new ArrayList<>();
    private final List<ClientInterceptor> interceptors = new ArrayList<>();
    private String address;
    private String adminAddress;
    private String tenant;
    private String apiKey;
    private boolean plainKey;
    private String tlsCa;
    private String tlsCert;
    private String tlsKey;
    private ChannelCredentials credentials;
    private Channel channel;
    private Duration timeout = Timeouts.STANDARD;
    private RetryPolicy retry = RetryPolicy.standard();
    private Compression compression = Compression.NONE;
    private Telemetry telemetry;
    private Consumer<ManagedChannelBuilder<?>> customizer = builder -> {};

    PointsmanBuilder(Environment environment) {
        this.environment = environment;
    }

    /**
     * Sets where the service is; else POINTSMAN_ADDRESS, else 127.0.0.1:50051.
     *
     * @param address HOST:PORT, or what gRPC resolves
     * @return this
     */
    public PointsmanBuilder address(String address) {
        this.address = Address.check(address, "address");
        return this;
    }

    /**
     * Sets where operators' requests go; else POINTSMAN_ADMIN_ADDRESS, else the port after the other.
     *
     * @param adminAddress HOST:PORT, or what gRPC resolves
     * @return this
     */
    public PointsmanBuilder adminAddress(String adminAddress) {
        this.adminAddress = Address.check(adminAddress, "admin_address");
        return this;
    }

    /**
     * Sets whose calls these are; else POINTSMAN_TENANT, else the key's own, else {@code default}.
     *
     * @param tenant the tenant's name
     * @return this
     */
    public PointsmanBuilder tenant(String tenant) {
        this.tenant = Headers.tenant(tenant, "tenant");
        return this;
    }

    /**
     * Sets who calls; else POINTSMAN_API_KEY. A key goes to this machine only, unless there is TLS or {@link #plainKey}.
     *
     * @param apiKey as {@code pointsman keys create} prints it
     * @return this
     */
    public PointsmanBuilder apiKey(String apiKey) {
        this.apiKey = Headers.apiKey(Objects.requireNonNull(apiKey), "api_key");
        return this;
    }

    /**
     * Says whether the network is trusted with a key that is not encrypted.
     *
     * @param trusted true sends the key unencrypted
     * @return this
     */
    public PointsmanBuilder plainKey(boolean trusted) {
        this.plainKey = trusted;
        return this;
    }

    /**
     * Checks the service's certificate by this CA; else POINTSMAN_TLS_CA.
     *
     * @param ca a file in PEM, or {@code system} for the CAs that this machine trusts
     * @return this
     */
    public PointsmanBuilder tlsCa(String ca) {
        this.tlsCa = Objects.requireNonNull(ca);
        return this;
    }

    /**
     * Checks the service's certificate by this CA.
     *
     * @param ca a file in PEM
     * @return this
     */
    public PointsmanBuilder tlsCa(Path ca) {
        return tlsCa(ca.toString());
    }

    /**
     * Sets a certificate of your own, where the service asks for one; else POINTSMAN_TLS_CERT.
     *
     * @param certificate a file in PEM; it goes together with its key
     * @return this
     */
    public PointsmanBuilder tlsCert(Path certificate) {
        this.tlsCert = certificate.toString();
        return this;
    }

    /**
     * Sets the key of your own certificate; else POINTSMAN_TLS_KEY.
     *
     * @param key a file in PEM, PKCS#8
     * @return this
     */
    public PointsmanBuilder tlsKey(Path key) {
        this.tlsKey = key.toString();
        return this;
    }

    /**
     * Sets gRPC's own credentials, in the place of files.
     *
     * @param credentials what gRPC connects with
     * @return this
     */
    public PointsmanBuilder credentials(ChannelCredentials credentials) {
        this.credentials = Objects.requireNonNull(credentials);
        return this;
    }

    /**
     * Uses this channel as it is, with its own options, and leaves it open at the end.
     *
     * @param channel it has an address and credentials of its own
     * @return this
     */
    public PointsmanBuilder channel(Channel channel) {
        this.channel = Objects.requireNonNull(channel);
        return this;
    }

    /**
     * Sets the deadline of each call that sets none of its own, retries included; else two minutes.
     *
     * @param timeout from the start of a call
     * @return this
     */
    public PointsmanBuilder timeout(Duration timeout) {
        this.timeout = Timeouts.checked(timeout);
        return this;
    }

    /**
     * Takes the deadline away.
     *
     * @return this
     */
    public PointsmanBuilder noTimeout() {
        this.timeout = null;
        return this;
    }

    /**
     * Sends gRPC metadata with every call.
     *
     * @param key in lower case
     * @param value in ASCII
     * @return this
     */
    public PointsmanBuilder metadata(String key, String value) {
        pairs.add(Headers.pair(key, value));
        return this;
    }

    /**
     * Sends binary gRPC metadata with every call.
     *
     * @param key in lower case, ending in {@code -bin}
     * @param value the bytes
     * @return this
     */
    public PointsmanBuilder metadata(String key, byte[] value) {
        pairs.add(Headers.pair(key, value));
        return this;
    }

    /**
     * Sets how calls are tried again.
     *
     * @param retry for instance {@code RetryPolicy.none()}
     * @return this
     */
    public PointsmanBuilder retry(RetryPolicy retry) {
        this.retry = Objects.requireNonNull(retry);
        return this;
    }

    /**
     * Sets how requests are compressed; else not at all.
     *
     * @param compression for instance GZIP
     * @return this
     */
    public PointsmanBuilder compression(Compression compression) {
        this.compression = Objects.requireNonNull(compression);
        return this;
    }

    /**
     * Watches calls, for instance by {@link OpenTelemetryTracing}.
     *
     * @param telemetry what watches
     * @return this
     */
    public PointsmanBuilder telemetry(Telemetry telemetry) {
        this.telemetry = Objects.requireNonNull(telemetry);
        return this;
    }

    /**
     * Puts an interceptor of gRPC around every attempt.
     *
     * @param interceptor the last one is called first
     * @return this
     */
    public PointsmanBuilder intercept(ClientInterceptor interceptor) {
        interceptors.add(Objects.requireNonNull(interceptor));
        return this;
    }

    /**
     * Changes the channel that is opened, after all else has been set.
     *
     * @param customizer for instance {@code channel -> channel.userAgent("team-a")}
     * @return this
     */
    public PointsmanBuilder configureChannel(Consumer<ManagedChannelBuilder<?>> customizer) {
        this.customizer = this.customizer.andThen(customizer);
        return this;
    }

    /**
     * Makes the client, which connects when it is first used.
     *
     * @return the client, to be closed
     * @throws InvalidRequestException where parts do not go together, or what the environment says cannot be meant
     */
    public Pointsman build() {
        return new Pointsman(settings());
    }

    Settings settings() {
        boolean files = tlsCa != null || tlsCert != null || tlsKey != null;
        if (channel != null && (address != null || adminAddress != null || credentials != null || files)) {
            throw Errors.invalid("channel", "has an address and credentials of its own: leave out address and TLS");
        }
        if (credentials != null && files) {
            throw Errors.invalid("tls_ca", "goes not with credentials: leave out the one or the other");
        }
        String key = orElse(apiKey, Environment.API_KEY);
        if (key != null) {
            Headers.apiKey(key, Environment.API_KEY);
        }
        ChannelCredentials secure = credentials == null && channel == null ? tls() : credentials;
        String callers = callersAddress();
        String operators = operatorsAddress(callers);
        if (key != null && channel == null && secure == null && !plainKey) {
            refusePlainKey(callers);
            refusePlainKey(operators);
        }
        return new Settings(
                callers,
                operators,
                tenant(key != null),
                key,
                timeout,
                List.copyOf(pairs),
                retry,
                compression,
                telemetry,
                secure,
                channel,
                List.copyOf(interceptors),
                customizer);
    }

    private String callersAddress() {
        if (channel != null) {
            return "the address of the channel that was handed in";
        }
        String said = environment.get(Environment.ADDRESS);
        if (address != null || said == null) {
            return address == null ? Address.STANDARD : address;
        }
        return Address.check(said, Environment.ADDRESS);
    }

    private String operatorsAddress(String callers) {
        if (channel != null || adminAddress != null) {
            return channel == null ? adminAddress : callers;
        }
        String said = environment.get(Environment.ADMIN_ADDRESS);
        return said == null ? Address.ofOperators(callers) : Address.check(said, Environment.ADMIN_ADDRESS);
    }

    /** Null where nobody named one and the key has its own. */
    private String tenant(boolean namedByKey) {
        if (tenant != null) {
            return tenant;
        }
        String said = environment.get(Environment.TENANT);
        if (said == null) {
            return namedByKey ? null : STANDARD_TENANT;
        }
        return Headers.tenant(said, Environment.TENANT);
    }

    private ChannelCredentials tls() {
        return Tls.credentials(
                named(tlsCa, "tls_ca", Environment.TLS_CA),
                named(tlsCert, "tls_cert", Environment.TLS_CERT),
                named(tlsKey, "tls_key", Environment.TLS_KEY));
    }

    private Tls.Named named(String given, String path, String variable) {
        if (given != null) {
            return new Tls.Named(given, path);
        }
        String said = environment.get(variable);
        return said == null ? null : new Tls.Named(said, variable);
    }

    private String orElse(String given, String variable) {
        return given == null ? environment.get(variable) : given;
    }

    private static void refusePlainKey(String address) {
        if (!Address.isLocal(address)) {
            throw Errors.invalid(
                    "api_key",
                    "would go to " + address
                            + " unencrypted: give tlsCa, or plainKey(true) where the network is trusted");
        }
    }
}
