package pointsman_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

const capital = "What is the capital of Australia?"

func TestAnAnswerHasItsTextModelUsageCostAndIds(t *testing.T) {
	answer, err := open(t).Complete(minutes(t), pointsman.Text(capital), pointsman.WithModels("starter-large"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(answer.Text, "Canberra") || answer.Model != "starter-large" {
		t.Errorf("%q by %q", answer.Text, answer.Model)
	}
	if answer.CostUSD <= 0 || answer.Usage.GetOutputTokens() <= 0 || answer.EpisodeID == "" || len(answer.RequestID) != 32 {
		t.Errorf("%+v", answer)
	}
}

func TestAnAnswerTakesEveryKindOfFeedbackForTheTenantOfItsCall(t *testing.T) {
	client, ctx := open(t), minutes(t)
	answer, err := client.Complete(ctx, pointsman.Text(capital), pointsman.WithTenant("team-a"))
	if err != nil {
		t.Fatal(err)
	}
	says := map[float64]func() (*pointsmanv1.FeedbackReceipt, error){
		1:    func() (*pointsmanv1.FeedbackReceipt, error) { return answer.ThumbsUp(ctx) },
		0:    func() (*pointsmanv1.FeedbackReceipt, error) { return answer.ThumbsDown(ctx) },
		0.75: func() (*pointsmanv1.FeedbackReceipt, error) { return answer.Rate(ctx, 4) },
		0.25: func() (*pointsmanv1.FeedbackReceipt, error) { return answer.Score(ctx, 0.25) },
	}
	for value, say := range says {
		receipt, err := say()
		if err != nil || receipt.GetValue() != value || receipt.GetEpisodeId() != answer.EpisodeID {
			t.Errorf("%v: %v %v", value, receipt, err)
		}
	}
	if _, err := answer.Correct(ctx, "Sydney, of course"); err != nil {
		t.Error(err)
	}
	if _, err := client.Feedback(ctx, answer.EpisodeID, pointsman.ThumbUp); !errors.Is(err, pointsman.ErrNotFound) {
		t.Errorf("another tenant was told of the episode: %v", err)
	}
}

func TestARoutedQueryTakesItsOutcome(t *testing.T) {
	client, ctx := open(t), minutes(t)
	decision, err := client.Route(ctx, pointsman.Text(capital),
		pointsman.WithModels("starter-large"), pointsman.WithSingleCall(), pointsman.WithPredictions())
	if err != nil {
		t.Fatal(err)
	}
	if decision.Model != "starter-large" || len(decision.Raw.GetDecision().GetPredictions()) != 1 {
		t.Errorf("%v", decision.Raw)
	}
	_, err = decision.ReportOutcome(ctx, pointsman.WithLatency(800*time.Millisecond), pointsman.WithCostUSD(0.01),
		pointsman.WithInputTokens(12), pointsman.WithOutputTokens(30),
		pointsman.WithVerdicts(&pointsmanv1.Verdict{Judge: "mine", Score: pointer(0.75)}))
	if err != nil {
		t.Fatal(err)
	}
	episode, err := client.GetEpisode(ctx, decision.EpisodeID)
	if err != nil {
		t.Fatal(err)
	}
	outcome := episode.GetOutcomes()[0]
	if outcome.GetLatencyMs() != 800 || outcome.GetUsage().GetInputTokens() != 12 || outcome.GetUsage().CachedInputTokens != nil {
		t.Errorf("%v", outcome)
	}
}

func TestASessionTakesAnOutcome(t *testing.T) {
	client, ctx := open(t), minutes(t)
	if _, err := client.Complete(ctx, pointsman.Text(capital), pointsman.WithSessionID("run-7")); err != nil {
		t.Fatal(err)
	}
	outcome, err := client.RecordSessionOutcome(ctx, "run-7", pointsman.Rating(5), pointsman.WithEndUserID("u-1"))
	if err != nil || outcome.GetValue() != 1 || outcome.GetEpisodeCount() != 1 {
		t.Errorf("%v %v", outcome, err)
	}
}

func TestABatchHasAResultForEachItem(t *testing.T) {
	client, ctx := open(t), minutes(t)
	answer, err := client.Complete(ctx, pointsman.Text(capital))
	if err != nil {
		t.Fatal(err)
	}
	results, err := client.FeedbackBatch(ctx, []pointsman.FeedbackItem{
		{EpisodeID: answer.EpisodeID, Signal: pointsman.ThumbUp},
		{EpisodeID: "e-unknown", Signal: pointsman.ThumbDown},
	})
	if err != nil {
		t.Fatal(err)
	}
	var failed *pointsman.Error
	if results[0].Err != nil || results[0].Receipt.GetValue() != 1 {
		t.Errorf("%+v", results[0])
	}
	if !errors.As(results[1].Err, &failed) || failed.Reason != pointsman.ReasonUnknownEpisode || failed.Metadata["episode_id"] != "e-unknown" {
		t.Errorf("%+v", results[1])
	}
}

func TestTheServiceTakesEveryOptionOfAQuery(t *testing.T) {
	client, ctx := open(t), minutes(t)
	answer, err := client.Complete(ctx, pointsman.Chat{pointsman.System("Be short."), pointsman.User(capital)},
		pointsman.WithDial(0.3), pointsman.WithLatencyWeight(0.01), pointsman.WithMaxCostUSD(1), pointsman.WithMaxLatency(time.Minute),
		pointsman.WithMinQuality(0.01), pointsman.WithModels("starter-small", "starter-large"), pointsman.WithTemperature(0.5),
		pointsman.WithTopP(0.9), pointsman.WithMaxTokens(100), pointsman.WithStop("END"), pointsman.WithSeed(7),
		pointsman.WithParams(map[string]any{"top_k": 5}), pointsman.WithTask("answer"), pointsman.WithDomain("geography"),
		pointsman.WithLanguage("en"), pointsman.WithLabels(map[string]string{"feature": "quiz"}), pointsman.WithSessionID("s-1"),
		pointsman.WithEndUserID("u-1"), pointsman.WithRequestID("r-options"), pointsman.WithPredictions())
	if err != nil {
		t.Fatal(err)
	}
	episode, err := client.GetEpisode(ctx, answer.EpisodeID)
	if err != nil {
		t.Fatal(err)
	}
	if episode.GetLabels()["feature"] != "quiz" || episode.GetSessionId() != "s-1" || episode.GetEndUserId() != "u-1" {
		t.Errorf("%v", episode)
	}
	if episode.GetRequestId() != "r-options" || answer.RequestID != "r-options" {
		t.Errorf("%v, %v", episode.GetRequestId(), answer.RequestID)
	}
}

func TestOperatorsRequestsGoToTheirAddress(t *testing.T) {
	models, err := open(t).Admin().ListModels(minutes(t), &pointsmanv1.ListModelsRequest{})
	if err != nil || len(models.GetModels()) != 3 {
		t.Errorf("%v %v", models, err)
	}
}

func TestABudgetSaysWhoseItIsAndUntilWhen(t *testing.T) {
	_, err := open(t, pointsman.WithTenant("poor")).Complete(minutes(t), pointsman.Text(capital))
	var failed *pointsman.Error
	if !errors.As(err, &failed) || !errors.Is(err, pointsman.ErrBudgetExhausted) {
		t.Fatal(err)
	}
	if wait, told := failed.RetryAfter(); !told || wait <= 0 || len(failed.QuotaViolations) != 1 {
		t.Errorf("%+v", failed)
	}
}

func pointer[T any](value T) *T { return &value }
