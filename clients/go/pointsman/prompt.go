package pointsman

import (
	"google.golang.org/protobuf/proto"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// Prompt is what is asked: [Text], [Chat], or with [FromQuery] a whole query of the contract.
type Prompt interface{ query() *pointsmanv1.Query }

// Text is a user's text.
type Text string

func (t Text) query() *pointsmanv1.Query { return Chat{User(string(t))}.query() }

// Chat is a conversation, oldest message first; [ParseChat] reads one as OpenAI has it.
type Chat []*pointsmanv1.ChatMessage

func (c Chat) query() *pointsmanv1.Query { return &pointsmanv1.Query{Messages: c} }

type wholeQuery struct{ *pointsmanv1.Query }

// FromQuery asks a query as the contract has it. Options take the place of what it says; it stays as it is.
func FromQuery(query *pointsmanv1.Query) Prompt { return wholeQuery{query} }

func (q wholeQuery) query() *pointsmanv1.Query {
	if q.Query == nil {
		return &pointsmanv1.Query{}
	}
	return proto.Clone(q.Query).(*pointsmanv1.Query)
}

// System gives standing instructions to the model.
func System(text string) *pointsmanv1.ChatMessage { return message(pointsmanv1.Role_ROLE_SYSTEM, text) }

// Developer gives standing instructions, under the name that newer OpenAI models have for them.
func Developer(text string) *pointsmanv1.ChatMessage {
	return message(pointsmanv1.Role_ROLE_DEVELOPER, text)
}

// User is what the person, or the program, says.
func User(text string) *pointsmanv1.ChatMessage { return message(pointsmanv1.Role_ROLE_USER, text) }

// UserParts is what a user says in parts: TextPart, ImageURL, Image, Audio, File.
func UserParts(parts ...*pointsmanv1.ContentPart) *pointsmanv1.ChatMessage {
	return &pointsmanv1.ChatMessage{Role: pointsmanv1.Role_ROLE_USER, Parts: parts}
}

// Assistant is what the model said in an earlier turn, with the tools that it called.
func Assistant(text string, calls ...*pointsmanv1.ToolCall) *pointsmanv1.ChatMessage {
	said := message(pointsmanv1.Role_ROLE_ASSISTANT, text)
	said.ToolCalls = calls
	return said
}

// ToolResult is what a tool call brought; callID: which.
func ToolResult(callID, text string) *pointsmanv1.ChatMessage {
	result := message(pointsmanv1.Role_ROLE_TOOL, text)
	result.ToolCallId = &callID
	return result
}

// TextPart is a part that is text.
func TextPart(text string) *pointsmanv1.ContentPart {
	return &pointsmanv1.ContentPart{Part: &pointsmanv1.ContentPart_Text{Text: text}}
}

// ImageURL is a picture that the provider fetches: http, https or data.
func ImageURL(url string) *pointsmanv1.ContentPart {
	return imagePart(&pointsmanv1.ImagePart{Source: &pointsmanv1.ImagePart_Url{Url: url}})
}

// Image is a picture; mediaType: for instance "image/png".
func Image(data []byte, mediaType string) *pointsmanv1.ContentPart {
	return imagePart(&pointsmanv1.ImagePart{Source: &pointsmanv1.ImagePart_Data{Data: data}, MediaType: &mediaType})
}

// Audio is sound; format: for instance "wav".
func Audio(data []byte, format string) *pointsmanv1.ContentPart {
	return &pointsmanv1.ContentPart{Part: &pointsmanv1.ContentPart_Audio{
		Audio: &pointsmanv1.AudioPart{Data: data, Format: format},
	}}
}

// File is a document; mediaType: for instance "application/pdf"; name: "" for none.
func File(data []byte, mediaType, name string) *pointsmanv1.ContentPart {
	file := &pointsmanv1.FilePart{Source: &pointsmanv1.FilePart_Data{Data: data}, MediaType: &mediaType}
	if name != "" {
		file.Filename = &name
	}
	return filePart(file)
}

func message(role pointsmanv1.Role, text string) *pointsmanv1.ChatMessage {
	return &pointsmanv1.ChatMessage{Role: role, Content: text}
}

func imagePart(image *pointsmanv1.ImagePart) *pointsmanv1.ContentPart {
	return &pointsmanv1.ContentPart{Part: &pointsmanv1.ContentPart_Image{Image: image}}
}

func filePart(file *pointsmanv1.FilePart) *pointsmanv1.ContentPart {
	return &pointsmanv1.ContentPart{Part: &pointsmanv1.ContentPart_File{File: file}}
}
