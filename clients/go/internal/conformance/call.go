package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

func (r *runner) call(said line) (object, error) {
	client := r.client(said.Client)
	ctx, cancel := contextOf(said.CancelAfter)
	defer cancel()
	switch said.Method {
	case "complete":
		return r.complete(ctx, client, said)
	case "stream_complete":
		return r.stream(ctx, cancel, client, said)
	case "route":
		return route(ctx, client, said)
	case "report_outcome":
		return reportOutcome(ctx, client, said)
	case "feedback":
		return feedback(ctx, client, said)
	case "feedback_batch":
		return feedbackBatch(ctx, client, said)
	case "record_session_outcome":
		return sessionOutcome(ctx, client, said)
	case "get_episode":
		return episode(client.GetEpisode(ctx, said.Args.text("episode_id"), callOptions(said.Options)...))
	case "explain_episode":
		return explained(client.ExplainEpisode(ctx, said.Args.text("episode_id"), callOptions(said.Options)...))
	case "request":
		return request(ctx, client, said)
	}
	return nil, unsupported("method " + said.Method)
}

func (r *runner) complete(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	asked, err := prompt(said.Args)
	if err != nil {
		return nil, err
	}
	opts, err := queryOf(said, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Complete(ctx, asked, opts...)
	if err != nil {
		return nil, err
	}
	r.keep(said.As, answer)
	return answerOf(answer), nil
}

func route(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	asked, err := prompt(said.Args)
	if err != nil {
		return nil, err
	}
	var opts []pointsman.RouteOption
	general, err := queryOf(said, map[string]func(){
		"single_call": func() { opts = append(opts, pointsman.WithSingleCall()) },
	})
	if err != nil {
		return nil, err
	}
	for _, opt := range general {
		opts = append(opts, opt)
	}
	decision, err := client.Route(ctx, asked, opts...)
	if err != nil {
		return nil, err
	}
	return decisionOf(decision), nil
}

// hungUp is a stream that the caller left; heard: what had come of it.
type hungUp struct {
	err   error
	heard object
}

func (h hungUp) Error() string { return h.err.Error() }

func (r *runner) stream(
	ctx context.Context, cancel context.CancelFunc, client *pointsman.Client, said line,
) (object, error) {
	asked, err := prompt(said.Args)
	if err != nil {
		return nil, err
	}
	var opts []pointsman.StreamOption
	general, err := queryOf(said, map[string]func(){
		"optimistic": func() { opts = append(opts, pointsman.WithOptimistic()) },
		"trace":      func() { opts = append(opts, pointsman.WithTrace()) },
	})
	if err != nil {
		return nil, err
	}
	for _, opt := range general {
		opts = append(opts, opt)
	}
	var hangUpAt string
	_ = json.Unmarshal(said.CancelAfter, &hangUpAt) // Absent, or a number of seconds, is no item's kind.
	heard := hearing{stream: client.StreamComplete(ctx, asked, opts...)}
	for event, err := range heard.stream.Events() {
		if err != nil {
			if errors.Is(err, pointsman.ErrCancelled) {
				return nil, hungUp{err, heard.told()}
			}
			return nil, err
		}
		if heard.hear(event) == hangUpAt && hangUpAt != "" {
			// What comes next is the end that the caller made.
			cancel()
		}
	}
	r.keep(said.As, heard.stream.Answer())
	return heard.told(), nil
}

func reportOutcome(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	var opts []pointsman.OutcomeOption
	for _, opt := range callOptions(said.Options) {
		opts = append(opts, opt)
	}
	for name, with := range map[string]func(int) pointsman.OutcomeOption{
		"input_tokens": pointsman.WithInputTokens, "cached_input_tokens": pointsman.WithCachedInputTokens,
		"output_tokens": pointsman.WithOutputTokens, "reasoning_tokens": pointsman.WithReasoningTokens,
	} {
		if said.Args.has(name) {
			opts = append(opts, with(get[int](said.Args, name)))
		}
	}
	if said.Args.has("model") {
		opts = append(opts, pointsman.WithModel(said.Args.text("model")))
	}
	if said.Args.has("request_id") {
		opts = append(opts, pointsman.WithRequestID(said.Args.text("request_id")))
	}
	if said.Args.has("latency_ms") {
		ms := get[float64](said.Args, "latency_ms")
		opts = append(opts, pointsman.WithLatency(time.Duration(ms*float64(time.Millisecond))))
	}
	if said.Args.has("cost_usd") {
		opts = append(opts, pointsman.WithCostUSD(get[float64](said.Args, "cost_usd")))
	}
	if said.Args.has("failure") {
		failure := get[fields](said.Args, "failure")
		opts = append(opts, pointsman.WithFailure(failureKind(failure.text("kind")), failure.text("message")))
	}
	if said.Args.has("verdicts") {
		for _, one := range get[[]json.RawMessage](said.Args, "verdicts") {
			verdict := &pointsmanv1.Verdict{}
			if err := protojson.Unmarshal(one, verdict); err != nil {
				return nil, unsupported("a verdict: " + err.Error())
			}
			opts = append(opts, pointsman.WithVerdicts(verdict))
		}
	}
	response, err := client.ReportOutcome(ctx, said.Args.text("episode_id"), opts...)
	return outcome(response, err)
}

func feedback(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	opts, one := feedbackOptions(said.Options), item(said.Args)
	if one.Model != "" {
		opts = append(opts, pointsman.WithModel(one.Model))
	}
	if one.EndUserID != "" {
		opts = append(opts, pointsman.WithEndUserID(one.EndUserID))
	}
	if said.Args.has("comment") {
		opts = append(opts, pointsman.WithComment(one.Comment))
	}
	if said.Args.has("request_id") {
		opts = append(opts, pointsman.WithRequestID(said.Args.text("request_id")))
	}
	return receipt(client.Feedback(ctx, one.EpisodeID, one.Signal, opts...))
}

func feedbackBatch(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	var items []pointsman.FeedbackItem
	for _, one := range get[[]fields](said.Args, "items") {
		items = append(items, item(one))
	}
	results, err := client.FeedbackBatch(ctx, items, callOptions(said.Options)...)
	if err != nil {
		return nil, err
	}
	told := make([]object, len(results))
	for i, result := range results {
		if result.Err != nil {
			told[i] = object{"error": errorOf(result.Err)}
			continue
		}
		one, _ := receipt(result.Receipt, nil)
		told[i] = object{"receipt": one}
	}
	return object{"results": told}, nil
}

func sessionOutcome(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	var opts []pointsman.SessionOption
	for _, opt := range callOptions(said.Options) {
		opts = append(opts, opt)
	}
	if said.Args.has("end_user_id") {
		opts = append(opts, pointsman.WithEndUserID(said.Args.text("end_user_id")))
	}
	if said.Args.has("request_id") {
		opts = append(opts, pointsman.WithRequestID(said.Args.text("request_id")))
	}
	word, is := signal(said.Args).(pointsman.SessionSignal)
	if !is {
		word = nil
	}
	return session(client.RecordSessionOutcome(ctx, said.Args.text("session_id"), word, opts...))
}

// request makes any request of the contract by its name.
func request(ctx context.Context, client *pointsman.Client, said line) (object, error) {
	service, rpc := said.Args.text("service"), said.Args.text("rpc")
	asked, err := newMessage(rpc + "Request")
	if err != nil {
		return nil, err
	}
	if err := protojson.Unmarshal(said.Args["message"], asked); err != nil {
		return nil, unsupported("message: " + err.Error())
	}
	response, err := newMessage(rpc + "Response")
	if err != nil {
		return nil, err
	}
	conn := client.Conn(callOptions(said.Options)...)
	if err := conn.Invoke(ctx, "/pointsman.v1."+service+"/"+rpc, asked, response); err != nil {
		return nil, err
	}
	told, err := protojson.Marshal(response)
	return object{"message": json.RawMessage(told)}, err
}

func newMessage(name string) (proto.Message, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName("pointsman.v1." + name))
	if err != nil {
		return nil, unsupported(name + ": " + err.Error())
	}
	return kind.New().Interface(), nil
}
