package dev.pointsman;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Metadata of calls: whose they are, who calls, and what callers send beside it. */
final class Headers implements ClientInterceptor {
    static final Metadata.Key<String> TENANT = Metadata.Key.of("x-pointsman-tenant", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private static final CallOptions.Key<Metadata> OF_CALL = CallOptions.Key.create("pointsman-headers");
    private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");
    private static final Pattern WITHOUT_BLANKS = Pattern.compile("[!-~]+");
    private static final Pattern KEY = Pattern.compile("[0-9a-z_.-]+");

    private final Metadata standing;

    /** Sends these with every call that has none of its own. */
    Headers(Metadata standing) {
        this.standing = standing;
    }

    /** A pair of metadata; value: a text in ASCII, or bytes where the key ends in -bin. */
    record Pair(String key, Object value) {
        void putInto(Metadata metadata) {
            if (value instanceof byte[] bytes) {
                metadata.put(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER), bytes);
            } else {
                metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), (String) value);
            }
        }

        @Override
        public String toString() {
            return key;
        }
    }

    /** The pair, if gRPC can send it. Values are never shown: they may be secrets. */
    static Pair pair(String key, Object value) {
        if (key == null || !KEY.matcher(key).matches() || key.startsWith("grpc-")) {
            throw Errors.invalid(
                    "metadata",
                    "has a key that gRPC refuses, " + key + ": lower-case ASCII, and none that begins with grpc-");
        }
        if (key.equals(TENANT.name())) {
            throw Errors.invalid("metadata", "names the tenant: use tenant for it");
        }
        boolean binary = key.endsWith(Metadata.BINARY_HEADER_SUFFIX);
        if (binary && !(value instanceof byte[])) {
            throw Errors.invalid("metadata", "of " + key + " must be bytes, as the key ends in -bin");
        }
        if (!binary && !(value instanceof String text && PRINTABLE.matcher(text).matches())) {
            throw Errors.invalid("metadata", "of " + key + " must be a text in printable ASCII");
        }
        return new Pair(key, value instanceof byte[] bytes ? Arrays.copyOf(bytes, bytes.length) : value);
    }

    /** The tenant, if it can be sent: the service says what else a name must be. */
    static String tenant(String tenant, String path) {
        if (tenant == null || !WITHOUT_BLANKS.matcher(tenant).matches()) {
            throw Errors.invalid(path, "must be a name in ASCII without blanks, for instance team-a, not " + tenant);
        }
        return tenant;
    }

    /** The key, if it can be sent. What is wrong with it is said without it. */
    static String apiKey(String key, String path) {
        if (!WITHOUT_BLANKS.matcher(key).matches()) {
            throw Errors.invalid(path, "must be a key as `pointsman keys create` prints it, in ASCII without blanks");
        }
        return key;
    }

    /** What one call sends. An authorization among the pairs takes the key's place. */
    static Metadata of(String tenant, String apiKey, List<Pair> pairs) {
        Metadata made = new Metadata();
        if (tenant != null) {
            made.put(TENANT, tenant);
        }
        boolean named = pairs.stream().anyMatch(pair -> pair.key().equals(AUTHORIZATION.name()));
        if (apiKey != null && !named) {
            made.put(AUTHORIZATION, "Bearer " + apiKey);
        }
        pairs.forEach(pair -> pair.putInto(made));
        return made;
    }

    /** Call options with metadata of the call's own, in the place of the client's. */
    static CallOptions with(CallOptions options, Metadata ofCall) {
        return options.withOption(OF_CALL, ofCall);
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        Metadata ofCall = options.getOption(OF_CALL);
        Metadata sent = ofCall == null ? standing : ofCall;
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                headers.merge(sent);
                super.start(listener, headers);
            }
        };
    }
}
