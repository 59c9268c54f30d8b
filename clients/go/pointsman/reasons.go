package pointsman

import "google.golang.org/grpc/codes"

// Reason is why a call failed, in the words of the contract's ErrorReason without their prefix. A later service may have
// others; their errors go by the status code.
type Reason string

// The reasons of the contract; pointsmanv1.ErrorReason says what each means, and what to do about it.
const (
	ReasonInvalidRequest   Reason = "INVALID_REQUEST"
	ReasonUnknownEpisode   Reason = "UNKNOWN_EPISODE"
	ReasonEpisodeExpired   Reason = "EPISODE_EXPIRED"
	ReasonUnknownModel     Reason = "UNKNOWN_MODEL"
	ReasonUnknownNode      Reason = "UNKNOWN_NODE"
	ReasonUnknownSnapshot  Reason = "UNKNOWN_SNAPSHOT"
	ReasonCorruptSnapshot  Reason = "CORRUPT_SNAPSHOT"
	ReasonUnknownJob       Reason = "UNKNOWN_JOB"
	ReasonNoModelLeft      Reason = "NO_MODEL_LEFT"
	ReasonBudgetExhausted  Reason = "BUDGET_EXHAUSTED"
	ReasonDuplicateRequest Reason = "DUPLICATE_REQUEST"
	ReasonRequestConflict  Reason = "REQUEST_CONFLICT"
	ReasonEveryModelFailed Reason = "EVERY_MODEL_FAILED"
	ReasonDeadlineTooShort Reason = "DEADLINE_TOO_SHORT"
	ReasonLogUnavailable   Reason = "LOG_UNAVAILABLE"
	ReasonNewerSchema      Reason = "NEWER_SCHEMA"
	ReasonConfiguration    Reason = "CONFIGURATION"
	ReasonInternal         Reason = "INTERNAL"
	ReasonModelsUnusable   Reason = "MODELS_UNUSABLE"
	ReasonUnknownTenant    Reason = "UNKNOWN_TENANT"
	ReasonTenantDisabled   Reason = "TENANT_DISABLED"
	ReasonStaleEtag        Reason = "STALE_ETAG"
	ReasonAlreadyExists    Reason = "ALREADY_EXISTS"
	ReasonInUse            Reason = "IN_USE"
	ReasonUnknownKey       Reason = "UNKNOWN_KEY"
	ReasonRateLimited      Reason = "RATE_LIMITED"
	ReasonRefused          Reason = "REFUSED"
	ReasonUnusableSnapshot Reason = "UNUSABLE_SNAPSHOT"
	ReasonUnauthenticated  Reason = "UNAUTHENTICATED"
	ReasonPermissionDenied Reason = "PERMISSION_DENIED"
	ReasonUnknownAPIKey    Reason = "UNKNOWN_API_KEY"
	ReasonOverLimit        Reason = "OVER_LIMIT"
	ReasonServedElsewhere  Reason = "SERVED_ELSEWHERE"
	ReasonEvaluationEnded  Reason = "EVALUATION_ENDED"
)

var familyOfReason = map[Reason]Family{
	ReasonInvalidRequest:   ErrInvalidRequest,
	ReasonUnknownEpisode:   ErrNotFound,
	ReasonUnknownModel:     ErrNotFound,
	ReasonUnknownNode:      ErrNotFound,
	ReasonUnknownSnapshot:  ErrNotFound,
	ReasonUnknownJob:       ErrNotFound,
	ReasonUnknownTenant:    ErrNotFound,
	ReasonUnknownKey:       ErrNotFound,
	ReasonUnknownAPIKey:    ErrNotFound,
	ReasonUnauthenticated:  ErrUnauthenticated,
	ReasonPermissionDenied: ErrPermissionDenied,
	ReasonDuplicateRequest: ErrConflict,
	ReasonRequestConflict:  ErrConflict,
	ReasonAlreadyExists:    ErrConflict,
	ReasonStaleEtag:        ErrAborted,
	ReasonEpisodeExpired:   ErrFailedPrecondition,
	ReasonNoModelLeft:      ErrFailedPrecondition,
	ReasonModelsUnusable:   ErrFailedPrecondition,
	ReasonRefused:          ErrFailedPrecondition,
	ReasonTenantDisabled:   ErrFailedPrecondition,
	ReasonInUse:            ErrFailedPrecondition,
	ReasonNewerSchema:      ErrFailedPrecondition,
	ReasonConfiguration:    ErrFailedPrecondition,
	ReasonServedElsewhere:  ErrFailedPrecondition,
	ReasonUnusableSnapshot: ErrFailedPrecondition,
	ReasonBudgetExhausted:  ErrBudgetExhausted,
	ReasonOverLimit:        ErrOverLimit,
	ReasonEveryModelFailed: ErrUnavailable,
	ReasonRateLimited:      ErrUnavailable,
	ReasonLogUnavailable:   ErrUnavailable,
	ReasonEvaluationEnded:  ErrUnavailable,
	ReasonDeadlineTooShort: ErrDeadlineExceeded,
	ReasonCorruptSnapshot:  ErrServiceDefect,
	ReasonInternal:         ErrServiceDefect,
}

// Where an older service, a proxy or nobody answered, the code tells.
var familyOfCode = map[codes.Code]Family{
	codes.InvalidArgument:    ErrInvalidRequest,
	codes.Unauthenticated:    ErrUnauthenticated,
	codes.PermissionDenied:   ErrPermissionDenied,
	codes.NotFound:           ErrNotFound,
	codes.AlreadyExists:      ErrConflict,
	codes.Aborted:            ErrAborted,
	codes.FailedPrecondition: ErrFailedPrecondition,
	codes.Unavailable:        ErrUnavailable,
	codes.DeadlineExceeded:   ErrDeadlineExceeded,
	codes.Canceled:           ErrCancelled,
	codes.Internal:           ErrServiceDefect,
	codes.DataLoss:           ErrServiceDefect,
}

func familyOf(reason Reason, code codes.Code) Family {
	if family, known := familyOfReason[reason]; known {
		return family
	}
	if family, known := familyOfCode[code]; known {
		return family
	}
	return ErrOther
}
