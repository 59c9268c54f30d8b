package dev.pointsman.conformance;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import dev.pointsman.PointsmanException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Plays the vectors that all clients share, by the protocol of tests/contracts/clients: a line of JSON in, one out. */
public final class Runner {
    private static final Gson GSON = new GsonBuilder()
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .disableHtmlEscaping()
            .create();

    private Runner() {}

    /** Answers every line until the input ends. */
    public static void main(String[] none) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Operations operations = new Operations();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, Object> said = GSON.fromJson(line, new TypeToken<Map<String, Object>>() {}.getType());
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("id", said.get("id"));
            answer.putAll(answer(operations, Words.of(said)));
            answers.println(GSON.toJson(answer));
        }
        operations.close();
        System.exit(0);
    }

    private static Map<String, Object> answer(Operations operations, Words said) throws IOException {
        try {
            return Map.of("ok", operations.perform(said));
        } catch (Operations.UnsupportedException unknown) {
            return Map.of("unsupported", unknown.getMessage());
        } catch (Operations.HungUpException left) {
            return Map.of("error", Told.hungUp(left));
        } catch (PointsmanException failed) {
            return Map.of("error", Told.error(failed));
        }
    }
}
