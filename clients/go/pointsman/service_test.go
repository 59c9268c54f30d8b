package pointsman_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"pointsman.dev/clients/go/internal/livetest"
	"pointsman.dev/clients/go/pointsman"
)

// plain is the service that most tests share.
var plain = sync.OnceValues(func() (*livetest.Service, error) {
	return livetest.Start(`
[replay]
enabled = true

[[judges]]
name = "format"
kind = "format"

[[judges]]
name = "mine"
kind = "reported"

[tenants.team-a]

[tenants.poor]
ceiling_usd = 0.0
`)
})

var plainIsUp bool

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if len(variable) > 10 && variable[:10] == "POINTSMAN_" && variable[:17] != "POINTSMAN_PROGRAM" {
			fmt.Fprintln(os.Stderr, "unset", variable, "first: tests are about what a client does without it")
			os.Exit(2)
		}
	}
	code := m.Run()
	if plainIsUp {
		if service, err := plain(); err == nil {
			service.Remove()
		}
	}
	os.Exit(code)
}

func plainService(t testing.TB) *livetest.Service {
	t.Helper()
	service, err := plain()
	if err != nil {
		t.Fatal(err)
	}
	plainIsUp = true
	return service
}

// open is a client of the shared service.
func open(t testing.TB, opts ...pointsman.Option) *pointsman.Client {
	t.Helper()
	service := plainService(t)
	return connect(t, service, opts...)
}

func connect(t testing.TB, service *livetest.Service, opts ...pointsman.Option) *pointsman.Client {
	t.Helper()
	opts = append([]pointsman.Option{pointsman.WithAdminAddress(service.AdminAddress)}, opts...)
	client, err := pointsman.New(service.Address, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// minutes is a context that no test needs to its end.
func minutes(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
