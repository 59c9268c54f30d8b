package dev.pointsman;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The service config that is published with the contract: how gRPC itself retries and waits for a connection. */
final class ServiceConfig {
    /** A copy of proto/service_config.json; a test says so. */
    static final String RESOURCE = "/dev/pointsman/service_config.json";

    private ServiceConfig() {}

    /**
     * Gives a channel the published config, but for its retries: {@link Attempts} makes them, which know what gRPC does not.
     * Where every model failed, for instance, another call would call every provider again.
     */
    static void install(ManagedChannelBuilder<?> channel, RetryPolicy policy) {
        Map<String, Object> config = published();
        for (Map<String, Object> method : methods(config)) {
            method.remove("retryPolicy");
            // Who counts attempts wants each to end.
            method.put("waitForReady", policy.attempts().isEmpty());
        }
        config.remove("retryThrottling");
        channel.disableRetry().defaultServiceConfig(config);
    }

    /** All of it, as gRPC takes it. */
    static Map<String, Object> published() {
        try (InputStream file = ServiceConfig.class.getResourceAsStream(RESOURCE);
                InputStreamReader text = new InputStreamReader(file, StandardCharsets.UTF_8)) {
            return new Gson().fromJson(text, new TypeToken<Map<String, Object>>() {}.getType());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(RESOURCE, unreadable);
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> methods(Map<String, Object> config) {
        return (List<Map<String, Object>>) config.get("methodConfig");
    }
}
