package pointsman_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"pointsman.dev/clients/go/pointsman"
	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// exampleClient is a client of the service that the tests share: yours is New("") or New("host:50051").
func exampleClient() *pointsman.Client {
	service, err := plain()
	if err != nil {
		log.Fatal(err)
	}
	plainIsUp = true
	client, err := pointsman.New(service.Address, pointsman.WithAdminAddress(service.AdminAddress))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func ExampleClient_Complete() {
	client, ctx := exampleClient(), context.Background()
	defer client.Close()
	answer, err := client.Complete(ctx, pointsman.Text("What is the capital of Australia?"),
		pointsman.WithModels("starter-large"), pointsman.WithDial(0.3))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Model, "says:", answer.Text)
	receipt, err := answer.ThumbsUp(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("counts as", receipt.GetValue())
	// Output:
	// starter-large says: Canberra. Sydney is larger, but Canberra was purpose-built as the capital.
	// counts as 1
}

func ExampleClient_StreamComplete() {
	client := exampleClient()
	defer client.Close()
	stream := client.StreamComplete(context.Background(), pointsman.Text("What is the capital of Australia?"),
		pointsman.WithModels("starter-large"))
	for piece, err := range stream.Texts() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(piece)
	}
	fmt.Println()
	fmt.Println("by", stream.Answer().Model)
	// Output:
	// Canberra. Sydney is larger, but Canberra was purpose-built as the capital.
	// by starter-large
}

func ExampleClient_Route() {
	client, ctx := exampleClient(), context.Background()
	defer client.Close()
	decision, err := client.Route(ctx, pointsman.Text("What is 2 + 2?"), pointsman.WithSingleCall(), pointsman.WithModels("starter-small"))
	if err != nil {
		log.Fatal(err)
	}
	// Here you call decision.Model yourself.
	outcome, err := decision.ReportOutcome(ctx, pointsman.WithLatency(800*time.Millisecond), pointsman.WithCostUSD(0.01))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outcome.GetModel(), outcome.GetCostUsd())
	// Output: starter-small 0.01
}

func ExampleError() {
	client := exampleClient()
	defer client.Close()
	_, err := client.Complete(context.Background(), pointsman.Text("Hi"), pointsman.WithDial(1.5))
	var failed *pointsman.Error
	switch {
	case errors.Is(err, pointsman.ErrBudgetExhausted):
		fmt.Println("come back tomorrow")
	case errors.As(err, &failed):
		fmt.Println(failed.Reason, failed.FieldViolations[0].Field)
	}
	// Output: INVALID_REQUEST query.preference.dial
}

func ExampleClient_Batcher() {
	client, ctx := exampleClient(), context.Background()
	defer client.Close()
	answer, err := client.Complete(ctx, pointsman.Text("What is the capital of Australia?"))
	if err != nil {
		log.Fatal(err)
	}
	batcher, err := client.Batcher(pointsman.BatcherConfig{
		OnRefused: func(told pointsman.Refused) { fmt.Println("refused:", told.Err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{answer.EpisodeID, "e-unknown"} {
		if err := batcher.Add(pointsman.FeedbackItem{EpisodeID: id, Signal: pointsman.ThumbUp}); err != nil {
			log.Fatal(err)
		}
	}
	if err := batcher.Close(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(batcher.Stats().Acknowledged, "of", batcher.Stats().Added)
	// Output:
	// refused: UNKNOWN_EPISODE: no episode 'e-unknown'
	// 1 of 2
}

func ExampleClient_Admin() {
	client := exampleClient()
	defer client.Close()
	models, err := client.Admin().ListModels(context.Background(), &pointsmanv1.ListModelsRequest{})
	if err != nil {
		log.Fatal(err)
	}
	for _, model := range models.GetModels() {
		fmt.Println(model.GetModel())
	}
	// Output:
	// starter-small
	// starter-medium
	// starter-large
}

func ExampleParseChat() {
	chat, err := pointsman.ParseChat([]byte(`[{"role": "system", "content": "Be short."}, {"role": "user", "content": "2 + 2?"}]`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(chat), chat[1].GetContent())
	// Output: 2 2 + 2?
}
