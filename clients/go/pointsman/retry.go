package pointsman

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// RetryPolicy is how long a call that finds no service, or a busy one, is tried again: to its deadline, if nothing here ends
// it. The zero value of a field is its default; [DefaultRetryPolicy] has them all.
//
// Every request has the effect of one however often it is sent: see WithRequestID.
type RetryPolicy struct {
	// Attempts is how many calls are made in all, 1 for no retry; 0 for no fixed number.
	Attempts int
	// FirstWait is before the first retry. The n-th wait is FirstWait * Factor^(n-1), at most LongestWait, of which a random
	// half is cut so that many clients do not come back at once; where the service asks for more, that.
	FirstWait time.Duration
	// Factor is by how much each wait is longer than the one before.
	Factor float64
	// LongestWait bounds the waits.
	LongestWait time.Duration
	// LongestOutage is the time since the first failure after which a call without a deadline gives up.
	LongestOutage time.Duration
	// FirstContact is the same for a client that no service has ever answered, with a deadline too: a wrong address is told
	// soon, and a service that restarts, which takes ten seconds or less, is waited for.
	FirstContact time.Duration
	// ProviderAttempts is how many calls are made in all where the service answers that every model failed, or is busy: it has
	// tried each of them, and tried again what may be. More than one asks providers that are in trouble for the same once more.
	ProviderAttempts int
}

// DefaultRetryPolicy is what a client has without WithRetry: restarts took up to 7 s on a loaded machine, so a call is tried
// again to its deadline, and a wrong address is told after 20 s.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{
		FirstWait:        100 * time.Millisecond,
		Factor:           2,
		LongestWait:      5 * time.Second,
		LongestOutage:    time.Minute,
		FirstContact:     20 * time.Second,
		ProviderAttempts: 1,
	}
}

// filled is the policy with its defaults in place, or what is wrong with it.
func (p RetryPolicy) filled() (RetryPolicy, error) {
	defaults := DefaultRetryPolicy()
	if p.Attempts < 0 {
		return p, invalid("retry", "must have Attempts from 1, or 0 for no fixed number, not %d", p.Attempts)
	}
	if p.ProviderAttempts < 0 {
		return p, invalid("retry", "must have ProviderAttempts from 1, not %d", p.ProviderAttempts)
	}
	if p.Factor < 0 || math.IsNaN(p.Factor) {
		return p, invalid("retry", "must have a Factor of 0 or more, not %v", p.Factor)
	}
	if p.Factor == 0 {
		p.Factor = defaults.Factor
	}
	if p.ProviderAttempts == 0 {
		p.ProviderAttempts = defaults.ProviderAttempts
	}
	waits := []struct{ said, otherwise *time.Duration }{
		{&p.FirstWait, &defaults.FirstWait}, {&p.LongestWait, &defaults.LongestWait},
		{&p.LongestOutage, &defaults.LongestOutage}, {&p.FirstContact, &defaults.FirstContact},
	}
	for _, wait := range waits {
		if *wait.said < 0 {
			return p, invalid("retry", "must have times of 0 or more, not %v", *wait.said)
		}
		if *wait.said == 0 {
			*wait.said = *wait.otherwise
		}
	}
	return p, nil
}

// wait is how long to wait after so many failures. jitter: in [0, 1].
func (p RetryPolicy) wait(failures int, jitter float64) time.Duration {
	grown := float64(p.FirstWait) * math.Pow(p.Factor, float64(failures-1))
	return time.Duration(math.Min(grown, float64(p.LongestWait)) * (0.5 + jitter/2))
}

// attempts are those of one call: whether to go on after an error.
type attempts struct {
	policy           RetryPolicy
	client           *Client
	deadline         time.Time // Zero for none.
	failures         int
	providerFailures int
	failedFirst      time.Time
}

func (c *Client) attempts(ctx context.Context) *attempts {
	deadline, _ := ctx.Deadline()
	return &attempts{policy: c.config.retry, client: c, deadline: deadline}
}

// answered notes that there is a service.
func (a *attempts) answered() {
	if !a.client.contact.Load() {
		a.client.contact.Store(true)
	}
}

// waitAfter is how long to wait before the next attempt; false where there must be none.
func (a *attempts) waitAfter(err *Error) (time.Duration, bool) {
	now := time.Now()
	a.failures++
	if a.failedFirst.IsZero() {
		a.failedFirst = now
	}
	if err.Reason != "" {
		a.answered()
	}
	if err.Reason == ReasonEveryModelFailed || err.Reason == ReasonRateLimited {
		a.providerFailures++
	}
	wait := a.policy.wait(a.failures, rand.Float64())
	if asked, told := err.RetryAfter(); told {
		wait = max(wait, asked)
	}
	again := err.Family == ErrUnavailable && !err.ForbidsRetry && !a.isOver(now.Add(wait))
	return wait, again
}

// isOver is whether an attempt at this time would be one too many, or too late.
func (a *attempts) isOver(at time.Time) bool {
	outage := at.Sub(a.failedFirst)
	switch {
	case a.policy.Attempts > 0 && a.failures >= a.policy.Attempts,
		a.providerFailures >= a.policy.ProviderAttempts,
		!a.client.contact.Load() && outage >= a.policy.FirstContact:
		return true
	case a.deadline.IsZero():
		return outage >= a.policy.LongestOutage
	}
	return !at.Before(a.deadline)
}
