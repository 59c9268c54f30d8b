package pointsman

import (
	"context"
	"log/slog"
	"math/bits"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// DropReason is why feedback was given up that had been handed to a [Batcher]. It is the error that Add returns, too.
type DropReason string

const (
	// DroppedFull is for no room, by items or by bytes.
	DroppedFull DropReason = "full"
	// DroppedDeadline is for what was tried again in vain until its deadline.
	DroppedDeadline DropReason = "deadline"
	// DroppedClosed is for what was handed over after Close, or not delivered when Close gave up.
	DroppedClosed DropReason = "closed"
)

// Error says that feedback was dropped, and why.
func (r DropReason) Error() string { return "pointsman: feedback was dropped: " + string(r) }

// Dropped is feedback that did not reach the service, or of which nobody knows whether it did.
type Dropped struct {
	Item   FeedbackItem
	Reason DropReason
	// Err is what the last try failed with; nil where there was none.
	Err error
}

// Refused is feedback that the service answered with an error of its own, an [*Error].
type Refused struct {
	Item FeedbackItem
	Err  error
}

// BatcherConfig is how a [Batcher] holds and sends. The zero value of a field is its default.
type BatcherConfig struct {
	// MaxItems and MaxBytes are the most that it holds: 10,000 items and 32 MiB, what is being sent among them.
	MaxItems, MaxBytes int
	// FlushItems and FlushBytes are what is sent together: 500 items, of at most 1,000, and 3 MiB, since gRPC's servers take 4.
	FlushItems, FlushBytes int
	// FlushInterval is the longest that an item waits for others: 1 s.
	FlushInterval time.Duration
	// Deadline is how long an item is tried again: 10 minutes, longer than an upgrade of the service takes.
	Deadline time.Duration
	// OnDropped is told of each item that is dropped, OnRefused of each that the service refuses: by the goroutine that sends,
	// or that of Add. They must not call Flush or Close, which would wait for themselves.
	OnDropped func(Dropped)
	OnRefused func(Refused)
	// Logger has a line where items are dropped or refused, for the first, second, fourth, eighth and so on of a reason.
	// nil is slog.Default().
	Logger *slog.Logger
	// Options are what every call says, for instance WithTenant("team-a").
	Options []CallOption
}

// The service takes 1,000 words of feedback at once (feedback_service.proto).
const mostInBatch = 1000

func (c BatcherConfig) filled() (BatcherConfig, error) {
	for _, size := range []struct {
		name      string
		said      *int
		otherwise int
	}{
		{"MaxItems", &c.MaxItems, 10_000}, {"MaxBytes", &c.MaxBytes, 32 << 20},
		{"FlushItems", &c.FlushItems, 500}, {"FlushBytes", &c.FlushBytes, 3 << 20},
	} {
		if *size.said < 0 {
			return c, invalid(size.name, "must be 1 or more, not %d", *size.said)
		}
		if *size.said == 0 {
			*size.said = size.otherwise
		}
	}
	if c.FlushInterval < 0 || c.Deadline < 0 {
		return c, invalid("Deadline", "and FlushInterval must be times above 0, not %v and %v", c.Deadline, c.FlushInterval)
	}
	if c.FlushInterval == 0 {
		c.FlushInterval = time.Second
	}
	if c.Deadline == 0 {
		c.Deadline = 10 * time.Minute
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.FlushItems = min(c.FlushItems, mostInBatch)
	return c, nil
}

// BatcherStats count items. Added = Acknowledged + Refused + Dropped + Pending, at every time.
type BatcherStats struct {
	// Added are all that were handed over, those among them that were dropped at once.
	Added int
	// Acknowledged are in the service's log.
	Acknowledged int
	// Refused were answered with an error of their own.
	Refused int
	// Dropped by reason.
	Dropped map[DropReason]int
	// Pending are held, or being sent.
	Pending int
	// Requests are the batches that were sent, tries included.
	Requests int
}

// Batcher records feedback in the background. It is bounded, never blocks who hands over, sends many words together, tries
// again by the same ids, so that each counts once, and tells what it had to drop. Close it at the end; closing its client does
// so, too, but for 10 s at most.
type Batcher struct {
	client *Client
	config BatcherConfig
	terms  terms
	ctx    context.Context // Ends when Close gives up.
	giveUp context.CancelFunc
	wake   chan struct{} // Has one where run should look again.
	ended  chan struct{} // Closed when run has ended.

	mu           sync.Mutex
	queue        []*waiting
	heldItems    int // In the queue and being sent.
	heldBytes    int
	queuedBytes  int
	accepted     int
	done         int // Of the accepted, in order: the first `done` are settled.
	flushThrough int // Of the accepted, those that somebody waits for.
	progress     chan struct{}
	closed       bool
	stats        BatcherStats
}

// waiting is an item that is held.
type waiting struct {
	item    FeedbackItem
	request *pointsmanv1.RecordFeedbackRequest
	size    int
	order   int // Of the accepted, from 0.
	since   time.Time
	failure error // What the last try failed with.
}

// Batcher begins to record feedback in the background.
func (c *Client) Batcher(config BatcherConfig) (*Batcher, error) {
	config, err := config.filled()
	if err != nil {
		return nil, err
	}
	said := sayingOf(c, config.Options)
	if said.problem != nil {
		return nil, said.problem
	}
	b := &Batcher{
		client:   c,
		config:   config,
		terms:    said.terms,
		wake:     make(chan struct{}, 1),
		ended:    make(chan struct{}),
		progress: make(chan struct{}),
		stats:    BatcherStats{Dropped: map[DropReason]int{}},
	}
	b.ctx, b.giveUp = context.WithCancel(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return nil, closedClient(nil)
	}
	c.batchers = append(c.batchers, b)
	go b.run()
	return b, nil
}

// Add hands feedback over, and returns at once. The error is a [DropReason] where it was dropped, and an [*Error] of family
// [ErrInvalidRequest] where it could never be sent, which counts as not handed over.
func (b *Batcher) Add(item FeedbackItem) error {
	request, err := item.request()
	if err != nil {
		return err
	}
	if item.Tenant != "" {
		if err := checkTenant(item.Tenant, "tenant"); err != nil {
			return err
		}
	}
	if path := notUTF8(request); path != "" {
		return invalid(path, "is no UTF-8 text, which cannot be sent: replace what is not, as strings.ToValidUTF8 does")
	}
	// Beside an item's bytes a batch has its tag and length: a byte, and at most five.
	held := &waiting{item: item, request: request, size: proto.Size(request) + 6, since: time.Now()}
	b.mu.Lock()
	b.stats.Added++
	reason, count := b.whyNot(held), 0
	if reason == "" {
		held.order = b.accepted
		b.accepted++
		b.heldItems++
		b.heldBytes += held.size
		b.queuedBytes += held.size
		b.queue = append(b.queue, held)
	} else {
		b.stats.Dropped[reason]++
		count = b.stats.Dropped[reason]
	}
	b.mu.Unlock()
	if reason != "" {
		b.tellDropped(held, reason, count)
		return reason
	}
	b.look()
	return nil
}

// whyNot is why an item cannot be taken; "" where it can.
func (b *Batcher) whyNot(held *waiting) DropReason {
	switch {
	case b.closed:
		return DroppedClosed
	case b.heldItems >= b.config.MaxItems, b.heldBytes+held.size > b.config.MaxBytes:
		return DroppedFull
	}
	return ""
}

// Flush waits until everything that was handed over so far is acknowledged, refused or told as dropped. The error is the
// context's.
func (b *Batcher) Flush(ctx context.Context) error {
	b.mu.Lock()
	through := b.accepted
	b.flushThrough = max(b.flushThrough, through)
	b.mu.Unlock()
	b.look()
	for {
		b.mu.Lock()
		done, progress := b.done >= through, b.progress
		b.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close takes no more, and waits as Flush does. Where the context ends before that, what is left is dropped and told. Closing
// again waits, too.
func (b *Batcher) Close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.look()
	select {
	case <-b.ended:
		return nil
	case <-ctx.Done():
	}
	b.giveUp()
	<-b.ended
	return ctx.Err()
}

// Stats are the counts at this moment.
func (b *Batcher) Stats() BatcherStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	stats := b.stats
	stats.Pending = b.heldItems
	stats.Dropped = make(map[DropReason]int, len(b.stats.Dropped))
	for reason, count := range b.stats.Dropped {
		stats.Dropped[reason] = count
	}
	return stats
}

// look has run look again.
func (b *Batcher) look() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// tellDropped tells of an item that was dropped; count: how many that makes of its reason.
func (b *Batcher) tellDropped(held *waiting, reason DropReason, count int) {
	if worthALine(count) {
		b.config.Logger.Warn("feedback was dropped", "reason", string(reason), "dropped", count, "error", held.failure)
	}
	if b.config.OnDropped != nil {
		b.config.OnDropped(Dropped{Item: held.item, Reason: reason, Err: held.failure})
	}
}

// worthALine is whether the log has a line for the n-th of its kind: a flood must not fill it.
func worthALine(n int) bool { return bits.OnesCount(uint(n)) == 1 }
