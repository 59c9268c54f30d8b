// Command conformance plays the vectors that all clients share: tests/contracts/clients/README.md has the protocol.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if err := play(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// play answers every line of in with a line of out.
func play(in io.Reader, out io.Writer) error {
	runner := newRunner()
	defer runner.close()
	lines := bufio.NewReader(in)
	for {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var said line
		if err := json.Unmarshal(text, &said); err != nil {
			return err
		}
		answer := runner.answer(said)
		answer["id"] = said.ID
		told, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(told, '\n')); err != nil {
			return err
		}
	}
}

// line is what the harness says.
type line struct {
	ID          int             `json:"id"`
	Op          string          `json:"op"`
	Client      string          `json:"client"`
	Options     fields          `json:"options"`
	Method      string          `json:"method"`
	Args        fields          `json:"args"`
	CancelAfter json.RawMessage `json:"cancel_after"`
	As          string          `json:"as"`
	Call        string          `json:"call"`
	Answer      string          `json:"answer"`
	Do          string          `json:"do"`
	Value       json.RawMessage `json:"value"`
	Batcher     string          `json:"batcher"`
	Items       []fields        `json:"items"`
	Times       int             `json:"times"`
}

// object is what the runner answers with.
type object = map[string]any
