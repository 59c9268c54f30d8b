// Package bench measures what the layer adds to a call over its raw stub: `make bench`.
package bench

import (
	"context"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"pointsman.dev/clients/go/internal/livetest"
	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

const (
	// rounds of one Route by the stub and one by the layer, in turns, so that both meet the same machine.
	rounds = 2000
	warmUp = 200

	prompt = "What is the capital of Australia?"
)

// BenchmarkRoute has the medians of Route by the stub and by the layer, against a service, and what the layer adds as a share
// of the stub's.
func BenchmarkRoute(b *testing.B) {
	service, err := livetest.Start("[replay]\nenabled = true\n[learner]\nenabled = false\n")
	if err != nil {
		b.Fatal(err)
	}
	defer service.Remove()
	compare(b, service.Address)
}

// nothing answers at once, so that what the layer adds is not lost in what a decision takes.
type nothing struct {
	pointsmanv1.UnimplementedRouterServiceServer
}

func (nothing) Route(context.Context, *pointsmanv1.RouteRequest) (*pointsmanv1.RouteResponse, error) {
	return &pointsmanv1.RouteResponse{}, nil
}

// BenchmarkAgainstNothing has the same against a server that does nothing: the difference is the layer's own microseconds.
func BenchmarkAgainstNothing(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer()
	pointsmanv1.RegisterRouterServiceServer(server, nothing{})
	go func() { _ = server.Serve(listener) }() // Ends with Stop.
	defer server.Stop()
	compare(b, listener.Addr().String())
}

func compare(b *testing.B, address string) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	client, err := pointsman.New(address)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	calls := []func(round int) error{byStub(pointsmanv1.NewRouterServiceClient(conn)), byLayer(client)}
	for range b.N {
		times := make([][]time.Duration, len(calls))
		for round := range warmUp + rounds {
			for turn := range calls {
				way := (turn + round) % len(calls) // Who goes first changes with each round.
				begun := time.Now()
				if err := calls[way](round); err != nil {
					b.Fatal(err)
				}
				if round >= warmUp {
					times[way] = append(times[way], time.Since(begun))
				}
			}
		}
		stub, layer := median(times[0]), median(times[1])
		b.ReportMetric(float64(stub.Nanoseconds())/1e3, "stub-µs")
		b.ReportMetric(float64(layer.Nanoseconds())/1e3, "layer-µs")
		b.ReportMetric(100*float64(layer-stub)/float64(stub), "added-%")
	}
}

// byStub does what a careful caller of the stub does: a deadline, and an id of its own.
func byStub(stub pointsmanv1.RouterServiceClient) func(int) error {
	return func(round int) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		id := "stub-" + strconv.Itoa(round)
		_, err := stub.Route(ctx, &pointsmanv1.RouteRequest{
			RequestId: &id,
			Query:     &pointsmanv1.Query{Messages: []*pointsmanv1.ChatMessage{{Role: pointsmanv1.Role_ROLE_USER, Content: prompt}}},
		})
		return err
	}
}

func byLayer(client *pointsman.Client) func(int) error {
	return func(int) error {
		_, err := client.Route(context.Background(), pointsman.Text(prompt), pointsman.WithTimeout(time.Minute))
		return err
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
