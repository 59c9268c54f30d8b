package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// openOptions are the address and the options of a client.
func openOptions(said fields) (address string, opts []pointsman.Option) {
	for _, opt := range callOptions(said) {
		opts = append(opts, opt)
	}
	if said.has("admin_address") {
		opts = append(opts, pointsman.WithAdminAddress(said.text("admin_address")))
	}
	if said.has("api_key") {
		opts = append(opts, pointsman.WithAPIKey(said.text("api_key")))
	}
	if said.has("plain_key") && get[bool](said, "plain_key") {
		opts = append(opts, pointsman.WithPlainKey())
	}
	if said.has("tls_ca") {
		opts = append(opts, pointsman.WithTLS(said.text("tls_ca")))
	}
	if said.has("tls_cert") || said.has("tls_key") {
		opts = append(opts, pointsman.WithCertificate(said.textOr("tls_cert", ""), said.textOr("tls_key", "")))
	}
	if said.has("compression") {
		opts = append(opts, pointsman.WithCompression(said.text("compression")))
	}
	if said.has("telemetry") && get[bool](said, "telemetry") {
		opts = append(opts, pointsman.WithTracerProvider(&everything{}))
	}
	if said.has("retry") {
		opts = append(opts, pointsman.WithRetry(policyOf(get[fields](said, "retry"))))
	}
	return said.textOr("address", ""), opts
}

func policyOf(said fields) pointsman.RetryPolicy {
	var policy pointsman.RetryPolicy
	for name, times := range map[string]*time.Duration{
		"first_wait_s": &policy.FirstWait, "longest_wait_s": &policy.LongestWait,
		"longest_outage_s": &policy.LongestOutage, "first_contact_s": &policy.FirstContact,
	} {
		if said.has(name) {
			// A policy's zero is its default, so none at all is the shortest time there is.
			*times = max(said.seconds(name), time.Nanosecond)
		}
	}
	for name, attempts := range map[string]*int{
		"attempts": &policy.Attempts, "provider_attempts": &policy.ProviderAttempts,
	} {
		if said.has(name) {
			*attempts = get[int](said, name)
		}
	}
	return policy
}

// callOptions are those that every call takes.
func callOptions(said fields) (opts []pointsman.CallOption) {
	if said.has("tenant") {
		opts = append(opts, pointsman.WithTenant(said.text("tenant")))
	}
	if timeout, there := said["timeout_s"]; there && string(timeout) == "null" {
		opts = append(opts, pointsman.WithTimeout(0))
	} else if there {
		opts = append(opts, pointsman.WithTimeout(said.seconds("timeout_s")))
	}
	if said.has("metadata") {
		for _, pair := range get[[][]json.RawMessage](said, "metadata") {
			opts = append(opts, pointsman.WithMetadata(textOf(pair[0]), textOf(pair[1])))
		}
	}
	return opts
}

func feedbackOptions(said fields) (opts []pointsman.FeedbackOption) {
	for _, opt := range callOptions(said) {
		opts = append(opts, opt)
	}
	return opts
}

// prompt is what is asked: a text, or messages as OpenAI has them.
func prompt(said fields) (pointsman.Prompt, error) {
	raw := said["messages"]
	if len(raw) > 0 && raw[0] == '[' {
		return pointsman.ParseChat(raw)
	}
	return pointsman.Text(textOf(raw)), nil
}

// queryOptions read the options of a query by their names in the contract.
var queryOptions = map[string]func(fields, string) pointsman.QueryOption{
	"dial":            number(pointsman.WithDial),
	"cost_weight":     number(pointsman.WithCostWeight),
	"latency_weight":  number(pointsman.WithLatencyWeight),
	"max_cost_usd":    number(pointsman.WithMaxCostUSD),
	"min_quality":     number(pointsman.WithMinQuality),
	"temperature":     number(pointsman.WithTemperature),
	"top_p":           number(pointsman.WithTopP),
	"max_tokens":      number(pointsman.WithMaxTokens),
	"seed":            number(pointsman.WithSeed),
	"task":            text(pointsman.WithTask),
	"domain":          text(pointsman.WithDomain),
	"language":        text(pointsman.WithLanguage),
	"session_id":      text(pointsman.WithSessionID),
	"models":          texts(pointsman.WithModels),
	"require_tags":    texts(pointsman.WithRequireTags),
	"stop":            texts(pointsman.WithStop),
	"params":          number(pointsman.WithParams),
	"labels":          labels,
	"response_format": number(func(format json.RawMessage) pointsman.QueryOption { return pointsman.WithResponseFormat(format) }),
	"end_user_id":     func(f fields, name string) pointsman.QueryOption { return pointsman.WithEndUserID(f.text(name)) },
	"request_id":      func(f fields, name string) pointsman.QueryOption { return pointsman.WithRequestID(f.text(name)) },
	"max_latency_ms": number(func(ms float64) pointsman.QueryOption {
		return pointsman.WithMaxLatency(time.Duration(ms * float64(time.Millisecond)))
	}),
	"tools": number(func(tools []json.RawMessage) pointsman.QueryOption {
		each := make([]any, len(tools))
		for i, tool := range tools {
			each[i] = tool
		}
		return pointsman.WithTools(each...)
	}),
	"include_predictions": func(f fields, name string) pointsman.QueryOption {
		if get[bool](f, name) {
			return pointsman.WithPredictions()
		}
		return nil
	},
}

// number reads what JSON has a form for.
func number[T any](with func(T) pointsman.QueryOption) func(fields, string) pointsman.QueryOption {
	return func(f fields, name string) pointsman.QueryOption { return with(get[T](f, name)) }
}

func labels(f fields, name string) pointsman.QueryOption {
	said := map[string]string{}
	for key, label := range get[map[string]json.RawMessage](f, name) {
		said[key] = textOf(label)
	}
	return pointsman.WithLabels(said)
}

func text(with func(string) pointsman.QueryOption) func(fields, string) pointsman.QueryOption {
	return func(f fields, name string) pointsman.QueryOption { return with(f.text(name)) }
}

func texts(with func(...string) pointsman.QueryOption) func(fields, string) pointsman.QueryOption {
	return func(f fields, name string) pointsman.QueryOption { return with(textsOf(f, name)...) }
}

func textsOf(f fields, name string) (said []string) {
	for _, one := range get[[]json.RawMessage](f, name) {
		said = append(said, textOf(one))
	}
	return said
}

// queryOf are a query's options. more: those that only this method has; nil where it has not.
func queryOf(said line, more map[string]func()) (opts []pointsman.QueryOption, err error) {
	for _, opt := range callOptions(said.Options) {
		opts = append(opts, opt)
	}
	for _, name := range slices.Sorted(maps.Keys(said.Args)) {
		if name == "messages" || !said.Args.has(name) {
			continue
		}
		if put, is := more[name]; is {
			if get[bool](said.Args, name) {
				put()
			}
			continue
		}
		read, known := queryOptions[name]
		if !known {
			return nil, unsupported(said.Method + " has no " + name)
		}
		if opt := read(said.Args, name); opt != nil {
			opts = append(opts, opt)
		}
	}
	return opts, nil
}

// item is a word of feedback.
func item(said fields) pointsman.FeedbackItem {
	return pointsman.FeedbackItem{
		EpisodeID: said.text("episode_id"),
		Signal:    signal(said),
		Model:     said.textOr("model", ""),
		EndUserID: said.textOr("end_user_id", ""),
		Comment:   said.textOr("comment", ""),
		Tenant:    said.textOr("tenant", ""),
		RequestID: said.textOr("request_id", ""),
	}
}

func signal(said fields) pointsman.Signal {
	switch {
	case said.has("thumb"):
		return pointsman.Thumb(said.text("thumb") == "up")
	case said.has("rating"):
		return pointsman.Rating(get[float64](said, "rating"))
	case said.has("correction"):
		return pointsman.Correction(said.text("correction"))
	case said.has("score"):
		return pointsman.Score(get[float64](said, "score"))
	}
	return nil
}

func failureKind(word string) pointsmanv1.FailureKind {
	return pointsmanv1.FailureKind(pointsmanv1.FailureKind_value["FAILURE_KIND_"+strings.ToUpper(word)])
}
