package dev.pointsman;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The service config that this client carries. */
class ServiceConfigTest {
    @Test
    void theConfigIsTheOneThatIsPublishedWithTheContract() throws IOException {
        JsonElement published = JsonParser.parseString(Files.readString(Path.of("../../proto/service_config.json")));
        try (InputStream copy = ServiceConfig.class.getResourceAsStream(ServiceConfig.RESOURCE)) {
            assertEquals(published, JsonParser.parseString(new String(copy.readAllBytes(), StandardCharsets.UTF_8)));
        }
    }
}
