package pointsman

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

func TestAChatIsReadAsOpenAIHasIt(t *testing.T) {
	chat, err := ParseChat([]byte(`[
		{"role": "developer", "content": "Be short."},
		{"role": "user", "name": "anna", "content": [
			{"type": "text", "text": "What is this?"},
			{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
			{"type": "input_audio", "input_audio": {"data": "AAE=", "format": "wav"}},
			{"type": "file", "file": {"file_data": "data:application/pdf;base64,AAE=", "filename": "a.pdf"}},
			{"type": "file", "file": {"file_data": "AAE=", "filename": "b.pdf"}},
			{"type": "file", "file": {"file_id": "f-1"}}]},
		{"role": "assistant", "content": null, "tool_calls": [
			{"id": "c-1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
		{"role": "tool", "tool_call_id": "c-1", "content": ""}]`))
	if err != nil {
		t.Fatal(err)
	}
	want := &pointsmanv1.Query{}
	if err := prototext.Unmarshal([]byte(`
		messages { role: ROLE_DEVELOPER content: "Be short." }
		messages { role: ROLE_USER name: "anna"
			parts { text: "What is this?" } parts { image { url: "https://example.com/a.png" detail: "low" } }
			parts { audio { data: "\x00\x01" format: "wav" } }
			parts { file { data: "\x00\x01" media_type: "application/pdf" filename: "a.pdf" } }
			parts { file { data: "\x00\x01" media_type: "application/pdf" filename: "b.pdf" } }
			parts { file { file_id: "f-1" } } }
		messages { role: ROLE_ASSISTANT tool_calls { tool_call_id: "c-1" function: "look" arguments_json: "{}" } }
		messages { role: ROLE_TOOL tool_call_id: "c-1" }`), want); err != nil {
		t.Fatal(err)
	}
	if got := chat.query(); !proto.Equal(got, want) {
		t.Errorf("%v\nis not\n%v", got, want)
	}
}

func TestWhatSDKsWriteOfWhatIsEmptyIsAsIfItWereNotThere(t *testing.T) {
	chat, err := ParseChat([]byte(`[{"role": "assistant", "content": "4", "refusal": null, "annotations": [], "audio": null, "tool_calls": null}]`))
	if err != nil || chat[0].GetContent() != "4" || chat[0].GetToolCalls() != nil {
		t.Errorf("%v %v", chat, err)
	}
}

func TestTextsThatAreWholeAreReadAsTheyAre(t *testing.T) {
	chat, err := ParseChat([]byte(`[{"role": "user", "content": "\ud83d\ude00 \\ud800 \ufffd \u0000 \uD83D\uDE00"}]`))
	if want := "\U0001F600 \\ud800 \uFFFD \x00 \U0001F600"; err != nil || chat[0].GetContent() != want {
		t.Errorf("%q %v", chat, err)
	}
}

func TestWhatAChatWouldHaveToDropIsRefused(t *testing.T) {
	for text, field := range map[string]string{
		`{}`:                   "messages",
		`[{"role": "user"}] x`: "messages",
		`[{"role": "user", "content": "half \ud800"}]`:         "messages",
		`[{"role": "user", "content": "turned \ude00\ud83d"}]`: "messages",
		"[{\"role\": \"user\", \"content\": \"\xff\"}]":        "messages",
		`[3]`:    "messages[0]",
		`[null]`: "messages[0]",
		`[{"role": "user", "content": "x", "weight": 1}]`:                                                         "messages[0].weight",
		`[{"Role": "user", "content": "x"}]`:                                                                      "messages[0].Role",
		`[{"role": "User", "content": "x"}]`:                                                                      "messages[0].role",
		`[{"role": "unspecified", "content": "x"}]`:                                                               "messages[0].role",
		`[{"role": "user", "content": 3}]`:                                                                        "messages[0].content",
		`[{"role": "user", "content": [{"type": "video"}]}]`:                                                      "messages[0].content[0]",
		`[{"role": "user", "content": ["x"]}]`:                                                                    "messages[0].content[0]",
		`[{"role": "user", "content": [{"type": "text"}]}]`:                                                       "messages[0].content[0].text",
		`[{"role": "user", "content": [{"type": "text", "text": 3}]}]`:                                            "messages[0].content[0].text",
		`[{"role": "user", "content": [{"type": "text", "text": "x", "m": 1}]}]`:                                  "messages[0].content[0].m",
		`[{"role": "user", "content": [{"type": "text", "text": "x", "image_url": {"url": "y"}}]}]`:               "messages[0].content[0].image_url",
		`[{"role": "user", "content": [{"type": "image_url", "image_url": "y"}]}]`:                                "messages[0].content[0].image_url",
		`[{"role": "user", "content": [{"type": "file", "file": {"filename": "a"}}]}]`:                            "messages[0].content[0].file",
		`[{"role": "user", "content": [{"type": "file", "file": {"file_data": "AA=="}}]}]`:                        "messages[0].content[0].file.file_data",
		`[{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "*", "format": "wav"}}]}]`: "messages[0].content[0].input_audio.data",
		`[{"role": "assistant", "tool_calls": [{"id": "c"}]}]`:                                                    "messages[0].tool_calls[0].function",
		`[{"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "function": {"name": "f"}}]}]`:       "messages[0].tool_calls[0].type",
		`[{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {}}}]}]`:        "messages[0].tool_calls[0].function.arguments",
	} {
		_, err := ParseChat([]byte(text))
		refused(t, err, field)
	}
}

func FuzzAChatIsReadOrRefused(f *testing.F) {
	for _, seed := range []string{`[{"role":"user","content":[{"type":"text","text":"\ud83d\ude00"}]}]`, `[]`, `[{"content":"\\"}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		chat, err := ParseChat(data)
		if err != nil {
			var failed *Error
			if !errors.As(err, &failed) || failed.Family != ErrInvalidRequest {
				t.Errorf("%v", err)
			}
			return
		}
		if path := notUTF8(chat.query()); path != "" {
			t.Errorf("%s of what was read cannot be sent", path)
		}
	})
}
