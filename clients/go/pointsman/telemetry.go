package pointsman

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// instrumentation is the name under which spans are made.
const instrumentation = "pointsman.dev/clients/go/pointsman"

// outgoing is gRPC metadata as a propagator writes to it.
type outgoing metadata.MD

func (o outgoing) Get(key string) string {
	if values := metadata.MD(o).Get(key); len(values) > 0 {
		return values[0]
	}
	return ""
}
func (o outgoing) Set(key, value string) { metadata.MD(o).Set(key, value) }
func (o outgoing) Keys() []string {
	keys := make([]string, 0, len(o))
	for key := range o {
		keys = append(keys, key)
	}
	return keys
}

// trace begins a call's span, and is what ends it. The names are those of OpenTelemetry's conventions for RPC.
func (c *Client) trace(ctx context.Context, method string) (context.Context, func(error)) {
	if c.tracer == nil {
		return ctx, func(error) {}
	}
	name := strings.TrimPrefix(method, "/")
	service, rpc, _ := strings.Cut(name, "/")
	_, address := c.connectionFor(method)
	attributes := []attribute.KeyValue{
		attribute.String("rpc.system", "grpc"), attribute.String("rpc.service", service), attribute.String("rpc.method", rpc),
	}
	if host, port, err := net.SplitHostPort(address); err == nil {
		number, _ := strconv.Atoi(port) // Checked when the client was made.
		attributes = append(attributes, attribute.String("server.address", host), attribute.Int("server.port", number))
	} else {
		attributes = append(attributes, attribute.String("server.address", address))
	}
	ctx, span := c.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	sent, _ := metadata.FromOutgoingContext(ctx) // Made by terms.begin for this call, so nobody else's.
	if len(sent.Get("traceparent")) == 0 {
		propagation.TraceContext{}.Inject(ctx, outgoing(sent))
	}
	return metadata.NewOutgoingContext(ctx, sent), func(err error) { endSpan(span, err) }
}

// endSpan says how a call ended. A message may hold what a caller wrote, so it is not told; who hangs up makes no error.
func endSpan(span trace.Span, err error) {
	defer span.End()
	var failed *Error
	if !errors.As(err, &failed) {
		span.SetAttributes(attribute.Int("rpc.grpc.status_code", int(codes.OK)))
		return
	}
	span.SetAttributes(attribute.Int("rpc.grpc.status_code", int(failed.Code)))
	if failed.Family != ErrCancelled {
		span.SetAttributes(attribute.String("error.type", errorType(failed)))
		span.SetStatus(otelcodes.Error, errorType(failed))
	}
}

// tellEpisode has the span of a call say which episode it is about.
func tellEpisode(ctx context.Context, response any) {
	if about, is := response.(interface{ GetEpisodeId() string }); is && about.GetEpisodeId() != "" {
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("pointsman.episode_id", about.GetEpisodeId()))
	}
}

func errorType(failed *Error) string {
	if failed.Reason != "" {
		return string(failed.Reason)
	}
	return codeName(failed.Code)
}
