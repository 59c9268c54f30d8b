package pointsman

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// A try of a batch ends after this, and begins anew: long for a service that is there, short beside an item's deadline.
const longestTry = 30 * time.Second

// run sends batches, one after the other, until the batcher is closed and has nothing left.
func (b *Batcher) run() {
	defer close(b.ended)
	defer b.giveUp()
	for {
		batch, wait, last := b.next()
		switch {
		case len(batch) > 0:
			b.deliver(batch)
			b.finished()
		case last:
			return
		default:
			b.await(wait)
		}
	}
}

// next is the batch that is due. Where none is: how long until there may be one, and whether there will never be another.
func (b *Batcher) next() (batch []*waiting, wait time.Duration, last bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return nil, time.Hour, b.closed
	}
	wait = time.Until(b.queue[0].since.Add(b.config.FlushInterval))
	due := wait <= 0 || b.closed || b.done < b.flushThrough ||
		len(b.queue) >= b.config.FlushItems || b.queuedBytes >= b.config.FlushBytes
	if !due {
		return nil, wait, false
	}
	return b.take(), 0, false
}

// take is the first item that waits, with those of its tenant that fit beside it: a request is one tenant's.
func (b *Batcher) take() (batch []*waiting) {
	tenant, size := b.queue[0].item.Tenant, 0
	left := b.queue[:0:0]
	for i, held := range b.queue {
		if full := len(batch) == b.config.FlushItems || len(batch) > 0 && size+held.size > b.config.FlushBytes; full {
			left = append(left, b.queue[i:]...)
			break
		}
		if held.item.Tenant != tenant {
			left = append(left, held)
			continue
		}
		batch = append(batch, held)
		size += held.size
	}
	b.queue = left
	b.queuedBytes -= size
	return batch
}

func (b *Batcher) await(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-b.wake:
	case <-timer.C:
	}
}

// finished notes what is settled after a batch, and tells who waits for that.
func (b *Batcher) finished() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done = b.accepted
	if len(b.queue) > 0 {
		b.done = b.queue[0].order
	}
	close(b.progress)
	b.progress = make(chan struct{})
}

// deliver sends a batch until each of its items is acknowledged, refused or dropped.
func (b *Batcher) deliver(batch []*waiting) {
	for failures := 0; len(batch) > 0; {
		if b.ctx.Err() != nil {
			b.dropAll(batch, DroppedClosed)
			return
		}
		if batch = b.withoutLate(batch); len(batch) == 0 {
			return
		}
		results, err := b.send(batch)
		var wait time.Duration
		switch {
		case err == nil:
			batch, wait = b.settle(batch, results)
		case b.canWait(err), len(batch) == 1 && isCrowded(err) && batch[0].size <= b.config.FlushBytes:
			noteFailure(batch, err)
			wait = waitOf(err)
		case len(batch) > 1 && !isAboutAll(err):
			// It may be one of them that the service, or something before it, does not take.
			b.deliver(batch[:len(batch)/2])
			batch, failures = batch[len(batch)/2:], 0
			continue
		default:
			b.refuseAll(batch, err)
			return
		}
		if len(batch) > 0 {
			failures++
			// Four times at least before a deadline, however short that is.
			grown := min(b.client.config.retry.wait(failures, rand.Float64()), b.config.Deadline/4)
			b.pause(batch, max(wait, grown))
		}
	}
}

// send is one try, which the client makes again while nobody answers.
func (b *Batcher) send(batch []*waiting) ([]*pointsmanv1.FeedbackResult, error) {
	first := batch[0].since
	for _, held := range batch {
		if held.since.Before(first) {
			first = held.since
		}
	}
	until := first.Add(b.config.Deadline)
	if longest := time.Now().Add(longestTry); longest.Before(until) {
		until = longest
	}
	ctx, cancel := context.WithDeadline(b.ctx, until)
	defer cancel()
	request := &pointsmanv1.RecordFeedbackBatchRequest{}
	for _, held := range batch {
		request.Requests = append(request.Requests, held.request)
	}
	b.mu.Lock()
	b.stats.Requests++
	b.mu.Unlock()
	said := b.terms
	if tenant := batch[0].item.Tenant; tenant != "" {
		said.tenant, said.ownTenant = tenant, true
	}
	response, err := pointsmanv1.NewFeedbackServiceClient(b.client.link(said)).RecordFeedbackBatch(ctx, request)
	if err == nil && len(response.GetResults()) != len(batch) {
		return nil, defect("a batch was answered with another number of results")
	}
	return response.GetResults(), err
}

// settle takes the results of a batch. What is left is to be sent again, after the wait that the service asks for.
func (b *Batcher) settle(batch []*waiting, results []*pointsmanv1.FeedbackResult) (left []*waiting, wait time.Duration) {
	acknowledged := 0
	for i, held := range batch {
		err := resultOf(results[i]).Err
		switch {
		case err == nil:
			acknowledged++
			b.release(held, func() { b.stats.Acknowledged++ })
		case b.canWait(err):
			held.failure = err
			left = append(left, held)
			wait = max(wait, waitOf(err))
		default:
			b.refuse(held, err)
		}
	}
	return left, wait
}

// canWait is whether the same may succeed later.
func (b *Batcher) canWait(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Family {
	case ErrUnavailable, ErrDeadlineExceeded, ErrCancelled:
		return true
	case ErrOverLimit:
		_, told := failed.RetryAfter()
		return told
	}
	// Without a reason of the service's these are a proxy's, or a connection's: nobody knows what came of the request.
	return failed.Reason == "" && (failed.Code == codes.Unknown || failed.Code == codes.Internal)
}

// isCrowded is whether something before the service has no room: for so much, or for now.
func isCrowded(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Reason == "" && failed.Code == codes.ResourceExhausted
}

// isAboutAll is whether a failed batch would fail item by item as well.
func isAboutAll(err error) bool {
	for _, family := range []Family{ErrUnauthenticated, ErrPermissionDenied, ErrNotFound, ErrFailedPrecondition, ErrOverLimit, ErrClosedClient} {
		if errors.Is(err, family) {
			return true
		}
	}
	return false
}

func waitOf(err error) time.Duration {
	var failed *Error
	if !errors.As(err, &failed) {
		return 0
	}
	wait, _ := failed.RetryAfter()
	return wait
}

// pause waits before the next try, to the first deadline at most, and until Close gives up.
func (b *Batcher) pause(batch []*waiting, wait time.Duration) {
	for _, held := range batch {
		wait = min(wait, time.Until(held.since.Add(b.config.Deadline)))
	}
	_ = b.client.sleep(b.ctx, max(wait, 0)) // Where that is why it ended, the next try tells.
}

// withoutLate drops what is past its deadline.
func (b *Batcher) withoutLate(batch []*waiting) []*waiting {
	var left, late []*waiting
	for _, held := range batch {
		if time.Since(held.since) >= b.config.Deadline {
			late = append(late, held)
		} else {
			left = append(left, held)
		}
	}
	b.dropAll(late, DroppedDeadline)
	return left
}

func noteFailure(batch []*waiting, err error) {
	for _, held := range batch {
		held.failure = err
	}
}

func (b *Batcher) dropAll(batch []*waiting, reason DropReason) {
	for _, held := range batch {
		b.drop(held, reason)
	}
}

// drop lets go of an item that is held, and tells of it.
func (b *Batcher) drop(held *waiting, reason DropReason) {
	count := 0
	b.release(held, func() {
		b.stats.Dropped[reason]++
		count = b.stats.Dropped[reason]
	})
	b.tellDropped(held, reason, count)
}

func (b *Batcher) refuseAll(batch []*waiting, err error) {
	for _, held := range batch {
		b.refuse(held, err)
	}
}

func (b *Batcher) refuse(held *waiting, err error) {
	if errors.Is(err, ErrClosedClient) {
		held.failure = err
		b.drop(held, DroppedClosed)
		return
	}
	count := 0
	b.release(held, func() {
		b.stats.Refused++
		count = b.stats.Refused
	})
	if worthALine(count) {
		b.config.Logger.Warn("feedback was refused", "episode_id", held.item.EpisodeID, "refused", count, "error", err)
	}
	if b.config.OnRefused != nil {
		b.config.OnRefused(Refused{Item: held.item, Err: err})
	}
}

// release lets go of an item, and counts what became of it in the same moment.
func (b *Batcher) release(held *waiting, count func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heldItems--
	b.heldBytes -= held.size
	count()
}
