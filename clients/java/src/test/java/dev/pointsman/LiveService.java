package dev.pointsman;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** `pointsman serve` on recorded answers, as a process that can be killed and started again on its folder and port. */
final class LiveService implements AutoCloseable {
    private static final Pattern SERVING = Pattern.compile("serving\\s.*address=\\S*?:(\\d+)\\s");
    private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*m");

    private final Path folder;
    private Process process;
    private int port;

    LiveService() {
        try {
            folder = Files.createTempDirectory("pointsman-java");
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
        start();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    PointsmanBuilder client() {
        return new PointsmanBuilder(new Environment(name -> null)).address(address());
    }

    /** Starts it, and returns when it serves. */
    void start() {
        List<String> command = new ArrayList<>(List.of("../../.venv/bin/pointsman", "serve", "--port", "" + port));
        command.addAll(List.of("--folder", folder.resolve("data").toString()));
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder said = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher serving = SERVING.matcher(COLOURS.matcher(line).replaceAll("") + " ");
                if (serving.find()) {
                    port = Integer.parseInt(serving.group(1));
                    drain(lines);
                    return;
                }
                said.append(line).append('\n');
            }
            throw new IllegalStateException("the service ended:\n" + said);
        } catch (IOException missing) {
            throw new UncheckedIOException("make install at the top of the checkout", missing);
        }
    }

    /** As `kill -9` does it. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }

    /** So that a pipe that is full does not hold it up. */
    private static void drain(BufferedReader lines) {
        Thread reader = new Thread(() -> lines.lines().forEach(line -> {}), "service-log");
        reader.setDaemon(true);
        reader.start();
    }
}
