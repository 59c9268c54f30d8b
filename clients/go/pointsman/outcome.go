package pointsman

import (
	"context"
	"time"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

func onOutcome(put func(*saying)) OutcomeOption { return outcomeOption{put} }

func (s *saying) usage() *pointsmanv1.Usage {
	if s.outcome.Usage == nil {
		s.outcome.Usage = &pointsmanv1.Usage{}
	}
	return s.outcome.Usage
}

// WithLatency is how long the call took.
func WithLatency(latency time.Duration) OutcomeOption {
	ms := milliseconds(latency)
	return onOutcome(func(s *saying) { s.outcome.LatencyMs = &ms })
}

// WithCostUSD is what the call cost in US dollars. Without it, it is computed from tokens and prices, where both are known.
func WithCostUSD(dollars float64) OutcomeOption {
	return onOutcome(func(s *saying) { s.outcome.CostUsd = &dollars })
}

// WithInputTokens are the tokens of the prompt, cached ones included.
func WithInputTokens(tokens int) OutcomeOption {
	return onOutcome(func(s *saying) { s.usage().InputTokens = whole(s, "input_tokens", tokens) })
}

// WithCachedInputTokens are those tokens of the prompt that the provider had cached.
func WithCachedInputTokens(tokens int) OutcomeOption {
	return onOutcome(func(s *saying) { s.usage().CachedInputTokens = whole(s, "cached_input_tokens", tokens) })
}

// WithOutputTokens are the tokens of the answer, reasoning included.
func WithOutputTokens(tokens int) OutcomeOption {
	return onOutcome(func(s *saying) { s.usage().OutputTokens = whole(s, "output_tokens", tokens) })
}

// WithReasoningTokens are those tokens of the answer that went into reasoning.
func WithReasoningTokens(tokens int) OutcomeOption {
	return onOutcome(func(s *saying) { s.usage().ReasoningTokens = whole(s, "reasoning_tokens", tokens) })
}

// WithFailure is why there was no answer, with what was said of it.
func WithFailure(kind pointsmanv1.FailureKind, message string) OutcomeOption {
	return onOutcome(func(s *saying) { s.outcome.Failure = &pointsmanv1.Failure{Kind: kind, Message: message} })
}

// WithVerdicts are what your own judges said of the answer; the service's file declares them as `kind = "reported"`.
func WithVerdicts(verdicts ...*pointsmanv1.Verdict) OutcomeOption {
	return onOutcome(func(s *saying) { s.outcome.Verdicts = append(s.outcome.Verdicts, verdicts...) })
}

func (c *Client) reportOutcome(
	ctx context.Context, terms terms, episodeID string, opts []OutcomeOption,
) (*pointsmanv1.ReportOutcomeResponse, error) {
	said := &saying{terms: terms, outcome: &pointsmanv1.ReportOutcomeRequest{EpisodeId: episodeID}}
	for _, opt := range opts {
		opt.applyRequest(said)
	}
	if said.problem != nil {
		return nil, said.problem
	}
	said.outcome.RequestId, said.outcome.Model = said.id(), said.model
	return pointsmanv1.NewRouterServiceClient(c.link(said.terms)).ReportOutcome(ctx, said.outcome)
}
