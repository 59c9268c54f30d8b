package pointsman

import (
	"math"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// Option is something a client is made with, for [New].
type Option interface{ applyClient(*config) }

// CallOption is something that every call can say of its own; a client that is made with it says it with all its calls.
type CallOption interface {
	Option
	QueryOption
	FeedbackOption
	SessionOption
	OutcomeOption
	ofCall()
}

// QueryOption is something that Complete, and with it Route and StreamComplete, can say.
type QueryOption interface {
	RouteOption
	StreamOption
	ofQuery()
}

// RouteOption is something that Route can say.
type RouteOption interface {
	applyRequest(*saying)
	ofRoute()
}

// StreamOption is something that StreamComplete can say.
type StreamOption interface {
	applyRequest(*saying)
	ofStream()
}

// FeedbackOption is something that feedback can say beside what the answer was worth.
type FeedbackOption interface {
	applyRequest(*saying)
	ofFeedback()
}

// SessionOption is something that RecordSessionOutcome can say.
type SessionOption interface {
	applyRequest(*saying)
	ofSession()
}

// OutcomeOption is something that ReportOutcome can say.
type OutcomeOption interface {
	applyRequest(*saying)
	ofOutcome()
}

// RequestOption is something that every request which changes something can say.
type RequestOption interface {
	QueryOption
	FeedbackOption
	SessionOption
	OutcomeOption
}

// EndUserOption is something that queries and feedback can say.
type EndUserOption interface {
	QueryOption
	FeedbackOption
	SessionOption
}

// ModelOption is something that feedback and outcomes can say.
type ModelOption interface {
	FeedbackOption
	OutcomeOption
}

// saying is what the options of one request say.
type saying struct {
	terms              terms
	query              *pointsmanv1.Query
	params             map[string]any
	given              map[string]bool // Parameters that have been given by an option of their own.
	tradeoff           string          // Which of dial and cost_weight was given.
	requestID          *string
	singleCall         bool
	includePredictions bool
	optimistic         bool
	includeTrace       bool
	model              *string
	endUserID          *string
	comment            *string
	outcome            *pointsmanv1.ReportOutcomeRequest
	problem            error // The first thing that is wrong.
}

// refuse notes what is wrong, if anything is.
func (s *saying) refuse(err error) {
	if s.problem == nil {
		s.problem = err
	}
}

type clientOption func(*config)

func (o clientOption) applyClient(c *config) { o(c) }

// termsOption is for clients and for calls.
type termsOption func(*terms) error

func (o termsOption) applyClient(c *config)  { c.refuse(o(&c.terms)) }
func (o termsOption) applyRequest(s *saying) { s.refuse(o(&s.terms)) }
func (termsOption) ofCall()                  {}
func (termsOption) ofQuery()                 {}
func (termsOption) ofRoute()                 {}
func (termsOption) ofStream()                {}
func (termsOption) ofFeedback()              {}
func (termsOption) ofSession()               {}
func (termsOption) ofOutcome()               {}

type requestOption func(*saying)

func (o requestOption) applyRequest(s *saying) { o(s) }

type (
	queryOption    struct{ requestOption }
	routeOption    struct{ requestOption }
	streamOption   struct{ requestOption }
	outcomeOption  struct{ requestOption }
	anyRequest     struct{ requestOption }
	endUserRequest struct{ requestOption }
	modelRequest   struct{ requestOption }
	feedbackOption struct{ requestOption }
)

func (queryOption) ofQuery()       {}
func (queryOption) ofRoute()       {}
func (queryOption) ofStream()      {}
func (routeOption) ofRoute()       {}
func (streamOption) ofStream()     {}
func (outcomeOption) ofOutcome()   {}
func (anyRequest) ofQuery()        {}
func (anyRequest) ofRoute()        {}
func (anyRequest) ofStream()       {}
func (anyRequest) ofFeedback()     {}
func (anyRequest) ofSession()      {}
func (anyRequest) ofOutcome()      {}
func (endUserRequest) ofQuery()    {}
func (endUserRequest) ofRoute()    {}
func (endUserRequest) ofStream()   {}
func (endUserRequest) ofFeedback() {}
func (endUserRequest) ofSession()  {}
func (modelRequest) ofFeedback()   {}
func (modelRequest) ofOutcome()    {}
func (feedbackOption) ofFeedback() {}

// WithTenant says whose calls these are. Without it, the environment's POINTSMAN_TENANT, else the API key's own tenant, else
// "default".
func WithTenant(tenant string) CallOption {
	return termsOption(func(t *terms) error {
		if err := checkTenant(tenant, "tenant"); err != nil {
			return err
		}
		t.tenant, t.ownTenant = tenant, true
		return nil
	})
}

// WithTimeout is the deadline of a call, retries included; 0 is none. Without it a client's calls have 120 s, where the
// context has no deadline of its own.
func WithTimeout(timeout time.Duration) CallOption {
	return termsOption(func(t *terms) error {
		if timeout < 0 {
			return invalid("timeout", "must be a time above 0, or 0 for no deadline, not %v", timeout)
		}
		t.timeout, t.ownTimeout = timeout, true
		return nil
	})
}

// WithMetadata sends gRPC metadata, pairs of key and value: WithMetadata("authorization", "Bearer ..."). A call's are sent
// beside those of its client. Values of keys that end in -bin may have any bytes, others printable ASCII.
func WithMetadata(pairs ...string) CallOption {
	return termsOption(func(t *terms) error {
		if len(pairs)%2 != 0 {
			return invalid("metadata", "must be pairs of a key and a value, not %d texts", len(pairs))
		}
		for i := 0; i < len(pairs); i += 2 {
			if err := checkPair(pairs[i], pairs[i+1]); err != nil {
				return err
			}
			t.pairs = append(t.pairs[:len(t.pairs):len(t.pairs)], [2]string{pairs[i], pairs[i+1]})
		}
		return nil
	})
}

// WithAdminAddress says where operators' requests go. Without it, POINTSMAN_ADMIN_ADDRESS, else the port after the address's.
func WithAdminAddress(address string) Option {
	return clientOption(func(c *config) { c.adminAddress = &address })
}

// WithAPIKey says who calls. Without it, POINTSMAN_API_KEY. A key goes to this machine only, unless the connection is
// encrypted or [WithPlainKey] says that the network is trusted.
func WithAPIKey(key string) Option {
	return clientOption(func(c *config) { c.apiKey = &key })
}

// WithPlainKey lets the API key go unencrypted to other machines.
func WithPlainKey() Option { return clientOption(func(c *config) { c.plainKey = true }) }

// WithTLS encrypts the connection. ca: file with the certificates, in PEM, that the service's is checked by, or "system" for
// those that this machine trusts. Without it, POINTSMAN_TLS_CA.
func WithTLS(ca string) Option { return clientOption(func(c *config) { c.tlsCA = &ca }) }

// WithCertificate is the client's own certificate and its key, files in PEM, where the service asks for one. Without it,
// POINTSMAN_TLS_CERT and POINTSMAN_TLS_KEY.
func WithCertificate(cert, key string) Option {
	return clientOption(func(c *config) { c.tlsCert, c.tlsKey = &cert, &key })
}

// WithTransportCredentials are gRPC's own instead of files, for instance credentials.NewTLS of a tls.Config.
func WithTransportCredentials(creds credentials.TransportCredentials) Option {
	return clientOption(func(c *config) { c.creds = creds })
}

// WithRetry is how long a call that finds no service is tried again. Without it, [DefaultRetryPolicy].
func WithRetry(policy RetryPolicy) Option { return clientOption(func(c *config) { c.retry = policy }) }

// WithCompression compresses what is sent: "gzip", or "none", which is the default. What the service sends is read either way.
func WithCompression(name string) Option {
	return clientOption(func(c *config) {
		if name != "gzip" && name != "none" {
			c.refuse(invalid("compression", "must be \"gzip\" or \"none\", not %q", name))
		}
		c.gzip = name == "gzip"
	})
}

// WithTracerProvider makes a span of each call, retries included, and sends W3C traceparent on, so that the service's spans
// are its children. Without it there is no telemetry.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return clientOption(func(c *config) { c.tracers = provider })
}

// WithDialOptions are handed on to gRPC behind the client's own, so that they win.
func WithDialOptions(opts ...grpc.DialOption) Option {
	return clientOption(func(c *config) { c.dial = append(c.dial, opts...) })
}

// WithConn uses this connection, with its own options and credentials, for all calls, and leaves it open at the end.
func WithConn(conn grpc.ClientConnInterface) Option {
	return clientOption(func(c *config) { c.conn = conn })
}

// WithRequestID names the request: the same id again has the effect of one, and gets the first answer again. Without it the
// client makes one up, which stays the same over its retries.
func WithRequestID(id string) RequestOption {
	return anyRequest{func(s *saying) { s.requestID = &id }}
}

// WithEndUserID says who asks, or who says so, in your own terms: a person or an account behind the tenant.
func WithEndUserID(id string) EndUserOption {
	return endUserRequest{func(s *saying) {
		s.endUserID = &id
		if s.query != nil {
			s.query.EndUserId = &id
		}
	}}
}

// WithModel says which model's answer the feedback or the outcome is about, where that is not the accepted, or chosen, one's.
func WithModel(name string) ModelOption {
	return modelRequest{func(s *saying) { s.model = &name }}
}

// WithComment says more of an answer in words, of at most 4,000 characters: answer.ThumbsUp(ctx, WithComment("right and fast")).
// It is for people who read; nothing is learnt from it.
func WithComment(text string) FeedbackOption {
	return feedbackOption{func(s *saying) { s.comment = &text }}
}

var (
	withoutBlanks = regexp.MustCompile(`^[!-~]+$`)
	printable     = regexp.MustCompile(`^[ -~]*$`)
	metadataKey   = regexp.MustCompile(`^[0-9a-z_.-]+$`)
)

func checkTenant(tenant, path string) error {
	if !withoutBlanks.MatchString(tenant) {
		return invalid(path, "must be a name in ASCII without blanks, for instance \"team-a\", not %q", shown(tenant))
	}
	return nil
}

func checkPair(key, value string) error {
	switch {
	case key == tenantKey:
		return invalid("metadata", "names the tenant: use WithTenant for it")
	case !metadataKey.MatchString(key) || strings.HasPrefix(key, "grpc-"):
		return invalid("metadata", "has a key that gRPC refuses, %q: lower-case ASCII, and none that begins with grpc-", shown(key))
	case !strings.HasSuffix(key, "-bin") && !printable.MatchString(value):
		return invalid("metadata", "must have printable ASCII under %q: for anything else, use %q", key, key+"-bin")
	}
	return nil
}

// shown is a text as a message shows it: never long.
func shown(text string) string {
	if len(text) > 40 {
		return text[:37] + "..."
	}
	return text
}

// whole is a number as the contract's int32.
func whole(s *saying, path string, value int) *int32 {
	if value < math.MinInt32 || value > math.MaxInt32 {
		s.refuse(invalid(path, "is out of range: %d", value))
		return nil
	}
	number := int32(value)
	return &number
}
