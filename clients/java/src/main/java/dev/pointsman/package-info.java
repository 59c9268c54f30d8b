/**
 * Client of Pointsman, the self-learning router for large language models.
 *
 * <p>{@link dev.pointsman.Pointsman} speaks to a service, {@link dev.pointsman.Ask} is what it is asked, {@link
 * dev.pointsman.Answer} what comes back. The messages of the wire contract are in {@code dev.pointsman.v1}. What goes wrong
 * is a {@link dev.pointsman.PointsmanException}.
 */
package dev.pointsman;
