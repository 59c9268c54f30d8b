package pointsman

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// Event is one item of a stream: a piece of text, a retraction, progress, a trace event, the summary. Its getters give nil for
// what it is not, for instance event.GetText().GetText(). Ignore one that you do not know.
type Event = *pointsmanv1.StreamCompleteResponse

// Stream is an answer that comes about, for one goroutine. Read it to its end, or close it, which ends the model call that
// is under way; leaving a loop over it closes it, too.
//
//	stream := client.StreamComplete(ctx, pointsman.Text("What is 2 + 2?"))
//	for piece, err := range stream.Texts() {
//		if err != nil {
//			return err
//		}
//		fmt.Print(piece)
//	}
//	fmt.Println(stream.Answer().CostUSD)
type Stream struct {
	client     *Client
	terms      terms
	items      grpc.ServerStreamingClient[pointsmanv1.StreamCompleteResponse]
	cancel     context.CancelFunc
	requestID  string
	episodeID  string
	optimistic bool
	answer     *Answer
	err        error // What the stream ended with; io.EOF for its end.
}

func newStream(ctx context.Context, c *Client, request *pointsmanv1.StreamCompleteRequest, said terms) *Stream {
	ctx, cancel := context.WithCancel(ctx)
	items, err := pointsmanv1.NewRouterServiceClient(c.link(said)).StreamComplete(ctx, request)
	if err != nil {
		cancel()
		return &Stream{err: err}
	}
	return &Stream{
		client:     c,
		terms:      said,
		items:      items,
		cancel:     cancel,
		requestID:  request.GetRequestId(),
		optimistic: request.GetStreamMode() == pointsmanv1.StreamMode_STREAM_MODE_OPTIMISTIC,
	}
}

// RequestID is what the request was sent with; with the same, a stream that broke can be asked for again.
func (s *Stream) RequestID() string { return s.requestID }

// EpisodeID is what feedback refers to, whatever becomes of the stream; "" before the first event.
func (s *Stream) EpisodeID() string { return s.episodeID }

// Answer is the whole answer, with its handle; nil before the end.
func (s *Stream) Answer() *Answer { return s.answer }

// Next is the next event; io.EOF after the last.
func (s *Stream) Next() (Event, error) {
	if s.err != nil {
		return nil, s.err
	}
	event, err := s.items.Recv()
	switch {
	case errors.Is(err, io.EOF) && s.answer == nil:
		s.err = defect("the stream ended without its summary, so the answer may not be whole")
	case err != nil:
		s.err = err
	}
	if s.err != nil {
		s.cancel()
		return nil, s.err
	}
	if begun := event.GetBegun(); begun != nil {
		s.episodeID = begun.GetEpisodeId()
	}
	if summary := event.GetSummary(); summary != nil {
		s.answer = s.client.answer(summary, s.requestID, s.terms)
		s.episodeID = summary.GetEpisodeId()
	}
	return event, nil
}

// Events are the events to the end of the stream; an error is the last.
func (s *Stream) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		defer s.Close()
		for {
			event, err := s.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// Texts are the pieces of the answer's text; an error is the last. An optimistic stream takes pieces back, so its texts alone
// could only be wrong: that is an error of family [ErrInvalidRequest], and its events tell.
func (s *Stream) Texts() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if s.err == nil && s.optimistic {
			s.err = invalid("optimistic", "streams take texts back: read the events, and drop what you have at a retraction")
			s.cancel()
		}
		for event, err := range s.Events() {
			if err == nil && event.GetRetraction() != nil {
				err = defect("a stream that was to stand was retracted: " + event.GetRetraction().GetReason())
			}
			text := event.GetText().GetText()
			if err == nil && text == "" {
				continue
			}
			if !yield(text, err) || err != nil {
				return
			}
		}
	}
}

// Close ends it, where it has not ended.
func (s *Stream) Close() {
	if s.err == nil {
		s.err = &Error{
			Family: ErrCancelled, Code: codes.Canceled, Message: "the stream was closed", Metadata: map[string]string{},
		}
		s.cancel()
		// What is left is read away, so that the call's span and its resources end.
		_, _ = s.items.Recv()
	}
}

func defect(message string) *Error {
	return &Error{Family: ErrServiceDefect, Code: codes.Internal, Message: message, Metadata: map[string]string{}}
}
