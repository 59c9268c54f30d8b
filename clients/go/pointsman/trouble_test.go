package pointsman_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"pointsman.dev/clients/go/internal/livetest"
	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// TestAKilledServiceLosesNoFeedbackAndCountsNoneTwice is told by the service itself: what it has of each episode afterwards.
func TestAKilledServiceLosesNoFeedbackAndCountsNoneTwice(t *testing.T) {
	service, err := livetest.Start("[replay]\nenabled = true\n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Remove)
	client, ctx := connect(t, service), minutes(t)
	const episodes = 20
	ids := make([]string, episodes)
	for i := range ids {
		decision, err := client.Route(ctx, pointsman.Text(fmt.Sprint("What is 2 + ", i, "?")))
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = decision.EpisodeID
	}
	batcher, err := client.Batcher(pointsman.BatcherConfig{FlushItems: 3, FlushInterval: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	add := func(from, to int) {
		for _, id := range ids[from:to] {
			if err := batcher.Add(pointsman.FeedbackItem{EpisodeID: id, Signal: pointsman.ThumbUp}); err != nil {
				t.Error(err)
			}
		}
	}
	add(0, 8)
	for batcher.Stats().Requests == 0 { // So that the kill comes amid the sending.
		time.Sleep(time.Millisecond)
	}
	service.Kill()
	add(8, episodes)
	answered := make(chan error, 1)
	go func() {
		_, err := client.Complete(ctx, pointsman.Text(capital))
		answered <- err
	}()
	if err := service.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("a call did not outlast the restart: %v", err)
	}
	if err := batcher.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if stats := batcher.Stats(); stats.Acknowledged != episodes || stats.Pending != 0 || stats.Refused != 0 {
		t.Errorf("%+v", stats)
	}
	for _, id := range ids {
		episode, err := client.GetEpisode(ctx, id)
		if err != nil || len(episode.GetFeedback()) != 1 {
			t.Errorf("%s has %d words: %v", id, len(episode.GetFeedback()), err)
		}
	}
}

func TestAWrongAddressIsToldWithinTheFirstContact(t *testing.T) {
	client, err := pointsman.New(nobody(t), pointsman.WithRetry(pointsman.RetryPolicy{FirstContact: 300 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.Complete(minutes(t), pointsman.Text(capital))
	var failed *pointsman.Error
	if !errors.As(err, &failed) || failed.Family != pointsman.ErrUnavailable || failed.Reason != "" {
		t.Fatal(err)
	}
}

func TestOneAttemptIsNoRetry(t *testing.T) {
	client, err := pointsman.New(nobody(t), pointsman.WithRetry(pointsman.RetryPolicy{Attempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err = client.GetEpisode(minutes(t), "e-1"); !errors.Is(err, pointsman.ErrUnavailable) {
		t.Error(err)
	}
	for _, err := range client.StreamComplete(minutes(t), pointsman.Text(capital)).Texts() {
		if !errors.Is(err, pointsman.ErrUnavailable) {
			t.Error(err)
		}
	}
}

func TestClosingEndsWhatWaitsForAService(t *testing.T) {
	client, err := pointsman.New(nobody(t))
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	begun := make(chan struct{}, 2)
	calls.Add(2)
	go func() {
		defer calls.Done()
		begun <- struct{}{}
		if _, err := client.GetEpisode(minutes(t), "e-1"); !errors.Is(err, pointsman.ErrClosedClient) {
			t.Error(err)
		}
	}()
	go func() {
		defer calls.Done()
		begun <- struct{}{}
		_, err := client.StreamComplete(minutes(t), pointsman.Text(capital)).Next()
		if !errors.Is(err, pointsman.ErrClosedClient) {
			t.Error(err)
		}
	}()
	<-begun
	<-begun
	if err := errors.Join(client.Close(), client.Close()); err != nil {
		t.Error(err)
	}
	calls.Wait()
	if _, err := client.Admin().ListModels(minutes(t), &pointsmanv1.ListModelsRequest{}); !errors.Is(err, pointsman.ErrClosedClient) {
		t.Error(err)
	}
}

func TestABatcherWithoutAServiceTellsWhatItDrops(t *testing.T) {
	client, err := pointsman.New(nobody(t))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	dropped := map[pointsman.DropReason]int{}
	var mu sync.Mutex
	batcher, err := client.Batcher(pointsman.BatcherConfig{
		MaxItems: 4, FlushInterval: time.Millisecond, Deadline: 3 * time.Second,
		OnDropped: func(told pointsman.Dropped) {
			mu.Lock()
			defer mu.Unlock()
			dropped[told.Reason]++
			if told.Reason == pointsman.DroppedDeadline && !errors.Is(told.Err, pointsman.ErrUnavailable) && !errors.Is(told.Err, pointsman.ErrDeadlineExceeded) {
				t.Errorf("why it was tried again is not told: %v", told.Err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	item := pointsman.FeedbackItem{EpisodeID: "e-1", Signal: pointsman.ThumbUp}
	for i := range 6 {
		if err := batcher.Add(item); (i >= 4) != errors.Is(err, pointsman.DroppedFull) {
			t.Errorf("item %d: %v", i, err)
		}
	}
	if err := batcher.Flush(minutes(t)); err != nil {
		t.Error(err)
	}
	if stats := batcher.Stats(); stats.Dropped[pointsman.DroppedDeadline] != 4 || stats.Dropped[pointsman.DroppedFull] != 2 || stats.Pending != 0 {
		t.Errorf("%+v", stats)
	}
	if err := batcher.Add(item); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := batcher.Close(ended); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := batcher.Add(item); !errors.Is(err, pointsman.DroppedClosed) {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if dropped[pointsman.DroppedFull] != 2 || dropped[pointsman.DroppedDeadline]+dropped[pointsman.DroppedClosed] != 6 || batcher.Stats().Added != 8 {
		t.Errorf("%v %+v", dropped, batcher.Stats())
	}
}

func TestABatcherRefusesWhatCouldNeverBeSent(t *testing.T) {
	batcher, err := open(t).Batcher(pointsman.BatcherConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []pointsman.FeedbackItem{
		{EpisodeID: "e-1"}, {EpisodeID: "e-1", Signal: pointsman.Correction("half\xed\xa0\x80")},
	} {
		if err := batcher.Add(item); !errors.Is(err, pointsman.ErrInvalidRequest) {
			t.Error(err)
		}
	}
	if err := batcher.Close(minutes(t)); err != nil || batcher.Stats().Added != 0 {
		t.Errorf("%v %+v", err, batcher.Stats())
	}
}

func TestABatchBeyondFourMebibytesIsSentInParts(t *testing.T) {
	client, ctx := open(t), minutes(t)
	answer, err := client.Complete(ctx, pointsman.Text(capital))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	refused := 0
	batcher, err := client.Batcher(pointsman.BatcherConfig{
		MaxBytes: 64 << 20, FlushItems: 1000,
		OnRefused: func(told pointsman.Refused) {
			mu.Lock()
			defer mu.Unlock()
			refused++
			if !errors.Is(told.Err, pointsman.ErrInvalidRequest) {
				t.Error(told.Err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	long := make([]byte, 100_000)
	for i := range long {
		long[i] = 'x'
	}
	const fine = 80
	for i := range fine {
		if err := batcher.Add(pointsman.FeedbackItem{
			EpisodeID: answer.EpisodeID, Signal: pointsman.Correction(long), EndUserID: fmt.Sprint("u-", i),
		}); err != nil {
			t.Fatal(err)
		}
	}
	// Longer than the service takes of one correction, and than gRPC takes of a message.
	for _, size := range []int{1 << 20, 6 << 20} {
		tooLong := pointsman.Correction(make([]byte, size))
		if err := batcher.Add(pointsman.FeedbackItem{EpisodeID: answer.EpisodeID, Signal: tooLong}); err != nil {
			t.Fatal(err)
		}
	}
	if err := batcher.Close(ctx); err != nil {
		t.Fatal(err)
	}
	stats := batcher.Stats()
	mu.Lock()
	defer mu.Unlock()
	if stats.Acknowledged != fine || stats.Refused != 2 || refused != 2 || stats.Requests < 3 {
		t.Errorf("%+v", stats)
	}
}

// nobody is an address of this machine where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
