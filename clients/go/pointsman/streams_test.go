package pointsman_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"pointsman.dev/clients/go/pointsman"
)

func TestTextsMakeUpTheAnswerWhichComesLastWithItsHandle(t *testing.T) {
	stream := open(t).StreamComplete(minutes(t), pointsman.Text(capital), pointsman.WithModels("starter-large"))
	if stream.Answer() != nil || stream.EpisodeID() != "" {
		t.Error("something was told before anything was read")
	}
	var text strings.Builder
	for piece, err := range stream.Texts() {
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(piece)
	}
	answer := stream.Answer()
	if answer == nil || text.String() != answer.Text || !strings.Contains(answer.Text, "Canberra") || answer.EpisodeID != stream.EpisodeID() {
		t.Fatalf("%q of %+v", text.String(), answer)
	}
	if receipt, err := answer.ThumbsUp(minutes(t)); err != nil || receipt.GetValue() != 1 {
		t.Error(receipt, err)
	}
	if _, err := stream.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAnOptimisticStreamHasEventsAndNoTexts(t *testing.T) {
	client := open(t)
	for _, err := range client.StreamComplete(minutes(t), pointsman.Text(capital), pointsman.WithOptimistic()).Texts() {
		if !errors.Is(err, pointsman.ErrInvalidRequest) {
			t.Errorf("texts that may be void were given: %v", err)
		}
	}
	stream, shown, traced := client.StreamComplete(minutes(t), pointsman.Text(capital), pointsman.WithOptimistic(), pointsman.WithTrace()), "", 0
	for event, err := range stream.Events() {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case event.GetRetraction() != nil:
			shown = ""
		case event.GetTrace() != nil:
			traced++
		default:
			shown += event.GetText().GetText()
		}
	}
	if shown != stream.Answer().Text || traced == 0 {
		t.Errorf("%q with %d trace events, but the answer is %q", shown, traced, stream.Answer().Text)
	}
}

func TestLeavingTheLoopHangsUp(t *testing.T) {
	stream := open(t).StreamComplete(minutes(t), pointsman.Text(capital))
	for _, err := range stream.Events() {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if _, err := stream.Next(); !errors.Is(err, pointsman.ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("the stream goes on: %v", err)
	}
	if stream.EpisodeID() == "" {
		t.Error("the episode was told first, and forgotten")
	}
}

func TestAStreamOfACancelledContextIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(minutes(t))
	stream := open(t).StreamComplete(ctx, pointsman.Text(capital))
	cancel()
	for _, err := range stream.Texts() {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

func TestArgumentsOfAStreamAreRefusedWhereItIsRead(t *testing.T) {
	stream := open(t).StreamComplete(minutes(t), pointsman.Text(capital), pointsman.WithDial(0.5), pointsman.WithCostWeight(1))
	if _, err := stream.Next(); !errors.Is(err, pointsman.ErrInvalidRequest) {
		t.Error(err)
	}
	stream.Close()
}
