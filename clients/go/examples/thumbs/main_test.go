package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pointsman.dev/clients/go/internal/livetest"
	"pointsman.dev/clients/go/pointsman"
)

func TestAnAnswerAndItsThumbOverHTTP(t *testing.T) {
	service, err := livetest.Start("[replay]\nenabled = true\n[tenants.poor]\nceiling_usd = 0.0\n")
	if err != nil {
		t.Fatal(err)
	}
	defer service.Remove()
	client, err := pointsman.New(service.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	thumbs, err := client.Batcher(pointsman.BatcherConfig{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler(client, thumbs))
	defer server.Close()

	var answer struct {
		Text      string `json:"text"`
		EpisodeID string `json:"episode_id"`
	}
	asked := post(t, server.URL+"/ask", `{"question": "What is the capital of Australia?", "user": "u"}`, http.StatusOK)
	if err := json.NewDecoder(asked.Body).Decode(&answer); err != nil || !strings.Contains(answer.Text, "Canberra") {
		t.Fatalf("%v %+v", err, answer)
	}
	thumb := `{"episode_id": "` + answer.EpisodeID + `", "thumb": "%", "comment": "right and fast"}`
	post(t, server.URL+"/thumb", strings.Replace(thumb, "%", "up", 1), http.StatusAccepted)
	post(t, server.URL+"/thumb", strings.Replace(thumb, "%", "sideways", 1), http.StatusBadRequest)
	post(t, server.URL+"/thumb", "up", http.StatusBadRequest)

	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	if err := thumbs.Close(ctx); err != nil {
		t.Fatal(err)
	}
	episode, err := client.GetEpisode(ctx, answer.EpisodeID)
	if err != nil || len(episode.GetFeedback()) != 1 || episode.GetFeedback()[0].GetComment() != "right and fast" {
		t.Errorf("%v %v", episode.GetFeedback(), err)
	}

	poor, err := pointsman.New(service.Address, pointsman.WithTenant("poor"))
	if err != nil {
		t.Fatal(err)
	}
	defer poor.Close()
	spent := httptest.NewServer(handler(poor, thumbs))
	defer spent.Close()
	if refused := post(t, spent.URL+"/ask", `{"question": "Hi"}`, http.StatusTooManyRequests); refused.Header.Get("Retry-After") == "" {
		t.Error("when the budget is there again is not told")
	}
}

func post(t *testing.T, url, body string, want int) *http.Response {
	t.Helper()
	response, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != want {
		t.Errorf("%s: %s", url, response.Status)
	}
	return response
}
