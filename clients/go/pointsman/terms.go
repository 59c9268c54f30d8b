package pointsman

import (
	"context"
	"time"

	"google.golang.org/grpc/metadata"
)

const (
	tenantKey        = "x-pointsman-tenant"
	authorizationKey = "authorization"
)

// terms are how a call is sent: the client's, and what the call says of its own.
type terms struct {
	tenant     string // "" for the key's own.
	ownTenant  bool   // Whether the call itself named it.
	apiKey     string
	pairs      [][2]string
	timeout    time.Duration // 0 for none.
	ownTimeout bool
}

// begin is the context of a call: its metadata, and its deadline. A deadline of the caller's context takes the place of the
// client's default, and bounds a timeout of the call's own.
func (t terms) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	sent, _ := metadata.FromOutgoingContext(ctx)
	sent = sent.Copy()
	if sent == nil {
		sent = metadata.MD{}
	}
	for _, pair := range t.pairs {
		sent.Append(pair[0], pair[1])
	}
	if t.tenant != "" && (t.ownTenant || len(sent.Get(tenantKey)) == 0) {
		sent.Set(tenantKey, t.tenant)
	}
	if t.apiKey != "" && len(sent.Get(authorizationKey)) == 0 {
		sent.Set(authorizationKey, "Bearer "+t.apiKey)
	}
	ctx = metadata.NewOutgoingContext(ctx, sent)
	_, hasDeadline := ctx.Deadline()
	if t.timeout > 0 && (t.ownTimeout || !hasDeadline) {
		return context.WithTimeout(ctx, t.timeout)
	}
	return context.WithCancel(ctx)
}
