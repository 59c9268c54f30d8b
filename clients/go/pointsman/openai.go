package pointsman

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// ParseChat reads a chat as OpenAI has it, a JSON array of messages: content that is a text or parts of type text, image_url,
// input_audio and file, tool calls and their results. Members that are null or an empty list are as if they were not there, since
// OpenAI's SDKs write what is empty as well; what this would have to drop is an error of family [ErrInvalidRequest].
func ParseChat(data []byte) (Chat, error) {
	if problem := notText(data); problem != "" {
		return nil, invalid("messages", problem)
	}
	var messages []json.RawMessage
	if err := json.Unmarshal(data, &messages); err != nil {
		return nil, invalid("messages", "must be a JSON array of messages: %v", err)
	}
	chat := make(Chat, len(messages))
	for i, raw := range messages {
		read, err := readMessage(raw, fmt.Sprintf("messages[%d]", i))
		if err != nil {
			return nil, err
		}
		chat[i] = read
	}
	return chat, nil
}

// members are those of a JSON object that have something in them, at a place.
type members struct {
	of map[string]json.RawMessage
	at string
}

// membersOf reads an object of which no member may be dropped.
func membersOf(raw json.RawMessage, at string, known ...string) (members, error) {
	read := members{at: at}
	if err := json.Unmarshal(raw, &read.of); err != nil || read.of == nil {
		return read, invalid(at, "must be an object with %s", strings.Join(known, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(read.of)) {
		if value := string(read.of[name]); value == "null" || value == "[]" {
			delete(read.of, name)
		} else if !slices.Contains(known, name) {
			return read, invalid(at+"."+name, "is unknown here, where there may be %s", strings.Join(known, ", "))
		}
	}
	return read, nil
}

// get reads a member into a value, which stays as it is where there is no such member.
func (m members) get(name string, into any) error {
	raw, there := m.of[name]
	if !there {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return invalid(m.at+"."+name, "does not fit: %v", err)
	}
	return nil
}

// getAll reads several, in pairs of a name and where it goes.
func (m members) getAll(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := m.get(pairs[i].(string), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func readMessage(raw json.RawMessage, at string) (*pointsmanv1.ChatMessage, error) {
	read, err := membersOf(raw, at, "role", "content", "name", "tool_call_id", "tool_calls")
	if err != nil {
		return nil, err
	}
	var role string
	var calls []json.RawMessage
	message := &pointsmanv1.ChatMessage{}
	if err := read.getAll("role", &role, "name", &message.Name, "tool_call_id", &message.ToolCallId, "tool_calls", &calls); err != nil {
		return nil, err
	}
	number, known := pointsmanv1.Role_value["ROLE_"+strings.ToUpper(role)]
	if !known || number == 0 || role != strings.ToLower(role) {
		return nil, invalid(at+".role", "must be system, developer, user, assistant or tool, not %q", shown(role))
	}
	message.Role = pointsmanv1.Role(number)
	for i, call := range calls {
		made, err := readToolCall(call, fmt.Sprintf("%s.tool_calls[%d]", at, i))
		if err != nil {
			return nil, err
		}
		message.ToolCalls = append(message.ToolCalls, made)
	}
	return message, readContent(read, message)
}

func readContent(read members, message *pointsmanv1.ChatMessage) error {
	content := read.of["content"]
	if len(content) == 0 || content[0] != '[' {
		return read.get("content", &message.Content)
	}
	var parts []json.RawMessage
	if err := read.get("content", &parts); err != nil {
		return err
	}
	for i, raw := range parts {
		part, err := readPart(raw, fmt.Sprintf("%s.content[%d]", read.at, i))
		if err != nil {
			return err
		}
		message.Parts = append(message.Parts, part)
	}
	return nil
}

func readToolCall(raw json.RawMessage, at string) (*pointsmanv1.ToolCall, error) {
	read, err := membersOf(raw, at, "id", "type", "function")
	if err != nil {
		return nil, err
	}
	function, err := membersOf(read.of["function"], at+".function", "name", "arguments")
	if err != nil {
		return nil, err
	}
	call, kind := &pointsmanv1.ToolCall{}, "function"
	if err := read.getAll("id", &call.ToolCallId, "type", &kind); err != nil {
		return nil, err
	}
	if kind != "function" {
		return nil, invalid(at+".type", "must be function, not %q", shown(kind))
	}
	return call, function.getAll("name", &call.Function, "arguments", &call.ArgumentsJson)
}

// partReaders read a part by its type.
var partReaders = map[string]func(read members, name string) (*pointsmanv1.ContentPart, error){
	"text": func(read members, name string) (*pointsmanv1.ContentPart, error) {
		var text string
		err := read.get(name, &text)
		return TextPart(text), err
	},
	"image_url":   readImage,
	"input_audio": readAudio,
	"file":        readFilePart,
}

func readPart(raw json.RawMessage, at string) (*pointsmanv1.ContentPart, error) {
	var kind struct {
		Type string `json:"type"`
	}
	reader, known := (func(members, string) (*pointsmanv1.ContentPart, error))(nil), false
	if err := json.Unmarshal(raw, &kind); err == nil {
		reader, known = partReaders[kind.Type]
	}
	if !known {
		return nil, invalid(at, "must be an object whose type is text, image_url, input_audio or file")
	}
	read, err := membersOf(raw, at, "type", kind.Type)
	if err != nil {
		return nil, err
	}
	if _, there := read.of[kind.Type]; !there {
		return nil, invalid(at+"."+kind.Type, "is missing")
	}
	return reader(read, kind.Type)
}

func readImage(read members, name string) (*pointsmanv1.ContentPart, error) {
	image, err := membersOf(read.of[name], read.at+"."+name, "url", "detail")
	if err != nil {
		return nil, err
	}
	url, part := "", &pointsmanv1.ImagePart{}
	err = image.getAll("url", &url, "detail", &part.Detail)
	part.Source = &pointsmanv1.ImagePart_Url{Url: url}
	return imagePart(part), err
}

func readAudio(read members, name string) (*pointsmanv1.ContentPart, error) {
	audio, err := membersOf(read.of[name], read.at+"."+name, "data", "format")
	if err != nil {
		return nil, err
	}
	var text, format string
	if err := audio.getAll("data", &text, "format", &format); err != nil {
		return nil, err
	}
	data, err := fromBase64(text, audio.at+".data")
	return Audio(data, format), err
}

var dataURL = regexp.MustCompile(`(?s)^data:([^;,]+)(?:;[^;,]+)*;base64,(.*)$`)

func readFilePart(read members, name string) (*pointsmanv1.ContentPart, error) {
	file, err := membersOf(read.of[name], read.at+"."+name, "file_id", "file_data", "filename")
	if err != nil {
		return nil, err
	}
	part := &pointsmanv1.FilePart{}
	var id, data *string
	if err := file.getAll("file_id", &id, "file_data", &data, "filename", &part.Filename); err != nil {
		return nil, err
	}
	if (id == nil) == (data == nil) {
		return nil, invalid(file.at, "must have either file_id or file_data")
	}
	if id != nil {
		part.Source = &pointsmanv1.FilePart_FileId{FileId: *id}
		return filePart(part), nil
	}
	mediaType, text := "", *data
	if url := dataURL.FindStringSubmatch(text); url != nil {
		mediaType, text = url[1], url[2]
	} else {
		mediaType, _, _ = strings.Cut(mime.TypeByExtension(path.Ext(part.GetFilename())), ";")
	}
	if mediaType == "" {
		return nil, invalid(file.at+".file_data", "says no media type: write it as 'data:application/pdf;base64,...'")
	}
	content, err := fromBase64(text, file.at+".file_data")
	part.MediaType, part.Source = &mediaType, &pointsmanv1.FilePart_Data{Data: content}
	return filePart(part), err
}

func fromBase64(text, at string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, invalid(at, "is not base64: %v", err)
	}
	return data, nil
}

// surrogate is the escape of half a surrogate pair, or of a whole one; any other escape is skipped whole, so that a backslash
// that is itself escaped begins none.
var surrogate = regexp.MustCompile(`(?i)\\u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|d[89a-f][0-9a-f]{2})|\\.`)

// notText is why JSON would be read as another text than was written: encoding/json puts U+FFFD where it cannot read.
func notText(data []byte) string {
	if !utf8.Valid(data) {
		return "is no UTF-8, which cannot be sent"
	}
	for _, found := range surrogate.FindAll(data, -1) {
		if len(found) == len(`\ud800`) {
			return "has half a surrogate pair, which cannot be sent"
		}
	}
	return ""
}
