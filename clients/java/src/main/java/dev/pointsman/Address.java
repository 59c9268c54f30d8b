package dev.pointsman;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses that gRPC resolves, and whether what is sent there stays on this machine. */
final class Address {
    static final String STANDARD = "127.0.0.1:50051";

    private static final int LAST_PORT = 65_535;
    private static final Pattern WITHOUT_BLANKS = Pattern.compile("[!-~]+");
    /** gRPC's own name resolvers; any other scheme, as http, it would take for a host's name. */
    private static final Pattern SCHEME = Pattern.compile(
            "(?!dns:|unix:|unix-abstract:|ipv4:|ipv6:|vsock:|xds:|google-c2p:)[A-Za-z][A-Za-z0-9+.-]*://");
    /** A host and one colon, so that what follows is a port; an address with a scheme has another form. */
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?!unix:|unix-abstract:|vsock:)([^:/]+|\\[[^]]+]):([^:/]*)");
    /** An address in figures: a name is never looked up for this, since it may have several. */
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}|(0{0,4}:){2,7}0{0,3}1");

    private Address() {}

    /** The address, if gRPC can resolve it; path: what the caller calls it. */
    static String check(String address, String path) {
        String problem = "must be HOST:PORT, for instance " + STANDARD + ", not " + address;
        if (address == null || !WITHOUT_BLANKS.matcher(address).matches() || address.indexOf(':') < 0) {
            throw Errors.invalid(path, problem);
        }
        if (SCHEME.matcher(address).lookingAt()) {
            throw Errors.invalid(path, problem + ": leave the scheme out; for TLS, give tlsCa");
        }
        Matcher parts = HOST_AND_PORT.matcher(address);
        if (parts.matches() && port(parts.group(2)) == 0) {
            throw Errors.invalid(path, problem + ": a port is a number from 1 to " + LAST_PORT);
        }
        return address;
    }

    /** Where operators ask unless somebody says otherwise: the port after that of callers; without a port, the same. */
    static String ofOperators(String callers) {
        int colon = callers.lastIndexOf(':');
        int port = port(callers.substring(colon + 1));
        return port == 0 || port == LAST_PORT ? callers : callers.substring(0, colon + 1) + (port + 1);
    }

    /** Whether what is sent there stays on this machine. */
    static boolean isLocal(String address) {
        if (address.startsWith("unix:") || address.startsWith("unix-abstract:")) {
            return true;
        }
        String target = address.replaceFirst("^(dns:///?|ipv4:|ipv6:)", "");
        String host = target.substring(0, Math.max(target.lastIndexOf(':'), 0)).replaceAll("[\\[\\]]", "");
        return host.equals("localhost") || LOOPBACK.matcher(host).matches();
    }

    private static int port(String text) {
        boolean number = !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = number ? Integer.parseInt(text) : 0;
        return port <= LAST_PORT ? port : 0;
    }
}
