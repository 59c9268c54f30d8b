package pointsman

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// Client is a connection to a Pointsman service, for any number of goroutines. Close it at the end.
//
// Its methods fail with an [*Error], and so do the stubs that it gives.
type Client struct {
	config    *config
	callers   grpc.ClientConnInterface
	operators grpc.ClientConnInterface
	channels  []*grpc.ClientConn // Those that it opened itself.
	tracer    trace.Tracer       // nil without telemetry.
	contact   atomic.Bool        // Whether a service has ever answered.
	closed    atomic.Bool
	done      chan struct{} // Closed when the client is.
	mu        sync.Mutex
	batchers  []*Batcher // Those that were made of it.
}

// What batchers hold has this long when their client is closed: what a restart of the service takes.
const lastWords = 10 * time.Second

// New makes a client of the service at address, HOST:PORT; where that is "", of POINTSMAN_ADDRESS, else of 127.0.0.1:50051.
// It connects when it is first used. What nobody says comes from the environment: see the options.
func New(address string, opts ...Option) (*Client, error) {
	config, err := configOf(address, opts)
	if err != nil {
		return nil, err
	}
	c := &Client{config: config, done: make(chan struct{})}
	if config.tracers != nil {
		c.tracer = config.tracers.Tracer(instrumentation)
	}
	if config.conn != nil {
		c.callers, c.operators = config.conn, config.conn
		return c, nil
	}
	dial := config.dialOptions()
	for _, at := range []struct {
		address string
		conn    *grpc.ClientConnInterface
	}{{config.address, &c.callers}, {*config.adminAddress, &c.operators}} {
		channel, err := grpc.NewClient(at.address, dial...)
		if err != nil {
			_ = c.Close()
			return nil, invalid("address", "%q cannot be used: %v", shown(at.address), err)
		}
		c.channels = append(c.channels, channel)
		*at.conn = channel
	}
	return c, nil
}

// Close closes its batchers, waiting up to 10 s for what they hold, and then ends the connections, and with them the calls that
// are under way, which fail with [ErrClosedClient]. Closing again does nothing.
func (c *Client) Close() error {
	c.mu.Lock()
	batchers := c.batchers
	c.batchers = nil
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	for _, batcher := range batchers {
		_ = batcher.Close(ctx) // What it could not send is told by its own means.
	}
	if c.closed.Swap(true) {
		return nil
	}
	close(c.done)
	var failed []error
	for _, channel := range c.channels {
		failed = append(failed, channel.Close())
	}
	return errors.Join(failed...)
}

// Complete answers a query, with the trace of how it came about under Raw.
func (c *Client) Complete(ctx context.Context, prompt Prompt, opts ...QueryOption) (*Answer, error) {
	said, err := queryOf(c, prompt, opts)
	if err != nil {
		return nil, err
	}
	request := &pointsmanv1.CompleteRequest{
		RequestId: said.id(), Query: said.query, IncludePredictions: said.includePredictions,
	}
	raw, err := pointsmanv1.NewRouterServiceClient(c.link(said.terms)).Complete(ctx, request)
	if err != nil {
		return nil, err
	}
	return c.answer(raw, request.GetRequestId(), said.terms), nil
}

// StreamComplete answers a query as the answer comes about. It is asked for when the first event is read, and tried again
// only while none has come.
func (c *Client) StreamComplete(ctx context.Context, prompt Prompt, opts ...StreamOption) *Stream {
	said, err := queryOf(c, prompt, opts)
	if err != nil {
		return &Stream{err: err}
	}
	request := &pointsmanv1.StreamCompleteRequest{
		RequestId:          said.id(),
		Query:              said.query,
		StreamMode:         pointsmanv1.StreamMode_STREAM_MODE_SETTLED,
		IncludeTrace:       said.includeTrace,
		IncludePredictions: said.includePredictions,
	}
	if said.optimistic {
		request.StreamMode = pointsmanv1.StreamMode_STREAM_MODE_OPTIMISTIC
	}
	return newStream(ctx, c, request, said.terms)
}

// Route decides which model should answer, and calls none. Run it yourself, and tell what came of it with
// [Decision.ReportOutcome].
func (c *Client) Route(ctx context.Context, prompt Prompt, opts ...RouteOption) (*Decision, error) {
	said, err := queryOf(c, prompt, opts)
	if err != nil {
		return nil, err
	}
	request := &pointsmanv1.RouteRequest{
		RequestId:          said.id(),
		Query:              said.query,
		SingleCall:         said.singleCall,
		IncludePredictions: said.includePredictions,
	}
	raw, err := pointsmanv1.NewRouterServiceClient(c.link(said.terms)).Route(ctx, request)
	if err != nil {
		return nil, err
	}
	return &Decision{
		EpisodeID: raw.GetEpisodeId(),
		RequestID: request.GetRequestId(),
		Model:     raw.GetDecision().GetModel(),
		Raw:       raw,
		Handle:    c.handle(raw.GetEpisodeId(), said.terms),
	}, nil
}

// ReportOutcome tells what came of a routed query. What no option says teaches nothing: it is not taken for 0.
func (c *Client) ReportOutcome(
	ctx context.Context, episodeID string, opts ...OutcomeOption,
) (*pointsmanv1.ReportOutcomeResponse, error) {
	return c.reportOutcome(ctx, c.config.terms, episodeID, opts)
}

// Feedback says what an answer was worth: ThumbUp, ThumbDown, Rating(4), Correction("...") or Score(0.7).
func (c *Client) Feedback(
	ctx context.Context, episodeID string, signal Signal, opts ...FeedbackOption,
) (*pointsmanv1.FeedbackReceipt, error) {
	return c.feedback(ctx, c.config.terms, episodeID, signal, opts)
}

// FeedbackBatch records up to 1,000 at once, each by itself: one result each, in order, some of which may be errors.
func (c *Client) FeedbackBatch(ctx context.Context, items []FeedbackItem, opts ...CallOption) ([]FeedbackResult, error) {
	said := sayingOf(c, opts)
	request := &pointsmanv1.RecordFeedbackBatchRequest{}
	for _, item := range items {
		one, err := item.request()
		if err == nil && item.Tenant != "" && item.Tenant != said.terms.tenant {
			err = invalid("tenant", "of a batch is one: use WithTenant for all of it, or a Batcher")
		}
		if err != nil {
			said.refuse(err)
			break
		}
		request.Requests = append(request.Requests, one)
	}
	if said.problem != nil {
		return nil, said.problem
	}
	raw, err := pointsmanv1.NewFeedbackServiceClient(c.link(said.terms)).RecordFeedbackBatch(ctx, request)
	if err != nil {
		return nil, err
	}
	results := make([]FeedbackResult, len(raw.GetResults()))
	for i, result := range raw.GetResults() {
		results[i] = resultOf(result)
	}
	return results, nil
}

// RecordSessionOutcome says what came of a session, or of an agent's run: ThumbUp, ThumbDown, Rating(4) or Score(0.7).
func (c *Client) RecordSessionOutcome(
	ctx context.Context, sessionID string, signal SessionSignal, opts ...SessionOption,
) (*pointsmanv1.RecordSessionOutcomeResponse, error) {
	said := sayingOf(c, opts)
	request := &pointsmanv1.RecordSessionOutcomeRequest{
		RequestId: said.id(), SessionId: sessionID, EndUserId: said.endUserID,
	}
	if signal == nil {
		said.refuse(invalid("signal", "is missing: give ThumbUp, ThumbDown, Rating or Score"))
	} else {
		signal.ofSession(request)
	}
	if said.problem != nil {
		return nil, said.problem
	}
	return pointsmanv1.NewFeedbackServiceClient(c.link(said.terms)).RecordSessionOutcome(ctx, request)
}

// GetEpisode is all that became of a query.
func (c *Client) GetEpisode(ctx context.Context, episodeID string, opts ...CallOption) (*pointsmanv1.Episode, error) {
	said := sayingOf(c, opts)
	if said.problem != nil {
		return nil, said.problem
	}
	request := &pointsmanv1.GetEpisodeRequest{EpisodeId: episodeID}
	response, err := pointsmanv1.NewRouterServiceClient(c.link(said.terms)).GetEpisode(ctx, request)
	return response.GetEpisode(), err
}

// ExplainEpisode is why a query went as it did: in words, and what each verdict moved.
func (c *Client) ExplainEpisode(
	ctx context.Context, episodeID string, opts ...CallOption,
) (*pointsmanv1.ExplainEpisodeResponse, error) {
	said := sayingOf(c, opts)
	if said.problem != nil {
		return nil, said.problem
	}
	request := &pointsmanv1.ExplainEpisodeRequest{EpisodeId: episodeID}
	return pointsmanv1.NewRouterServiceClient(c.link(said.terms)).ExplainEpisode(ctx, request)
}

// Conn is the connection for stubs of any service at the client's addresses: AdminService is asked at the operators', all
// others at the callers'. What goes over it is named, authorised, tried again, traced and fails as the client's own calls.
//
//	pointsmanv1.NewAdminServiceClient(client.Conn(pointsman.WithTimeout(time.Second)))
func (c *Client) Conn(opts ...CallOption) grpc.ClientConnInterface {
	said := sayingOf(c, opts)
	if said.problem != nil {
		return refusing{said.problem}
	}
	return c.link(said.terms)
}

// Router is the stub of RouterService, for requests as the contract has them.
func (c *Client) Router(opts ...CallOption) pointsmanv1.RouterServiceClient {
	return pointsmanv1.NewRouterServiceClient(c.Conn(opts...))
}

// FeedbackStub is the stub of FeedbackService, for requests as the contract has them.
func (c *Client) FeedbackStub(opts ...CallOption) pointsmanv1.FeedbackServiceClient {
	return pointsmanv1.NewFeedbackServiceClient(c.Conn(opts...))
}

// Admin is the stub of AdminService, for operators: models, tenants, keys, snapshots, jobs, statistics.
func (c *Client) Admin(opts ...CallOption) pointsmanv1.AdminServiceClient {
	return pointsmanv1.NewAdminServiceClient(c.Conn(opts...))
}

func (c *Client) link(terms terms) *link { return &link{client: c, terms: terms} }

// connectionFor is where a method is served, and the address of it.
func (c *Client) connectionFor(method string) (grpc.ClientConnInterface, string) {
	if strings.HasPrefix(method, "/pointsman.v1.AdminService/") {
		return c.operators, *c.config.adminAddress
	}
	return c.callers, c.config.address
}

// sayingOf is what the client says, and then the options.
func sayingOf[O interface{ applyRequest(*saying) }](c *Client, opts []O) *saying {
	said := &saying{terms: c.config.terms}
	for _, opt := range opts {
		opt.applyRequest(said)
	}
	return said
}

// id is the request's id, made up where nobody named one.
func (s *saying) id() *string {
	if s.requestID != nil {
		return s.requestID
	}
	return proto.String(newID())
}

// refusing is a connection whose options were wrong: each call says so.
type refusing struct{ err error }

func (r refusing) Invoke(context.Context, string, any, any, ...grpc.CallOption) error { return r.err }
func (r refusing) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, r.err
}
