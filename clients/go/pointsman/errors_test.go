package pointsman

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

func statusOf(t *testing.T, code codes.Code, details ...protoadapt.MessageV1) *status.Status {
	t.Helper()
	failed, err := status.New(code, "what happened").WithDetails(details...)
	if err != nil {
		t.Fatal(err)
	}
	return failed
}

func TestAnErrorHasAllThatTheDetailsSay(t *testing.T) {
	err := ErrorOfStatus(statusOf(t, codes.ResourceExhausted,
		&errdetails.ErrorInfo{Reason: "BUDGET_EXHAUSTED", Domain: "pointsman.dev", Metadata: map[string]string{"tenant": "poor"}},
		&errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{{Subject: "tenant:poor", Description: "a day"}}},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "query.preference.dial", Description: "is 1.5", Reason: "OUT_OF_RANGE"},
		}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(90 * time.Second)},
		&errdetails.Help{},
	).Proto())
	var failed *Error
	if !errors.As(err, &failed) || !errors.Is(err, ErrBudgetExhausted) || errors.Is(err, ErrOverLimit) {
		t.Fatal(err)
	}
	wait, told := failed.RetryAfter()
	if !told || wait != 90*time.Second || failed.Metadata["tenant"] != "poor" || failed.QuotaViolations[0].Subject != "tenant:poor" ||
		failed.FieldViolations[0] != (FieldViolation{"query.preference.dial", "is 1.5", "OUT_OF_RANGE"}) {
		t.Errorf("%+v", failed)
	}
	if failed.Error() != "BUDGET_EXHAUSTED: what happened" || status.Code(err) != codes.ResourceExhausted || len(status.Convert(err).Details()) != 5 {
		t.Error(failed.Error(), status.Convert(err))
	}
}

func TestEveryReasonOfTheContractHasAFamily(t *testing.T) {
	for number, name := range pointsmanv1.ErrorReason_name {
		reason := Reason(strings.TrimPrefix(name, "ERROR_REASON_"))
		if _, known := familyOfReason[reason]; !known && number != 0 {
			t.Errorf("%s has none", reason)
		}
	}
	for reason := range familyOfReason {
		if _, known := pointsmanv1.ErrorReason_value["ERROR_REASON_"+string(reason)]; !known {
			t.Errorf("the contract does not know %s", reason)
		}
	}
}

func TestWithoutAKnownReasonTheCodeTells(t *testing.T) {
	for code, family := range map[codes.Code]Family{
		codes.NotFound: ErrNotFound, codes.Unauthenticated: ErrUnauthenticated, codes.DataLoss: ErrServiceDefect, codes.Unknown: ErrOther,
	} {
		err := ErrorOfStatus(statusOf(t, code, &errdetails.ErrorInfo{Reason: "OF_A_LATER_VERSION"}).Proto())
		if !errors.Is(err, family) {
			t.Errorf("%v: %v", code, err)
		}
	}
	if ErrorOfStatus(nil) != nil || ErrorOfStatus(status.New(codes.OK, "").Proto()) != nil {
		t.Error("what did not fail is an error")
	}
}

func TestPushbackSaysHowLongToWaitOrThatThereIsNoRetry(t *testing.T) {
	cases := []struct {
		sent    string
		wait    time.Duration
		told    bool
		forbids bool
	}{{"250", 250 * time.Millisecond, true, false}, {"-1", 0, false, true}, {"soon", 0, false, true}}
	for _, c := range cases {
		failed := (&Client{config: &config{}}).errorOfCall(
			context.Background(), status.Error(codes.Unavailable, "busy"), metadata.Pairs(pushbackKey, c.sent), "h:1", nil)
		if wait, told := failed.RetryAfter(); wait != c.wait || told != c.told || failed.ForbidsRetry != c.forbids {
			t.Errorf("%q: %+v", c.sent, failed)
		}
	}
}

func TestAnEndOfTheContextIsItsOwnError(t *testing.T) {
	client := &Client{config: &config{}}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, stop := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer stop()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: late} {
		// gRPC may have seen the end as a connection that closed.
		err := client.errorOfCall(ctx, status.Error(codes.Unavailable, "closing"), nil, "h:1", nil)
		if !errors.Is(err, want) || err.Family == ErrUnavailable {
			t.Errorf("%v is not %v", err, want)
		}
	}
}

func TestATextThatIsNoUTF8IsNamed(t *testing.T) {
	query := &pointsmanv1.Query{
		Messages: Chat{User("fine"), UserParts(TextPart("half\xed\xa0\x80"))},
	}
	if path := notUTF8(&pointsmanv1.CompleteRequest{Query: query}); path != "query.messages[1].parts[0].text" {
		t.Error(path)
	}
	labels := &pointsmanv1.Query{Hints: &pointsmanv1.Hints{Labels: map[string]string{"k": "\xff"}}}
	if path := notUTF8(labels); path != "hints.labels" {
		t.Error(path)
	}
}

func TestTheServiceConfigIsThePublishedOne(t *testing.T) {
	published, err := os.ReadFile("../../../proto/service_config.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(published) != ServiceConfig {
		t.Error("service_config.json is not that of proto/: make generate")
	}
}
