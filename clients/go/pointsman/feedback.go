package pointsman

import (
	"context"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// Signal is what an answer was worth: [ThumbUp], [ThumbDown], a [Rating], a [Correction] or a [Score].
type Signal interface{ ofFeedback(*pointsmanv1.Feedback) }

// SessionSignal is what a session was worth: [ThumbUp], [ThumbDown], a [Rating] or a [Score].
type SessionSignal interface {
	ofSession(*pointsmanv1.RecordSessionOutcomeRequest)
}

// Thumb is a thumb, which is true where it points up.
type Thumb bool

// The two thumbs.
const (
	ThumbUp   Thumb = true
	ThumbDown Thumb = false
)

// Rating is one to five stars; fractions are fine.
type Rating float64

// Score is a measured outcome, in [0, 1].
type Score float64

// Correction is the text of the answer that would have been right.
type Correction string

func (t Thumb) thumb() pointsmanv1.Thumb {
	if t {
		return pointsmanv1.Thumb_THUMB_UP
	}
	return pointsmanv1.Thumb_THUMB_DOWN
}

func (t Thumb) ofFeedback(f *pointsmanv1.Feedback) {
	f.Signal = &pointsmanv1.Feedback_Thumb{Thumb: t.thumb()}
}

func (r Rating) ofFeedback(f *pointsmanv1.Feedback) {
	f.Signal = &pointsmanv1.Feedback_Rating{Rating: float64(r)}
}

func (s Score) ofFeedback(f *pointsmanv1.Feedback) {
	f.Signal = &pointsmanv1.Feedback_Score{Score: float64(s)}
}

func (c Correction) ofFeedback(f *pointsmanv1.Feedback) {
	f.Signal = &pointsmanv1.Feedback_Correction{Correction: string(c)}
}

func (t Thumb) ofSession(r *pointsmanv1.RecordSessionOutcomeRequest) {
	r.Signal = &pointsmanv1.RecordSessionOutcomeRequest_Thumb{Thumb: t.thumb()}
}

func (r Rating) ofSession(s *pointsmanv1.RecordSessionOutcomeRequest) {
	s.Signal = &pointsmanv1.RecordSessionOutcomeRequest_Rating{Rating: float64(r)}
}

func (s Score) ofSession(r *pointsmanv1.RecordSessionOutcomeRequest) {
	r.Signal = &pointsmanv1.RecordSessionOutcomeRequest_Score{Score: float64(s)}
}

// FeedbackItem is one of many: what an answer was worth.
type FeedbackItem struct {
	// EpisodeID is the episode it is about.
	EpisodeID string
	// Signal is what is said.
	Signal Signal
	// Model is whose answer it is about; "" for the accepted one's.
	Model string
	// EndUserID is who says so; "" where that is not told.
	EndUserID string
	// Comment is what is said beside it, for people who read; "" where that is nothing.
	Comment string
	// Tenant is whose episode it is, for a batcher of several tenants; "" for the batcher's own.
	Tenant string
	// RequestID makes it count once however often it is sent; "" for one that the client makes up.
	RequestID string
}

func (i FeedbackItem) request() (*pointsmanv1.RecordFeedbackRequest, error) {
	if i.Signal == nil {
		return nil, invalid("signal", "is missing: give ThumbUp, ThumbDown, Rating, Correction or Score")
	}
	id := i.RequestID
	if id == "" {
		id = newID()
	}
	feedback := &pointsmanv1.Feedback{EpisodeId: i.EpisodeID}
	if i.Model != "" {
		feedback.Model = &i.Model
	}
	if i.EndUserID != "" {
		feedback.EndUserId = &i.EndUserID
	}
	if i.Comment != "" {
		feedback.Comment = &i.Comment
	}
	i.Signal.ofFeedback(feedback)
	return &pointsmanv1.RecordFeedbackRequest{RequestId: &id, Feedback: feedback}, nil
}

// FeedbackResult is what became of one item of a batch: a receipt, or why there is none.
type FeedbackResult struct {
	// Receipt says that it is in the log; nil where it is not.
	Receipt *pointsmanv1.FeedbackReceipt
	// Err is an [*Error] where it is not in the log.
	Err error
}

func resultOf(raw *pointsmanv1.FeedbackResult) FeedbackResult {
	if failed := raw.GetError(); failed != nil {
		return FeedbackResult{Err: ErrorOfStatus(failed)}
	}
	return FeedbackResult{Receipt: raw.GetReceipt()}
}

func (c *Client) feedback(
	ctx context.Context, terms terms, episodeID string, signal Signal, opts []FeedbackOption,
) (*pointsmanv1.FeedbackReceipt, error) {
	said := &saying{terms: terms}
	for _, opt := range opts {
		opt.applyRequest(said)
	}
	feedback := &pointsmanv1.Feedback{
		EpisodeId: episodeID, Model: said.model, EndUserId: said.endUserID, Comment: said.comment,
	}
	if signal == nil {
		said.refuse(invalid("signal", "is missing: give ThumbUp, ThumbDown, Rating, Correction or Score"))
	} else {
		signal.ofFeedback(feedback)
	}
	if said.problem != nil {
		return nil, said.problem
	}
	request := &pointsmanv1.RecordFeedbackRequest{RequestId: said.id(), Feedback: feedback}
	response, err := pointsmanv1.NewFeedbackServiceClient(c.link(said.terms)).RecordFeedback(ctx, request)
	return response.GetReceipt(), err
}
