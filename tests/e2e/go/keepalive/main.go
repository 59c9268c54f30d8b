// Keepalive holds connections to a service as Go teams do behind load balancers: pings every 10 s, with no call too.
//
// For 75 s it keeps three of them, one without a call, one with an idle Health.Watch, one with a Complete of a model
// that takes a minute, and fails if any of them is lost: C-core's default answers such pings by GOAWAY "too_many_pings".
// It knows no stubs of the service: descriptors come by reflection v1.
//
//	keepalive 127.0.0.1:50051
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	service  = "pointsman.v1.RouterService"
	held     = 75 * time.Second
	deadline = 120 * time.Second
	question = `{"query": {"messages": [{"role": "ROLE_USER", "content": "2 + 2?"}], "models": ["starter-small"]}}`
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "keepalive:", err)
		os.Exit(1)
	}
	fmt.Println("held")
}

// run starts the three connections and waits for all; the first failure is the result.
func run(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	uses := []func(context.Context, *grpc.ClientConn) error{idle, watch, complete}
	failures := make([]error, len(uses))
	var running sync.WaitGroup
	for i, use := range uses {
		running.Add(1)
		go func() {
			defer running.Done()
			failures[i] = hold(ctx, address, use)
		}()
	}
	running.Wait()
	return errors.Join(failures...)
}

// hold makes a connection of its own, uses it, and sees to it that it is never lost.
func hold(ctx context.Context, address string, use func(context.Context, *grpc.ClientConn) error) error {
	pings := keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true}
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithKeepaliveParams(pings))
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Connect()
	for state := conn.GetState(); state != connectivity.Ready; state = conn.GetState() {
		if !conn.WaitForStateChange(ctx, state) {
			return fmt.Errorf("no connection: %v", state)
		}
	}
	until, cancel := context.WithTimeout(ctx, held)
	defer cancel()
	used := make(chan error, 1)
	go func() {
		err := use(until, conn)
		if err != nil {
			cancel() // there is nothing left to wait for
		}
		used <- err
	}()
	if conn.WaitForStateChange(until, connectivity.Ready) {
		return fmt.Errorf("the connection was lost: %v, %v", conn.GetState(), <-used)
	}
	return <-used
}

// idle makes no call at all.
func idle(context.Context, *grpc.ClientConn) error { return nil }

// watch reads a health stream on which nothing comes after the first answer, until the time is over.
func watch(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := grpc_health_v1.NewHealthClient(conn).Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		switch {
		// The service may see the end of the time before this program does, and say so.
		case ctx.Err() != nil, status.Code(err) == codes.DeadlineExceeded:
			return nil
		case err != nil:
			return fmt.Errorf("the watch ended: %w", err)
		case answer.Status != grpc_health_v1.HealthCheckResponse_SERVING:
			return fmt.Errorf("health says %v", answer.Status)
		}
	}
}

// complete asks a model that takes a minute.
func complete(ctx context.Context, conn *grpc.ClientConn) error {
	method, err := describe(ctx, conn, "Complete")
	if err != nil {
		return err
	}
	request := dynamicpb.NewMessage(method.Input())
	if err := protojson.Unmarshal([]byte(question), request); err != nil {
		return err
	}
	started := time.Now()
	if err := conn.Invoke(ctx, "/"+service+"/Complete", request, dynamicpb.NewMessage(method.Output())); err != nil {
		return fmt.Errorf("Complete after %v: %w", time.Since(started), err)
	}
	if took := time.Since(started); took < 59*time.Second {
		return fmt.Errorf("Complete took %v: the model was to take a minute", took)
	}
	return nil
}

// describe finds a method of the service by reflection v1.
func describe(ctx context.Context, conn *grpc.ClientConn, name protoreflect.Name) (protoreflect.MethodDescriptor, error) {
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := grpc_reflection_v1.NewServerReflectionClient(conn).ServerReflectionInfo(asking)
	if err != nil {
		return nil, err
	}
	wanted := &grpc_reflection_v1.ServerReflectionRequest_FileContainingSymbol{
		FileContainingSymbol: service + "." + string(name),
	}
	if err := stream.Send(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: wanted}); err != nil {
		return nil, err
	}
	answer, err := stream.Recv()
	if err != nil {
		return nil, fmt.Errorf("reflection: %w", err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, packed := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
		file := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(packed, file); err != nil {
			return nil, err
		}
		set.File = append(set.File, file)
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, err
	}
	found, err := files.FindDescriptorByName(service)
	if err != nil {
		return nil, fmt.Errorf("reflection told %v: %w", answer.GetErrorResponse(), err)
	}
	return found.(protoreflect.ServiceDescriptor).Methods().ByName(name), nil
}
