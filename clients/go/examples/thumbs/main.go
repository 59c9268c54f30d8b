// Command thumbs is a service with an HTTP handler that answers, and one that takes thumbs:
//
//	go run ./examples/thumbs 8080
//	curl -d '{"question": "What is 47 times 68?"}' localhost:8080/ask
//	curl -d '{"episode_id": "EPISODE", "thumb": "up", "comment": "right and fast"}' localhost:8080/thumb
//
// Both may name a "user". POINTSMAN_ADDRESS says where Pointsman is.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"pointsman.dev/clients/go/pointsman"
)

// longest bounds what is read of a caller: 64 KiB.
const longest = 64 << 10

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	port := "8080"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	if err := serve(ctx, net.JoinHostPort("127.0.0.1", port)); err != nil {
		log.Fatal(err)
	}
}

// serve answers at the address until the context ends, and then tells the service what thumbs are left.
func serve(ctx context.Context, address string) error {
	client, err := pointsman.New("")
	if err != nil {
		return err
	}
	defer client.Close()
	thumbs, err := client.Batcher(pointsman.BatcherConfig{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	log.Print("answering at http://", listener.Addr())
	server := &http.Server{Handler: handler(client, thumbs), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background()) // Waits for the answers that are under way.
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return thumbs.Close(last)
}

// said is what a caller says: a question, or a thumb on an answer.
type said struct {
	Question  string `json:"question"`
	EpisodeID string `json:"episode_id"`
	Thumb     string `json:"thumb"`
	Comment   string `json:"comment"`
	User      string `json:"user"`
}

// told is an answer as a caller is told of it.
type told struct {
	Text      string  `json:"text"`
	Model     string  `json:"model"`
	CostUSD   float64 `json:"cost_usd"`
	EpisodeID string  `json:"episode_id"`
}

func handler(client *pointsman.Client, thumbs *pointsman.Batcher) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ask", func(w http.ResponseWriter, r *http.Request) {
		asked, ok := read(w, r)
		if !ok {
			return
		}
		var opts []pointsman.QueryOption
		if asked.User != "" {
			opts = append(opts, pointsman.WithEndUserID(asked.User))
		}
		// A caller who hangs up ends the call to the model, too: the context is the request's.
		answer, err := client.Complete(r.Context(), pointsman.Text(asked.Question), opts...)
		if err != nil {
			fail(w, err)
			return
		}
		write(w, http.StatusOK, told{answer.Text, answer.Model, answer.CostUSD, answer.EpisodeID})
	})
	mux.HandleFunc("POST /thumb", func(w http.ResponseWriter, r *http.Request) {
		word, ok := read(w, r)
		if !ok {
			return
		}
		if word.Thumb != "up" && word.Thumb != "down" {
			write(w, http.StatusBadRequest, problem{"thumb must be up or down"})
			return
		}
		item := pointsman.FeedbackItem{
			EpisodeID: word.EpisodeID, Signal: pointsman.Thumb(word.Thumb == "up"), Comment: word.Comment, EndUserID: word.User,
		}
		if err := thumbs.Add(item); err != nil {
			fail(w, err)
			return
		}
		write(w, http.StatusAccepted, struct{}{})
	})
	return mux
}

// read is what the caller says; where it is no JSON, it is refused.
func read(w http.ResponseWriter, r *http.Request) (heard said, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longest)).Decode(&heard); err != nil {
		write(w, http.StatusBadRequest, problem{err.Error()})
		return heard, false
	}
	return heard, true
}

type problem struct {
	Error string `json:"error"`
}

func write(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // A caller who is gone needs no answer.
}

// fail says what went wrong in the words of HTTP.
func fail(w http.ResponseWriter, err error) {
	code := http.StatusBadGateway
	var dropped pointsman.DropReason
	switch {
	case errors.Is(err, pointsman.ErrInvalidRequest):
		code = http.StatusBadRequest
	case errors.Is(err, pointsman.ErrBudgetExhausted), errors.Is(err, pointsman.ErrOverLimit):
		code = http.StatusTooManyRequests
	case errors.Is(err, pointsman.ErrUnavailable), errors.As(err, &dropped):
		code = http.StatusServiceUnavailable
	case errors.Is(err, pointsman.ErrDeadlineExceeded):
		code = http.StatusGatewayTimeout
	}
	var failed *pointsman.Error
	if errors.As(err, &failed) {
		if wait, told := failed.RetryAfter(); told {
			w.Header().Set("Retry-After", fmt.Sprintf("%.0f", wait.Seconds()+0.5))
		}
	}
	write(w, code, problem{err.Error()})
}
