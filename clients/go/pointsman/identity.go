package pointsman

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// newID is an id that nobody else has: a UUID of version 4 without dashes, as the other clients make them.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // Never fails, since Go 1.24 by contract and before it on every system that has getrandom.
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return hex.EncodeToString(id[:])
}

// identified is the request with a request_id wherever one is missing, so that it has the effect of one however often it is
// sent. The caller's own message stays as it is.
func identified(request any) any {
	switch message := request.(type) {
	case *pointsmanv1.WarmStartRequest:
		// The service names it by what it holds, so that the very same one counts once: an id would undo that.
		return message
	case *pointsmanv1.RecordFeedbackBatchRequest:
		return identifiedBatch(message)
	case proto.Message:
		m := message.ProtoReflect()
		field := m.Descriptor().Fields().ByName("request_id")
		if field == nil || m.Has(field) {
			return message
		}
		named := proto.Clone(message)
		named.ProtoReflect().Set(field, protoreflect.ValueOfString(newID()))
		return named
	}
	return request
}

func identifiedBatch(batch *pointsmanv1.RecordFeedbackBatchRequest) *pointsmanv1.RecordFeedbackBatchRequest {
	missing := false
	for _, item := range batch.GetRequests() {
		missing = missing || item.RequestId == nil
	}
	if !missing {
		return batch
	}
	named := proto.Clone(batch).(*pointsmanv1.RecordFeedbackBatchRequest)
	for _, item := range named.GetRequests() {
		if item.RequestId == nil {
			item.RequestId = proto.String(newID())
		}
	}
	return named
}

// notUTF8 is the path of the first text of a message that is no UTF-8; "" where there is none.
func notUTF8(message any) string {
	if sent, is := message.(proto.Message); is && sent != nil {
		return notUTF8In(sent.ProtoReflect(), "")
	}
	return ""
}

func notUTF8In(m protoreflect.Message, prefix string) (found string) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		path := prefix + string(field.Name())
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
				found = firstOf(notUTF8Value(field.MapKey(), key.Value(), path), notUTF8Value(field.MapValue(), v, path))
				return found == ""
			})
		case field.IsList():
			for i := 0; i < value.List().Len() && found == ""; i++ {
				found = notUTF8Value(field, value.List().Get(i), fmt.Sprintf("%s[%d]", path, i))
			}
		default:
			found = notUTF8Value(field, value, path)
		}
		return found == ""
	})
	return found
}

func notUTF8Value(field protoreflect.FieldDescriptor, value protoreflect.Value, path string) string {
	switch field.Kind() {
	case protoreflect.StringKind:
		if !utf8.ValidString(value.String()) {
			return path
		}
	case protoreflect.MessageKind:
		return notUTF8In(value.Message(), path+".")
	}
	return ""
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
