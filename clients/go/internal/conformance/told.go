package main

import (
	"errors"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

var capital = regexp.MustCompile(`([a-z])([A-Z])`)

// word is a value of an enum in lower case without its prefix; nil where nothing is said.
func word(value protoreflect.Enum) any {
	if value.Number() == 0 {
		return nil
	}
	prefix := strings.ToUpper(capital.ReplaceAllString(string(value.Descriptor().Name()), "${1}_$2")) + "_"
	named := value.Descriptor().Values().ByNumber(value.Number())
	if named == nil {
		return nil
	}
	return strings.ToLower(strings.TrimPrefix(string(named.Name()), prefix))
}

func answerOf(answer *pointsman.Answer) object {
	raw := answer.Raw
	calls := make([]object, 0, len(raw.GetAnswer().GetToolCalls()))
	for _, call := range raw.GetAnswer().GetToolCalls() {
		calls = append(calls, object{
			"id": call.GetToolCallId(), "function": call.GetFunction(), "arguments": call.GetArgumentsJson(),
		})
	}
	return object{
		"text":  answer.Text,
		"model": answer.Model,
		"usage": object{
			"input_tokens": answer.Usage.GetInputTokens(), "output_tokens": answer.Usage.GetOutputTokens(),
		},
		"cost_usd":      answer.CostUSD,
		"episode_id":    answer.EpisodeID,
		"request_id":    answer.RequestID,
		"replayed":      raw.GetReplayed(),
		"finish_reason": word(raw.GetAnswer().GetFinishReason()),
		"stop_reason":   word(raw.GetStopReason()),
		"tool_calls":    calls,
		"steps":         len(raw.GetSteps()),
		"predictions":   len(raw.GetDecision().GetPredictions()),
	}
}

func decisionOf(decision *pointsman.Decision) object {
	return object{
		"episode_id":  decision.EpisodeID,
		"request_id":  decision.RequestID,
		"model":       decision.Model,
		"propensity":  decision.Raw.GetDecision().GetPropensity(),
		"replayed":    decision.Raw.GetReplayed(),
		"predictions": len(decision.Raw.GetDecision().GetPredictions()),
	}
}

// hearing is a stream, event by event.
type hearing struct {
	stream      *pointsman.Stream
	texts       []string
	items       []string
	retractions int
}

// hear takes an event; its kind.
func (h *hearing) hear(event pointsman.Event) string {
	kind := "unknown"
	message := event.ProtoReflect()
	if field := message.WhichOneof(message.Descriptor().Oneofs().ByName("item")); field != nil {
		kind = string(field.Name())
	}
	h.items = append(h.items, kind)
	switch kind {
	case "text":
		h.texts = append(h.texts, event.GetText().GetText())
	case "retraction":
		h.texts = nil
		h.retractions++
	}
	return kind
}

func (h *hearing) told() object {
	told := object{
		"texts":       append([]string{}, h.texts...),
		"items":       append([]string{}, h.items...),
		"retractions": h.retractions,
		"episode_id":  h.stream.EpisodeID(),
		"request_id":  h.stream.RequestID(),
	}
	if answer := h.stream.Answer(); answer != nil {
		told["final"] = answerOf(answer)
	}
	return told
}

func outcome(response *pointsmanv1.ReportOutcomeResponse, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	return object{
		"episode_id": response.GetEpisodeId(), "request_id": response.GetRequestId(), "model": response.GetModel(),
		"cost_usd": response.CostUsd, "replayed": response.GetReplayed(),
	}, nil
}

func receipt(told *pointsmanv1.FeedbackReceipt, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	return object{
		"episode_id": told.GetEpisodeId(), "request_id": told.GetRequestId(), "value": told.Value, "replayed": told.GetReplayed(),
	}, nil
}

func session(response *pointsmanv1.RecordSessionOutcomeResponse, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	return object{
		"request_id": response.GetRequestId(), "value": response.Value,
		"episode_count": response.EpisodeCount, "replayed": response.GetReplayed(),
	}, nil
}

func episode(found *pointsmanv1.Episode, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	said := make([]object, 0, len(found.GetFeedback()))
	for _, one := range found.GetFeedback() {
		said = append(said, object{
			"request_id": one.GetRequestId(), "source": word(one.GetSource()), "value": one.Value, "comment": one.Comment,
		})
	}
	return object{
		"episode_id": found.GetEpisodeId(), "stop_reason": word(found.GetStopReason()), "steps": len(found.GetSteps()),
		"feedback": said, "outcomes": len(found.GetOutcomes()),
	}, nil
}

func explained(found *pointsmanv1.ExplainEpisodeResponse, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	return object{
		"episode_id": found.GetEpisode().GetEpisodeId(), "summary": found.GetSummary(), "moves": len(found.GetMoves()),
	}, nil
}

// errorOf is an error as JSON. What is none of the client's is its defect, and is told as such.
func errorOf(err error) object {
	var failed *pointsman.Error
	if !errors.As(err, &failed) {
		return object{"family": "none of the client's", "message": err.Error()}
	}
	fieldViolations := make([]object, 0, len(failed.FieldViolations))
	for _, v := range failed.FieldViolations {
		fieldViolations = append(fieldViolations, object{"field": v.Field, "description": v.Description, "reason": v.Reason})
	}
	quotaViolations := make([]object, 0, len(failed.QuotaViolations))
	for _, v := range failed.QuotaViolations {
		quotaViolations = append(quotaViolations, object{"subject": v.Subject, "description": v.Description})
	}
	told := object{
		"family": string(failed.Family), "code": codeName(failed), "reason": string(failed.Reason), "message": failed.Message,
		"metadata": failed.Metadata, "field_violations": fieldViolations, "quota_violations": quotaViolations,
	}
	if wait, has := failed.RetryAfter(); has {
		told["retry_after_s"] = wait.Seconds()
	}
	return told
}

func codeName(failed *pointsman.Error) string {
	return strings.ToUpper(capital.ReplaceAllString(failed.Code.String(), "${1}_$2"))
}
