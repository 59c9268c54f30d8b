package pointsman_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// scripted is a gRPC server that fails as a real service does only when it is in trouble: by a script. What a service answers
// when it is well is asked of a real one, elsewhere.
type scripted struct {
	pointsmanv1.UnimplementedRouterServiceServer
	pointsmanv1.UnimplementedFeedbackServiceServer
	mu       sync.Mutex
	failures []error // Of the next calls, in order.
	trailer  metadata.MD
	asked    []string // The request ids that came.
	sent     []metadata.MD
	at       []time.Time
	sizes    []int          // Of the batches that came.
	mostIn   int            // More in a batch are refused.
	results  []codes.Code   // Of the items of the next batches, in order; OK where there is none left.
	said     map[string]int // How often each id was taken.
}

// play begins the script. Its address, and the script to look at.
func play(t testing.TB, script *scripted) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	script.said = map[string]int{}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	pointsmanv1.RegisterRouterServiceServer(server, script)
	pointsmanv1.RegisterFeedbackServiceServer(server, script)
	go func() { _ = server.Serve(listener) }() // Ends with Stop.
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func (s *scripted) next(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, _ := metadata.FromIncomingContext(ctx)
	s.asked, s.sent, s.at = append(s.asked, id), append(s.sent, sent), append(s.at, time.Now())
	if len(s.failures) == 0 {
		return nil
	}
	failure := s.failures[0]
	s.failures = s.failures[1:]
	if s.trailer != nil {
		return errors.Join(grpc.SetTrailer(ctx, s.trailer), failure)
	}
	return failure
}

func (s *scripted) Complete(ctx context.Context, r *pointsmanv1.CompleteRequest) (*pointsmanv1.CompleteResponse, error) {
	return &pointsmanv1.CompleteResponse{EpisodeId: "e-1", Answer: &pointsmanv1.Answer{Text: "4"}}, s.next(ctx, r.GetRequestId())
}

func (s *scripted) StreamComplete(
	r *pointsmanv1.StreamCompleteRequest, stream grpc.ServerStreamingServer[pointsmanv1.StreamCompleteResponse],
) error {
	if err := s.next(stream.Context(), r.GetRequestId()); err != nil {
		return err
	}
	begun := &pointsmanv1.StreamCompleteResponse{Item: &pointsmanv1.StreamCompleteResponse_Begun{
		Begun: &pointsmanv1.StreamBegun{EpisodeId: "e-1"},
	}}
	if err := stream.Send(begun); err != nil {
		return err
	}
	return s.next(stream.Context(), "after the first")
}

func (s *scripted) RecordFeedbackBatch(
	ctx context.Context, r *pointsmanv1.RecordFeedbackBatchRequest,
) (*pointsmanv1.RecordFeedbackBatchResponse, error) {
	if err := s.next(ctx, ""); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes = append(s.sizes, len(r.GetRequests()))
	if s.mostIn > 0 && len(r.GetRequests()) > s.mostIn {
		return nil, status.Error(codes.ResourceExhausted, "too large for what stands before the service")
	}
	response := &pointsmanv1.RecordFeedbackBatchResponse{}
	for _, item := range r.GetRequests() {
		code := codes.OK
		if len(s.results) > 0 {
			code, s.results = s.results[0], s.results[1:]
		}
		result := &pointsmanv1.FeedbackResult{}
		if code == codes.OK {
			s.said[item.GetRequestId()]++
			result.Result = &pointsmanv1.FeedbackResult_Receipt{Receipt: &pointsmanv1.FeedbackReceipt{RequestId: item.GetRequestId()}}
		} else {
			result.Result = &pointsmanv1.FeedbackResult_Error{Error: status.New(code, "an item's own").Proto()}
		}
		response.Results = append(response.Results, result)
	}
	return response, nil
}

func unavailable(times int) []error {
	return slices.Repeat([]error{status.Error(codes.Unavailable, "not now")}, times)
}

func dial(t testing.TB, script *scripted, opts ...pointsman.Option) *pointsman.Client {
	t.Helper()
	client, err := pointsman.New(play(t, script), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestARetriedCallIsTheSameRequest(t *testing.T) {
	script := &scripted{failures: unavailable(3)}
	answer, err := dial(t, script).Complete(minutes(t), pointsman.Text("2 + 2?"))
	if err != nil || answer.Text != "4" {
		t.Fatal(answer, err)
	}
	if len(script.asked) != 4 || len(slices.Compact(slices.Clone(script.asked))) != 1 || script.asked[0] != answer.RequestID {
		t.Errorf("%v", script.asked)
	}
}

func TestRawStubsAreRetriedUnderAnIdOfTheClients(t *testing.T) {
	script := &scripted{failures: unavailable(2)}
	request := &pointsmanv1.CompleteRequest{}
	if _, err := dial(t, script).Router().Complete(minutes(t), request); err != nil {
		t.Fatal(err)
	}
	if len(script.asked) != 3 || script.asked[0] == "" || script.asked[0] != script.asked[2] || request.RequestId != nil {
		t.Errorf("%v, and the caller's own message says %v", script.asked, request)
	}
}

func TestAServiceSaysHowLongToWaitOrThatNoneMayAskAgain(t *testing.T) {
	script := &scripted{failures: unavailable(1), trailer: metadata.Pairs("grpc-retry-pushback-ms", "400")}
	if _, err := dial(t, script).Complete(minutes(t), pointsman.Text("2 + 2?")); err != nil {
		t.Fatal(err)
	}
	if waited := script.at[1].Sub(script.at[0]); waited < 400*time.Millisecond {
		t.Errorf("waited %v", waited)
	}
	script = &scripted{failures: unavailable(1), trailer: metadata.Pairs("grpc-retry-pushback-ms", "-1")}
	if _, err := dial(t, script).Complete(minutes(t), pointsman.Text("2 + 2?")); !errors.Is(err, pointsman.ErrUnavailable) || len(script.asked) != 1 {
		t.Errorf("%v after %v", err, script.asked)
	}
}

func TestWhatAStoppingServiceCancelsIsAskedAgain(t *testing.T) {
	script := &scripted{failures: []error{status.Error(codes.Canceled, "grace is over")}}
	if _, err := dial(t, script).Complete(minutes(t), pointsman.Text("2 + 2?")); err != nil {
		t.Fatal(err)
	}
}

func TestAttemptsAreCounted(t *testing.T) {
	script := &scripted{failures: unavailable(10)}
	client := dial(t, script, pointsman.WithRetry(pointsman.RetryPolicy{Attempts: 3, FirstWait: time.Millisecond}))
	if _, err := client.Complete(minutes(t), pointsman.Text("2 + 2?")); !errors.Is(err, pointsman.ErrUnavailable) || len(script.asked) != 3 {
		t.Errorf("%v after %d", err, len(script.asked))
	}
}

func TestADeadlineCoversRetries(t *testing.T) {
	script := &scripted{failures: unavailable(1000)}
	client := dial(t, script)
	_, err := client.Complete(minutes(t), pointsman.Text("2 + 2?"), pointsman.WithTimeout(3*time.Second))
	if !errors.Is(err, pointsman.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if len(script.asked) < 2 {
		t.Errorf("asked %d times", len(script.asked))
	}
}

func TestAStreamIsAskedForAgainWhileNothingHasCome(t *testing.T) {
	script := &scripted{failures: append(unavailable(2), nil, status.Error(codes.Unavailable, "gone"))}
	stream := dial(t, script).StreamComplete(minutes(t), pointsman.Text("2 + 2?"))
	if event, err := stream.Next(); err != nil || event.GetBegun() == nil {
		t.Fatal(event, err)
	}
	if _, err := stream.Next(); !errors.Is(err, pointsman.ErrUnavailable) {
		t.Errorf("it was asked for again after something had come: %v", err)
	}
	if len(script.asked) != 4 || script.asked[0] != script.asked[2] || script.asked[0] != stream.RequestID() {
		t.Errorf("%v", script.asked)
	}
}

func TestAStreamWithoutItsSummaryIsNotWhole(t *testing.T) {
	stream := dial(t, &scripted{}).StreamComplete(minutes(t), pointsman.Text("2 + 2?"))
	var last error
	for _, err := range stream.Texts() {
		last = err
	}
	if !errors.Is(last, pointsman.ErrServiceDefect) {
		t.Errorf("%v", last)
	}
}

func TestMetadataSaysWhoseTheCallIsAndWhoCalls(t *testing.T) {
	script := &scripted{}
	client := dial(t, script, pointsman.WithTenant("team-a"), pointsman.WithAPIKey("pm_x"), pointsman.WithMetadata("x-of-client", "1"))
	ctx := metadata.AppendToOutgoingContext(minutes(t), "x-of-context", "2")
	for _, opts := range [][]pointsman.QueryOption{
		{pointsman.WithMetadata("x-of-call", "3")},
		{pointsman.WithTenant("team-b"), pointsman.WithMetadata("authorization", "Bearer other")},
	} {
		if _, err := client.Complete(ctx, pointsman.Text("2 + 2?"), opts...); err != nil {
			t.Fatal(err)
		}
	}
	first, second := script.sent[0], script.sent[1]
	for key, value := range map[string]string{
		"x-pointsman-tenant": "team-a", "authorization": "Bearer pm_x", "x-of-client": "1", "x-of-context": "2", "x-of-call": "3",
	} {
		if got := first.Get(key); len(got) != 1 || got[0] != value {
			t.Errorf("%s: %v", key, got)
		}
	}
	if second.Get("x-pointsman-tenant")[0] != "team-b" || !slices.Equal(second.Get("authorization"), []string{"Bearer other"}) || len(second.Get("x-of-call")) != 0 {
		t.Errorf("%v", second)
	}
}

func TestABatchThatIsTooMuchIsHalvedUntilItIsNot(t *testing.T) {
	script := &scripted{mostIn: 3}
	batcher, err := dial(t, script).Batcher(pointsman.BatcherConfig{FlushItems: 10, FlushInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, batcher, 10)
	if err := batcher.Close(minutes(t)); err != nil || batcher.Stats().Acknowledged != 10 {
		t.Errorf("%v %+v", err, batcher.Stats())
	}
	if !slices.Equal(script.sizes, []int{10, 5, 2, 3, 5, 2, 3}) {
		t.Errorf("%v", script.sizes)
	}
}

func TestABatchIsOneTenantsAndNobodyWaitsForAnothers(t *testing.T) {
	script := &scripted{}
	batcher, err := dial(t, script).Batcher(pointsman.BatcherConfig{FlushInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		item := pointsman.FeedbackItem{EpisodeID: "e-1", Signal: pointsman.ThumbUp, Tenant: []string{"", "team-a", "team-b"}[i%3]}
		if err := batcher.Add(item); err != nil {
			t.Fatal(err)
		}
	}
	if err := batcher.Flush(minutes(t)); err != nil || batcher.Stats().Acknowledged != 6 {
		t.Errorf("%v %+v", err, batcher.Stats())
	}
	var tenants []string
	for _, sent := range script.sent {
		tenants = append(tenants, sent.Get("x-pointsman-tenant")...)
	}
	if !slices.Equal(tenants, []string{"default", "team-a", "team-b"}) || !slices.Equal(script.sizes, []int{2, 2, 2}) {
		t.Errorf("%v %v", tenants, script.sizes)
	}
}

func TestClosingAClientSendsWhatItsBatchersHold(t *testing.T) {
	script := &scripted{}
	client := dial(t, script)
	batcher, err := client.Batcher(pointsman.BatcherConfig{FlushInterval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, batcher, 3)
	if err := client.Close(); err != nil || batcher.Stats().Acknowledged != 3 {
		t.Errorf("%v %+v", err, batcher.Stats())
	}
	if _, err := client.Batcher(pointsman.BatcherConfig{}); !errors.Is(err, pointsman.ErrClosedClient) {
		t.Error(err)
	}
}

func TestItemsThatCanWaitAreSentAgainAndOthersAreTold(t *testing.T) {
	script := &scripted{results: []codes.Code{codes.OK, codes.Unavailable, codes.NotFound}}
	var refused []pointsman.Refused
	batcher, err := dial(t, script).Batcher(pointsman.BatcherConfig{
		FlushItems: 3, FlushInterval: time.Hour, OnRefused: func(told pointsman.Refused) { refused = append(refused, told) },
	})
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, batcher, 3)
	if err := batcher.Close(minutes(t)); err != nil {
		t.Fatal(err)
	}
	stats := batcher.Stats()
	if stats.Acknowledged != 2 || stats.Refused != 1 || len(refused) != 1 || !errors.Is(refused[0].Err, pointsman.ErrNotFound) {
		t.Errorf("%+v %v", stats, refused)
	}
	if !slices.Equal(script.sizes, []int{3, 1}) || len(script.said) != 2 {
		t.Errorf("%v %v", script.sizes, script.said)
	}
}

func TestABatcherSendsByCountByBytesAndByTime(t *testing.T) {
	for name, config := range map[string]pointsman.BatcherConfig{
		"count": {FlushItems: 4, FlushInterval: time.Hour},
		"bytes": {FlushBytes: 100, FlushInterval: time.Hour},
		"time":  {FlushInterval: time.Millisecond},
	} {
		script := &scripted{}
		batcher, err := dial(t, script).Batcher(config)
		if err != nil {
			t.Fatal(err)
		}
		addTo(t, batcher, 4)
		for deadline := time.Now().Add(10 * time.Minute); batcher.Stats().Acknowledged < 1; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nothing was sent: %+v", name, batcher.Stats())
			}
		}
		if err := batcher.Close(minutes(t)); err != nil || batcher.Stats().Acknowledged != 4 {
			t.Errorf("%s: %v %+v", name, err, batcher.Stats())
		}
	}
}

func addTo(t *testing.T, batcher *pointsman.Batcher, items int) {
	t.Helper()
	for range items {
		if err := batcher.Add(pointsman.FeedbackItem{EpisodeID: "e-1", Signal: pointsman.ThumbUp}); err != nil {
			t.Fatal(err)
		}
	}
}

// recorder is a tracer provider that keeps its spans.
type recorder struct {
	embedded.TracerProvider
	mu    sync.Mutex
	spans []*recorded
}

type recorded struct {
	noop.Span
	name       string
	context    trace.SpanContext
	attributes []attribute.KeyValue
	status     otelcodes.Code
	ended      bool
}

type recordingTracer struct {
	embedded.Tracer
	*recorder
}

func (r *recorder) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return recordingTracer{recorder: r}
}

func (r recordingTracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	config := trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{byte(len(r.spans) + 1)}, TraceFlags: 1}
	span := &recorded{name: name, context: trace.NewSpanContext(config)}
	started := trace.NewSpanStartConfig(opts...)
	span.attributes = started.Attributes()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = append(r.spans, span)
	return trace.ContextWithSpan(ctx, span), span
}

func (s *recorded) SpanContext() trace.SpanContext { return s.context }
func (s *recorded) SetAttributes(attributes ...attribute.KeyValue) {
	s.attributes = append(s.attributes, attributes...)
}
func (s *recorded) SetStatus(code otelcodes.Code, _ string) { s.status = code }
func (s *recorded) End(...trace.SpanEndOption)              { s.ended = true }

func TestEachCallHasASpanWhichTheServicesAreChildrenOf(t *testing.T) {
	script, spans := &scripted{failures: unavailable(1)}, &recorder{}
	client := dial(t, script, pointsman.WithTracerProvider(spans))
	if _, err := client.Complete(minutes(t), pointsman.Text("2 + 2?")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetEpisode(minutes(t), "e-1"); err == nil {
		t.Fatal("the script has no episodes")
	}
	for range client.StreamComplete(minutes(t), pointsman.Text("2 + 2?")).Events() {
		break
	}
	if len(spans.spans) != 3 {
		t.Fatalf("%d spans", len(spans.spans))
	}
	first, failed, left := spans.spans[0], spans.spans[1], spans.spans[2]
	if !slices.Contains(first.attributes, attribute.String("pointsman.episode_id", "e-1")) ||
		first.name != "pointsman.v1.RouterService/Complete" || !first.ended || first.status == otelcodes.Error {
		t.Errorf("%+v", first)
	}
	for _, sent := range script.sent[:2] {
		if got := sent.Get("traceparent"); !slices.Equal(got, []string{"00-01000000000000000000000000000000-0100000000000000-01"}) {
			t.Errorf("%v", got)
		}
	}
	if failed.status != otelcodes.Error || !failed.ended || !slices.Contains(failed.attributes, attribute.String("error.type", "UNIMPLEMENTED")) {
		t.Errorf("%+v", failed)
	}
	if !left.ended || left.status == otelcodes.Error || !slices.Contains(left.attributes, attribute.String("pointsman.episode_id", "e-1")) {
		t.Errorf("the span of a stream that was left: %+v", left)
	}
}
