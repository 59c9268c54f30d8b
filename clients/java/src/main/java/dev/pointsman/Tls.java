package dev.pointsman;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** TLS of a client: what the service's certificate is checked by, and the client's own certificate. */
final class Tls {
    /** The CAs that this machine trusts. */
    static final String SYSTEM = "system";

    private Tls() {}

    /** A file that somebody named, and by which name: an argument's or a variable's. Null where nobody did. */
    record Named(String file, String by) {}

    /**
     * For files in PEM. Null where nothing says that there is TLS.
     *
     * @throws InvalidRequestException for a file that cannot be read, or a certificate without its key
     */
    static ChannelCredentials credentials(Named ca, Named cert, Named key) {
        if ((cert == null) != (key == null)) {
            throw Errors.invalid("tls_cert", "goes together with tls_key: a certificate is of no use without its key");
        }
        if (ca == null && cert == null) {
            return null;
        }
        TlsChannelCredentials.Builder made = TlsChannelCredentials.newBuilder();
        Named last = ca;
        try {
            if (ca != null && !SYSTEM.equals(ca.file())) {
                made.trustManager(new ByteArrayInputStream(read(ca)));
            }
            last = cert;
            if (cert != null) {
                made.keyManager(new ByteArrayInputStream(read(cert)), new ByteArrayInputStream(read(key)));
            }
        } catch (IOException refused) {
            throw Errors.invalid(
                    last == null ? "tls_ca" : last.by(), "is no PEM that can be used: " + refused.getMessage());
        }
        return made.build();
    }

    private static byte[] read(Named named) {
        try {
            return Files.readAllBytes(Path.of(named.file()));
        } catch (IOException | InvalidPathException unreadable) {
            throw Errors.invalid(named.by(), named.file() + " cannot be read: " + unreadable);
        }
    }
}
