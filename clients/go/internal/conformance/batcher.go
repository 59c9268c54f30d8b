package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"pointsman.dev/clients/go/pointsman"
)

// batcher is one of the client's, with what it told.
type batcher struct {
	*pointsman.Batcher
	mu      sync.Mutex
	refused []object
}

func (r *runner) batch(said line) (object, error) {
	if said.Op == "batcher_open" {
		return object{}, r.openBatcher(said)
	}
	b := r.batchers[said.Batcher]
	switch said.Op {
	case "batcher_add":
		return b.add(said)
	case "batcher_flush":
		return b.stats(b.Flush(context.Background()))
	case "batcher_close":
		return b.stats(b.Close(context.Background()))
	}
	return b.stats(nil)
}

func (r *runner) openBatcher(said line) error {
	made := &batcher{}
	config := pointsman.BatcherConfig{
		OnRefused: func(told pointsman.Refused) {
			made.mu.Lock()
			defer made.mu.Unlock()
			made.refused = append(made.refused, object{"episode_id": told.Item.EpisodeID, "error": errorOf(told.Err)})
		},
		Options: callOptions(said.Options),
	}
	for name, size := range map[string]*int{
		"max_items": &config.MaxItems, "max_bytes": &config.MaxBytes,
		"flush_items": &config.FlushItems, "flush_bytes": &config.FlushBytes,
	} {
		if said.Options.has(name) {
			*size = get[int](said.Options, name)
		}
	}
	for name, times := range map[string]*time.Duration{
		"flush_interval_s": &config.FlushInterval, "deadline_s": &config.Deadline,
	} {
		if said.Options.has(name) {
			*times = said.Options.seconds(name)
		}
	}
	opened, err := r.client(said.Client).Batcher(config)
	if err == nil {
		made.Batcher = opened
		r.batchers[said.Batcher] = made
	}
	return err
}

func (b *batcher) add(said line) (object, error) {
	items := make([]pointsman.FeedbackItem, len(said.Items))
	for i, one := range said.Items {
		items[i] = item(one)
	}
	accepted, slowest := 0, time.Duration(0)
	for range max(said.Times, 1) {
		for _, one := range items {
			if said.Times > 0 {
				one.RequestID = ""
			}
			begun := time.Now()
			err := b.Add(one)
			slowest = max(slowest, time.Since(begun))
			var dropped pointsman.DropReason
			switch {
			case err == nil:
				accepted++
			case !errors.As(err, &dropped):
				return nil, err
			}
		}
	}
	return object{"accepted": accepted, "slowest_ms": float64(slowest) / float64(time.Millisecond)}, nil
}

func (b *batcher) stats(err error) (object, error) {
	if err != nil {
		return nil, err
	}
	stats := b.Stats()
	b.mu.Lock()
	defer b.mu.Unlock()
	dropped := object{"full": 0, "deadline": 0, "closed": 0}
	for reason, count := range stats.Dropped {
		dropped[string(reason)] = count
	}
	return object{
		"added": stats.Added, "acknowledged": stats.Acknowledged, "refused": append([]object{}, b.refused...),
		"dropped": dropped, "pending": stats.Pending, "requests": stats.Requests,
	}, nil
}
