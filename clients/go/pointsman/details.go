package pointsman

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// pushbackKey is what a service tells gRPC's own retries (gRFC A6): milliseconds to wait; anything else forbids a retry.
const pushbackKey = "grpc-retry-pushback-ms"

// ErrorOfStatus is the error for a google.rpc.Status: what the same failure would have been as a call of its own. It is
// for the items of a batch, [FeedbackResult.Err] among them. A nil or OK status is no error, and gives nil.
func ErrorOfStatus(failed *rpcstatus.Status) error {
	if failed.GetCode() == int32(codes.OK) {
		return nil
	}
	return errorOfStatus(status.FromProto(failed))
}

func errorOfStatus(failed *status.Status) *Error {
	e := &Error{Code: failed.Code(), Message: failed.Message(), Metadata: map[string]string{}, cause: failed.Err()}
	for _, detail := range failed.Details() {
		// What this version does not know, or cannot read, comes as another type, and is left out.
		switch told := detail.(type) {
		case *errdetails.ErrorInfo:
			e.Reason = Reason(told.GetReason())
			for key, value := range told.GetMetadata() {
				e.Metadata[key] = value
			}
		case *errdetails.BadRequest:
			for _, v := range told.GetFieldViolations() {
				violation := FieldViolation{Field: v.GetField(), Description: v.GetDescription(), Reason: v.GetReason()}
				e.FieldViolations = append(e.FieldViolations, violation)
			}
		case *errdetails.QuotaFailure:
			for _, v := range told.GetViolations() {
				e.QuotaViolations = append(e.QuotaViolations, QuotaViolation{Subject: v.GetSubject(), Description: v.GetDescription()})
			}
		case *errdetails.RetryInfo:
			if told.GetRetryDelay() != nil {
				wait := told.GetRetryDelay().AsDuration()
				e.retryAfter = &wait
			}
		}
	}
	e.Family = familyOf(e.Reason, e.Code)
	return e
}

// errorOfCall is the error of a call that ended with err; trailer: its trailing metadata; address: where it was sent.
func (c *Client) errorOfCall(ctx context.Context, err error, trailer metadata.MD, address string, request any) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	failed, _ := status.FromError(err)
	if c.closed.Load() && ctx.Err() == nil && (failed.Code() == codes.Canceled || failed.Code() == codes.Unavailable) {
		return closedClient(err)
	}
	e := errorOfStatus(failed)
	e.cause = err
	e.readPushback(trailer)
	switch {
	case ctx.Err() != nil && e.Reason == "":
		e.tellEnd(ctx.Err())
	case e.Code == codes.Canceled && e.Reason == "":
		// Nobody here hung up: a service that stops ends what its grace did not suffice for.
		e.Family = ErrUnavailable
	case e.Code == codes.Unavailable && e.Reason == "":
		e.Message = fmt.Sprintf("no service answers at %s: is it running, and is the address right? (%s)", address, e.Message)
	case e.Code == codes.Internal && e.Reason == "" && strings.Contains(e.Message, "invalid UTF-8"):
		if path := notUTF8(request); path != "" {
			return invalid(path, "is no UTF-8 text, which cannot be sent: replace what is not, as strings.ToValidUTF8 does")
		}
	}
	return e
}

// tellEnd makes it the error of a call whose context ended: gRPC may have noticed that as something else.
func (e *Error) tellEnd(end error) {
	e.Code, e.Family = codes.Canceled, ErrCancelled
	if errors.Is(end, context.DeadlineExceeded) {
		e.Code, e.Family = codes.DeadlineExceeded, ErrDeadlineExceeded
	}
}

func (e *Error) readPushback(trailer metadata.MD) {
	told := trailer.Get(pushbackKey)
	if len(told) == 0 {
		return
	}
	ms, err := strconv.ParseUint(told[0], 10, 31)
	if err != nil {
		e.ForbidsRetry = true
		return
	}
	if e.retryAfter == nil {
		wait := time.Duration(ms) * time.Millisecond
		e.retryAfter = &wait
	}
}
