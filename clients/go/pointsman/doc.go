// Package pointsman is the client of Pointsman, the self-learning router for large language models.
//
// A [Client] speaks to a service. It answers queries ([Client.Complete], [Client.StreamComplete]), says which model should
// answer them ([Client.Route]), and takes what an answer was worth: an [Answer] carries its own handle, so a thumb is one
// line, [Answer.ThumbsUp]. What goes wrong is an [*Error], of a family that [errors.Is] tells apart, as [ErrBudgetExhausted].
//
//	client, err := pointsman.New("", pointsman.WithTenant("team-a"))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	answer, err := client.Complete(ctx, pointsman.Text("What is 2 + 2?"), pointsman.WithDial(0.3))
//	if err != nil {
//		return err
//	}
//	fmt.Println(answer.Text, answer.Model, answer.CostUSD)
//	_, err = answer.ThumbsUp(ctx)
//
// The messages of the wire contract are in pointsman.dev/clients/go/pointsman/v1; each answer has its own under Raw, and
// [Client.Admin], [Client.Router] and [Client.FeedbackStub] make any request of the contract.
package pointsman
