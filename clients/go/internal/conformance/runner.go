package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"pointsman.dev/clients/go/pointsman"
)

// runner has what was opened, begun and answered so far, by the names that the lines give.
type runner struct {
	clients  map[string]*pointsman.Client
	batchers map[string]*batcher
	calls    map[string]chan object
	mu       sync.Mutex // Of answers, which calls in the background write, too.
	answers  map[string]*pointsman.Answer
}

func newRunner() *runner {
	return &runner{
		clients:  map[string]*pointsman.Client{},
		batchers: map[string]*batcher{},
		calls:    map[string]chan object{},
		answers:  map[string]*pointsman.Answer{},
	}
}

// unsupported is a line that asks for what this runner does not have.
type unsupported string

func (u unsupported) Error() string { return string(u) }

// answer does what a line says. The result has one member: ok, error or unsupported.
func (r *runner) answer(said line) (told object) {
	ok, err := r.do(said)
	return result(ok, err)
}

func result(ok object, err error) object {
	switch failed := err.(type) {
	case nil:
		return object{"ok": ok}
	case already:
		return object(failed)
	case unsupported:
		return object{"unsupported": string(failed)}
	case hungUp:
		told := errorOf(failed.err)
		told["heard"] = failed.heard
		return object{"error": told}
	}
	return object{"error": errorOf(err)}
}

func (r *runner) do(said line) (object, error) {
	switch said.Op {
	case "open":
		return object{}, r.open(said)
	case "close":
		return object{}, r.closeClient(said.Client)
	case "call":
		return r.call(said)
	case "start":
		done := make(chan object, 1)
		r.calls[said.Call] = done
		go func() { done <- result(r.call(said)) }()
		return object{}, nil
	case "await":
		return r.await(said)
	case "handle":
		return r.handle(said)
	case "batcher_open", "batcher_add", "batcher_flush", "batcher_close", "batcher_stats":
		return r.batch(said)
	}
	return nil, unsupported("op " + said.Op)
}

// await is what a call in the background answered.
func (r *runner) await(said line) (object, error) {
	told := <-r.calls[said.Call]
	delete(r.calls, said.Call)
	if ok, is := told["ok"].(object); is {
		return ok, nil
	}
	return nil, already(told)
}

// already is an error that was made an answer before.
type already object

func (already) Error() string { return "told" }

func (r *runner) open(said line) error {
	address, opts := openOptions(said.Options)
	client, err := pointsman.New(address, opts...)
	if err == nil {
		r.clients[said.Client] = client
	}
	return err
}

func (r *runner) closeClient(name string) error {
	client, there := r.clients[name]
	if !there {
		return nil
	}
	return client.Close()
}

func (r *runner) close() {
	for _, client := range r.clients {
		_ = client.Close() // Their connections end with the process in any case.
	}
}

// client is one that was opened, whether it was closed since or not.
func (r *runner) client(name string) *pointsman.Client {
	client, there := r.clients[name]
	if !there {
		panic(fmt.Sprintf("no client was opened as %q", name))
	}
	return client
}

func (r *runner) keep(name string, answer *pointsman.Answer) {
	if name != "" && answer != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.answers[name] = answer
	}
}

// contextOf is the context of a call that the caller hangs up on after some seconds, if it says so.
func contextOf(cancelAfter json.RawMessage) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	var seconds float64
	if cancelAfter != nil && json.Unmarshal(cancelAfter, &seconds) == nil {
		timer := time.AfterFunc(time.Duration(seconds*float64(time.Second)), cancel)
		return ctx, func() {
			timer.Stop()
			cancel()
		}
	}
	return ctx, cancel
}

func (r *runner) handle(said line) (object, error) {
	r.mu.Lock()
	answer := r.answers[said.Answer]
	r.mu.Unlock()
	ctx, opts := context.Background(), feedbackOptions(said.Options)
	number := func() (value float64) {
		if err := json.Unmarshal(said.Value, &value); err != nil {
			panic(err)
		}
		return value
	}
	if strings.HasPrefix(said.Do, "thumbs_") && said.Value != nil {
		opts = append(opts, pointsman.WithComment(textOf(said.Value)))
	}
	switch said.Do {
	case "thumbs_up":
		return receipt(answer.ThumbsUp(ctx, opts...))
	case "thumbs_down":
		return receipt(answer.ThumbsDown(ctx, opts...))
	case "rate":
		return receipt(answer.Rate(ctx, number(), opts...))
	case "correct":
		return receipt(answer.Correct(ctx, textOf(said.Value), opts...))
	case "score":
		return receipt(answer.Score(ctx, number(), opts...))
	}
	return nil, unsupported("do " + said.Do)
}
