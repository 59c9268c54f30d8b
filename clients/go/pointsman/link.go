package pointsman

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/metadata"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// link is a connection as stubs see it: what it carries is named, authorised, tried again, traced and fails as an *Error.
type link struct {
	client *Client
	terms  terms
}

var _ grpc.ClientConnInterface = (*link)(nil)

// Invoke makes a call that has one response.
func (l *link) Invoke(ctx context.Context, method string, request, response any, opts ...grpc.CallOption) (err error) {
	if l.client.closed.Load() {
		return closedClient(nil)
	}
	ctx, cancel := l.terms.begin(ctx)
	defer cancel()
	ctx, ended := l.client.trace(ctx, method)
	defer func() { ended(err) }()
	conn, address := l.client.connectionFor(method)
	request, tries := identified(request), l.client.attempts(ctx)
	for {
		var trailer metadata.MD
		err := conn.Invoke(ctx, method, request, response, callOptions(&trailer, opts)...)
		if err == nil {
			tries.answered()
			if l.client.tracer != nil {
				tellEpisode(ctx, response)
			}
			return nil
		}
		failed := l.client.errorOfCall(ctx, err, trailer, address, request)
		wait, again := tries.waitAfter(failed)
		if !again {
			return failed
		}
		if err := l.client.pause(ctx, conn, wait, failed); err != nil {
			return l.client.errorOfCall(ctx, err, nil, address, request)
		}
	}
}

// NewStream begins a call that has a stream of responses. It is begun again while no response has come.
func (l *link) NewStream(
	ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	if l.client.closed.Load() {
		return nil, closedClient(nil)
	}
	ctx, cancel := l.terms.begin(ctx)
	ctx, ended := l.client.trace(ctx, method)
	s := &linkStream{link: l, ctx: ctx, desc: desc, method: method, opts: opts, tries: l.client.attempts(ctx)}
	s.end = func(err error) {
		ended(err)
		cancel()
	}
	return s, nil
}

// callOptions are those of an attempt. A connection that fails is told at once, because pause waits for it to be back and
// knows when to give up; the caller's own options come last, so that they win.
func callOptions(trailer *metadata.MD, own []grpc.CallOption) []grpc.CallOption {
	return append([]grpc.CallOption{grpc.WaitForReady(false), grpc.Trailer(trailer)}, own...)
}

// pause waits before the next attempt. Where the connection was lost it ends early, once there is one again.
func (c *Client) pause(ctx context.Context, conn grpc.ClientConnInterface, wait time.Duration, failed *Error) error {
	least := wait
	channel, ours := conn.(*grpc.ClientConn)
	lost := ours && failed.Reason == "" && channel.GetState() != connectivity.Ready
	if _, asked := failed.RetryAfter(); lost && !asked {
		// The first wait's jitter remains, so that a service that comes back is not met by all its clients in one moment.
		least = min(wait, c.config.retry.FirstWait/2)
	}
	if err := c.sleep(ctx, least); err != nil || least == wait {
		return err
	}
	timed, cancel := context.WithTimeout(ctx, wait-least)
	defer cancel()
	for state := channel.GetState(); state != connectivity.Ready; state = channel.GetState() {
		if state == connectivity.Idle {
			channel.Connect()
		}
		if !channel.WaitForStateChange(timed, state) || state == connectivity.Shutdown {
			break
		}
	}
	return ctx.Err()
}

// sleep waits, but not beyond the end of the context or of the client.
func (c *Client) sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return closedClient(nil)
	}
}

// linkStream is a stream of responses to one request, for one reader.
type linkStream struct {
	link    *link
	ctx     context.Context
	desc    *grpc.StreamDesc
	method  string
	opts    []grpc.CallOption
	tries   *attempts
	end     func(error) // Once, when nothing more will come.
	ended   bool
	request any
	inner   grpc.ClientStream // nil before the first attempt.
	stop    context.CancelFunc
	heard   bool // Whether a response has come, so that a new attempt would give it twice.
	trailer metadata.MD
}

// SendMsg keeps the request; it is sent when the first response is asked for.
func (s *linkStream) SendMsg(request any) error {
	if s.desc.ClientStreams {
		return invalid(s.method, "has a stream of requests, which this contract does not know")
	}
	s.request = identified(request)
	return nil
}

// RecvMsg reads the next response; io.EOF at the end.
func (s *linkStream) RecvMsg(response any) error {
	for {
		err := s.receive(response)
		if err == nil {
			s.heard = true
			s.tries.answered()
			if event, is := response.(*pointsmanv1.StreamCompleteResponse); is && s.link.client.tracer != nil {
				tellEpisode(s.ctx, event.GetBegun())
			}
			return nil
		}
		if errors.Is(err, io.EOF) {
			s.finish(nil)
			return io.EOF
		}
		_, address := s.link.client.connectionFor(s.method)
		failed := s.link.client.errorOfCall(s.ctx, err, s.trailer, address, s.request)
		wait, again := s.tries.waitAfter(failed)
		if s.heard || !again {
			s.finish(failed)
			return failed
		}
		conn, _ := s.link.client.connectionFor(s.method)
		if err := s.link.client.pause(s.ctx, conn, wait, failed); err != nil {
			failed := s.link.client.errorOfCall(s.ctx, err, nil, address, s.request)
			s.finish(failed)
			return failed
		}
		s.stop()
		s.inner = nil
	}
}

func (s *linkStream) receive(response any) error {
	if s.inner == nil {
		if err := s.attempt(); err != nil {
			return err
		}
	}
	err := s.inner.RecvMsg(response)
	if err != nil {
		s.trailer = s.inner.Trailer()
	}
	return err
}

func (s *linkStream) attempt() error {
	ctx, stop := context.WithCancel(s.ctx)
	s.stop = stop
	conn, _ := s.link.client.connectionFor(s.method)
	inner, err := conn.NewStream(ctx, s.desc, s.method, callOptions(&s.trailer, s.opts)...)
	if err != nil {
		return err
	}
	s.inner = inner
	if err := inner.SendMsg(s.request); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	// After io.EOF the reason is what RecvMsg says.
	return inner.CloseSend()
}

func (s *linkStream) finish(err error) {
	if s.ended {
		return
	}
	s.ended = true
	if s.stop != nil {
		s.stop()
	}
	s.end(err)
}

// CloseSend does nothing: the one request is the last.
func (s *linkStream) CloseSend() error { return nil }

// Context is that of the call.
func (s *linkStream) Context() context.Context { return s.ctx }

// Header waits for the first metadata of the present attempt; nil before the first response was asked for.
func (s *linkStream) Header() (metadata.MD, error) {
	if s.inner == nil {
		return nil, nil
	}
	return s.inner.Header()
}

// Trailer is the metadata after the last response.
func (s *linkStream) Trailer() metadata.MD {
	if s.inner == nil {
		return s.trailer
	}
	return s.inner.Trailer()
}
