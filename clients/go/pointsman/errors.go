package pointsman

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Family is what went wrong, in the large. Each is an error of its own, to be asked for with [errors.Is]:
//
//	if errors.Is(err, pointsman.ErrBudgetExhausted) { ... }
type Family string

// The families of errors. README.md says what to do about each.
const (
	// ErrInvalidRequest is for arguments or fields that are wrong, as FieldViolations says. Reason is "" where the client
	// found it out itself.
	ErrInvalidRequest Family = "InvalidRequest"
	// ErrUnauthenticated is for no key or token, or none that is valid: WithAPIKey, or POINTSMAN_API_KEY.
	ErrUnauthenticated Family = "Unauthenticated"
	// ErrPermissionDenied is for a key that may not do this; Metadata has the role that it needs, or the tenant that it may
	// not act for.
	ErrPermissionDenied Family = "PermissionDenied"
	// ErrNotFound is for no such episode, model, tenant, taxonomy node, snapshot, job or key; Metadata names it.
	ErrNotFound Family = "NotFound"
	// ErrConflict is for a request id that was used with other content, or a name that something has already.
	ErrConflict Family = "Conflict"
	// ErrAborted is for a stale etag: somebody else changed it first.
	ErrAborted Family = "Aborted"
	// ErrFailedPrecondition is for a request that is fine where the state is not: no model fits, the tenant is disabled.
	ErrFailedPrecondition Family = "FailedPrecondition"
	// ErrOverLimit is for a limit of the key, its tenant or the service, as QuotaViolations says. Nothing was done, and it is
	// not tried again by itself, which would keep the limit reached.
	ErrOverLimit Family = "OverLimit"
	// ErrBudgetExhausted is for a tenant's ceiling that is reached; RetryAfter says when the next period begins.
	ErrBudgetExhausted Family = "BudgetExhausted"
	// ErrUnavailable is for a service that does not answer, or cannot now. It was tried again as the RetryPolicy says.
	ErrUnavailable Family = "Unavailable"
	// ErrDeadlineExceeded is for a deadline that passed before an answer came. It is context.DeadlineExceeded, too.
	ErrDeadlineExceeded Family = "DeadlineExceeded"
	// ErrServiceDefect is for a defect of the service, or damaged data; Metadata has the incident_id that its log knows.
	ErrServiceDefect Family = "ServiceDefect"
	// ErrClosedClient is for a client that is closed, or is closed under a call.
	ErrClosedClient Family = "ClosedClient"
	// ErrCancelled is for a caller that hung up. It is context.Canceled, too.
	ErrCancelled Family = "Cancelled"
	// ErrOther is for a status that this version knows no family of.
	ErrOther Family = "Other"
)

// Error says what the family is called.
func (f Family) Error() string { return "pointsman: " + string(f) }

// FieldViolation says what is wrong with one field of a request.
type FieldViolation struct {
	// Field is its path, for instance "query.preference.dial"; of an option, its name in the contract, for instance "dial".
	Field string
	// Description says what is wrong.
	Description string
	// Reason is what programs can rely on, for instance OUT_OF_RANGE; "" where the client refused it.
	Reason string
}

// QuotaViolation says which quota is used up.
type QuotaViolation struct {
	// Subject is whose it is, for instance "tenant:team-a".
	Subject string
	// Description says which one, in words.
	Description string
}

// Error is what every method of this package fails with. Get at it with [errors.As]:
//
//	var failed *pointsman.Error
//	if errors.As(err, &failed) { log.Print(failed.Reason, failed.Metadata) }
type Error struct {
	// Family is what went wrong, in the large.
	Family Family
	// Code is gRPC's status code.
	Code codes.Code
	// Reason is that of the contract's ErrorReason, without its prefix; "" where no service answered.
	Reason Reason
	// Message says it in words.
	Message string
	// Metadata is what it was about, for instance episode_id. Never nil.
	Metadata map[string]string
	// FieldViolations are all that is wrong with the request, at once.
	FieldViolations []FieldViolation
	// QuotaViolations are the quotas that are used up.
	QuotaViolations []QuotaViolation
	// ForbidsRetry is whether the service asks for no try by itself, as where each would call all providers again.
	ForbidsRetry bool

	retryAfter *time.Duration
	cause      error
}

// Error gives the reason, or the code where there is none, and the message.
func (e *Error) Error() string {
	if e.Reason != "" {
		return string(e.Reason) + ": " + e.Message
	}
	return codeName(e.Code) + ": " + e.Message
}

// RetryAfter is how long to wait before trying again; false where waiting is no use, or nobody knows.
func (e *Error) RetryAfter() (time.Duration, bool) {
	if e.retryAfter == nil {
		return 0, false
	}
	return *e.retryAfter, true
}

// Is makes [errors.Is] tell families apart, and an end of the context by its own errors.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.Family == ErrCancelled
	case context.DeadlineExceeded:
		return e.Family == ErrDeadlineExceeded
	}
	family, is := target.(Family)
	return is && family == e.Family
}

// Unwrap is what gRPC, or the system, said; nil where there is nothing beneath.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus is the status for interceptors and status.FromError.
func (e *Error) GRPCStatus() *status.Status {
	var under interface{ GRPCStatus() *status.Status }
	if errors.As(e.cause, &under) && under.GRPCStatus().Code() == e.Code {
		return under.GRPCStatus()
	}
	return status.New(e.Code, e.Message)
}

// invalid is the error for an argument: its path, and what is wrong with it.
func invalid(path, problem string, args ...any) *Error {
	problem = fmt.Sprintf(problem, args...)
	return &Error{
		Family:          ErrInvalidRequest,
		Code:            codes.InvalidArgument,
		Message:         path + " " + problem,
		Metadata:        map[string]string{},
		FieldViolations: []FieldViolation{{Field: path, Description: problem}},
	}
}

func closedClient(cause error) *Error {
	return &Error{
		Family:   ErrClosedClient,
		Code:     codes.FailedPrecondition,
		Message:  "the client is closed: make another, or call it before Close",
		Metadata: map[string]string{},
		cause:    cause,
	}
}

// codeName is a code as the contract writes it, for instance INVALID_ARGUMENT.
func codeName(code codes.Code) string {
	var name strings.Builder
	for i, letter := range code.String() {
		if i > 0 && letter >= 'A' && letter <= 'Z' && code != codes.OK {
			name.WriteByte('_')
		}
		name.WriteRune(letter)
	}
	return strings.ToUpper(name.String())
}
