package dev.pointsman;

import java.util.function.UnaryOperator;

/** What the process's environment says; an empty variable is as none. */
record Environment(UnaryOperator<String> variables) {
    static final String ADDRESS = "POINTSMAN_ADDRESS";
    static final String ADMIN_ADDRESS = "POINTSMAN_ADMIN_ADDRESS";
    static final String TENANT = "POINTSMAN_TENANT";
    static final String API_KEY = "POINTSMAN_API_KEY";
    static final String TLS_CA = "POINTSMAN_TLS_CA";
    static final String TLS_CERT = "POINTSMAN_TLS_CERT";
    static final String TLS_KEY = "POINTSMAN_TLS_KEY";

    /** The variable's value; null where there is none. */
    String get(String name) {
        String value = variables.apply(name);
        return value == null || value.isEmpty() ? null : value;
    }
}
