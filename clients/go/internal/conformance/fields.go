package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf16"
)

// fields are the members of a JSON object, read as they are asked for. What does not fit ends the runner: it is the harness's
// mistake, or this program's.
type fields map[string]json.RawMessage

// has is whether a member is there and not null.
func (f fields) has(name string) bool {
	value, there := f[name]
	return there && string(value) != "null"
}

func get[T any](f fields, name string) (value T) {
	if err := json.Unmarshal(f[name], &value); err != nil {
		panic(fmt.Sprintf("%s is %s: %v", name, f[name], err))
	}
	return value
}

func (f fields) text(name string) string { return textOf(f[name]) }

func (f fields) textOr(name, otherwise string) string {
	if f.has(name) {
		return f.text(name)
	}
	return otherwise
}

func (f fields) seconds(name string) time.Duration {
	return time.Duration(get[float64](f, name) * float64(time.Second))
}

// textOf is a JSON text, or one that JSON cannot carry: {"$utf16": [...]}. A half of a surrogate pair becomes the three bytes
// that stand for it by UTF-8's rules, which is no UTF-8.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var units struct {
		UTF16 []uint16 `json:"$utf16"`
	}
	if err := json.Unmarshal(raw, &units); err != nil {
		panic(fmt.Sprintf("%s is no text: %v", raw, err))
	}
	var out bytes.Buffer
	for i := 0; i < len(units.UTF16); i++ {
		unit := rune(units.UTF16[i])
		if utf16.IsSurrogate(unit) {
			if i+1 < len(units.UTF16) {
				if whole := utf16.DecodeRune(unit, rune(units.UTF16[i+1])); whole != '\uFFFD' {
					out.WriteRune(whole)
					i++
					continue
				}
			}
			out.Write([]byte{0xe0 | byte(unit>>12), 0x80 | byte(unit>>6)&0x3f, 0x80 | byte(unit)&0x3f})
			continue
		}
		out.WriteRune(unit)
	}
	return out.String()
}
