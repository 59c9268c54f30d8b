package pointsman

import (
	"context"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// Answer is what a model answered, and the handle by which to say what it was worth.
type Answer struct {
	// Text is the answer's text; empty where the model only calls tools.
	Text string `json:"text"`
	// Model is the one that wrote it.
	Model string `json:"model"`
	// Usage are the tokens of all calls together. What nobody told is 0 by its getters, and nil in its fields.
	Usage *pointsmanv1.Usage `json:"usage"`
	// CostUSD is all that the query cost in US dollars, other models' calls and judges included.
	CostUSD float64 `json:"cost_usd"`
	// EpisodeID is what feedback refers to, from here or from another process.
	EpisodeID string `json:"episode_id"`
	// RequestID is what the request was sent with; the same again gets this answer again.
	RequestID string `json:"request_id"`
	// Raw is the whole message: the decision, each call and verdict, tool calls, parts, why it ended.
	Raw *pointsmanv1.CompleteResponse `json:"-"`

	Handle
}

// Decision is which model should answer, and the handle by which to tell what came of it.
type Decision struct {
	// EpisodeID is what outcomes and feedback refer to.
	EpisodeID string `json:"episode_id"`
	// RequestID is what the request was sent with; the same again gets this decision again.
	RequestID string `json:"request_id"`
	// Model is the one to call.
	Model string `json:"model"`
	// Raw is the whole message: why this model, with which probability, and what was expected of each.
	Raw *pointsmanv1.RouteResponse `json:"-"`

	Handle
}

// ReportOutcome tells what came of it, as [Client.ReportOutcome].
func (d *Decision) ReportOutcome(ctx context.Context, opts ...OutcomeOption) (*pointsmanv1.ReportOutcomeResponse, error) {
	return d.client.reportOutcome(ctx, d.terms, d.EpisodeID, opts)
}

// Handle says what an episode's answer was worth, to the tenant whose it is. [Answer] and [Decision] have one;
// [Client.Handle] makes one of an episode's id, where the thumb comes to another process than the answer.
type Handle struct {
	client    *Client
	terms     terms
	episodeID string
	problem   error
}

// Handle is that of an episode, by its id. opts: those of the call that was answered, for instance WithTenant("team-a"); what is
// wrong with them is told when the handle is used.
func (c *Client) Handle(episodeID string, opts ...CallOption) *Handle {
	said := sayingOf(c, opts)
	return &Handle{client: c, terms: said.terms, episodeID: episodeID, problem: said.problem}
}

// ThumbsUp says that the answer was good, and with [WithComment] why.
func (h *Handle) ThumbsUp(ctx context.Context, opts ...FeedbackOption) (*pointsmanv1.FeedbackReceipt, error) {
	return h.say(ctx, ThumbUp, opts)
}

// ThumbsDown says that the answer was bad, and with [WithComment] why.
func (h *Handle) ThumbsDown(ctx context.Context, opts ...FeedbackOption) (*pointsmanv1.FeedbackReceipt, error) {
	return h.say(ctx, ThumbDown, opts)
}

// Rate gives it one to five stars; fractions are fine.
func (h *Handle) Rate(ctx context.Context, stars float64, opts ...FeedbackOption) (*pointsmanv1.FeedbackReceipt, error) {
	return h.say(ctx, Rating(stars), opts)
}

// Correct gives the text that would have been right.
func (h *Handle) Correct(ctx context.Context, text string, opts ...FeedbackOption) (*pointsmanv1.FeedbackReceipt, error) {
	return h.say(ctx, Correction(text), opts)
}

// Score gives a measured outcome, in [0, 1].
func (h *Handle) Score(ctx context.Context, score float64, opts ...FeedbackOption) (*pointsmanv1.FeedbackReceipt, error) {
	return h.say(ctx, Score(score), opts)
}

func (h *Handle) say(ctx context.Context, signal Signal, opts []FeedbackOption) (*pointsmanv1.FeedbackReceipt, error) {
	if h.client == nil {
		return nil, invalid("answer", "came from no client, so there is nobody to tell: use Client.Feedback")
	}
	if h.problem != nil {
		return nil, h.problem
	}
	return h.client.feedback(ctx, h.terms, h.episodeID, signal, opts)
}

func (c *Client) answer(raw *pointsmanv1.CompleteResponse, requestID string, said terms) *Answer {
	return &Answer{
		Text:      raw.GetAnswer().GetText(),
		Model:     raw.GetAnswer().GetModel(),
		Usage:     raw.GetUsage(),
		CostUSD:   raw.GetCostUsd(),
		EpisodeID: raw.GetEpisodeId(),
		RequestID: requestID,
		Raw:       raw,
		Handle:    c.handle(raw.GetEpisodeId(), said),
	}
}

// handle is that of a call that was sent so. What is said of it later has the client's time, not what that call was given.
func (c *Client) handle(episodeID string, said terms) Handle {
	said.timeout, said.ownTimeout = c.config.terms.timeout, false
	return Handle{client: c, terms: said, episodeID: episodeID}
}
