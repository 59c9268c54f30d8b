package dev.pointsman;

/** How requests are compressed; answers come as the service sends them. */
public enum Compression {
    /** Not at all. */
    NONE,
    /** By gzip: for long prompts over a slow network. */
    GZIP
}
