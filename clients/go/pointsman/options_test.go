package pointsman

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

func asked(t *testing.T, prompt Prompt, opts ...QueryOption) *pointsmanv1.Query {
	t.Helper()
	said, err := queryOf(&Client{config: &config{}}, prompt, opts)
	if err != nil {
		t.Fatal(err)
	}
	return said.query
}

func refused(t *testing.T, err error, field string) {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) || failed.Family != ErrInvalidRequest || failed.FieldViolations[0].Field != field {
		t.Errorf("%s was not refused: %v", field, err)
	}
}

func TestOptionsFillTheFieldsOfTheContract(t *testing.T) {
	got := asked(t, Chat{System("Be short."), User("2 + 2?")},
		WithDial(0), WithLatencyWeight(0.5), WithMaxCostUSD(1), WithMaxLatency(1500*time.Microsecond), WithMinQuality(0.25),
		WithModels("a", "b"), WithRequireTags("region:eu"), WithTemperature(0), WithTopP(0.5), WithMaxTokens(100), WithStop("END"),
		WithSeed(math.MaxInt64), WithParams(map[string]any{"top_k": 5}), WithTask("t"), WithDomain("d"), WithLanguage("en"),
		WithLabels(map[string]string{"k": "v"}), WithSessionID("s"), WithEndUserID("u"),
		WithTools(map[string]any{"type": "function"}), WithResponseFormat(map[string]string{"type": "json_object"}))
	want := &pointsmanv1.Query{}
	if err := prototext.Unmarshal([]byte(`
		messages { role: ROLE_SYSTEM content: "Be short." } messages { role: ROLE_USER content: "2 + 2?" }
		tools_json: '{"type":"function"}' response_format_json: '{"type":"json_object"}'
		params { temperature: 0 top_p: 0.5 max_tokens: 100 stop: "END" seed: 9223372036854775807 extra_json: '{"top_k":5}' }
		hints { task: "t" domain: "d" language: "en" labels { key: "k" value: "v" } }
		session_id: "s" end_user_id: "u"
		preference { dial: 0 latency_weight: 0.5 max_cost_usd: 1 max_latency_ms: 1.5 min_quality: 0.25 }
		models: "a" models: "b" require_tags: "region:eu"`), want); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(got, want) {
		t.Errorf("%v\nis not\n%v", got, want)
	}
}

func TestParamsOfAnyNumberTypeGoIntoTheirFields(t *testing.T) {
	params := map[string]any{"temperature": 1, "max_tokens": int64(5), "seed": uint8(7), "stop": "END", "top_p": float32(0.5)}
	got := asked(t, Text("x"), WithParams(params)).GetParams()
	if got.GetTemperature() != 1 || got.GetMaxTokens() != 5 || got.GetSeed() != 7 || got.GetStop()[0] != "END" || got.ExtraJson != nil {
		t.Errorf("%v", got)
	}
}

func TestAWholeQueryIsCopiedAndOptionsTakeThePlaceOfWhatItSays(t *testing.T) {
	whole := &pointsmanv1.Query{Messages: Chat{User("2 + 2?")}, Preference: &pointsmanv1.Preference{MinQuality: proto.Float64(0.5)}}
	got := asked(t, FromQuery(whole), WithDial(1))
	if got.GetPreference().GetMinQuality() != 0.5 || got.GetPreference().GetDial() != 1 || whole.GetPreference().GetTradeoff() != nil {
		t.Errorf("%v of %v", got, whole)
	}
}

func TestArgumentsThatCannotBeMeantAreRefusedByName(t *testing.T) {
	cases := map[string][]QueryOption{
		"dial":            {WithDial(0.5), WithCostWeight(1)},
		"max_tokens":      {WithMaxTokens(math.MaxInt32 + 1)},
		"temperature":     {WithTemperature(1), WithParams(map[string]any{"temperature": 1})},
		"seed":            {WithParams(map[string]any{"seed": "seven"})},
		"top_p":           {WithParams(map[string]any{"top_p": nil})},
		"params":          {WithParams(map[string]any{"f": math.NaN()})},
		"tools":           {WithTools("a text")},
		"response_format": {WithResponseFormat([]int{1})},
		"tenant":          {WithTenant("tëam")},
		"timeout":         {WithTimeout(-1)},
		"metadata":        {WithMetadata("Authorization", "x")},
	}
	for field, opts := range cases {
		_, err := queryOf(&Client{config: &config{}}, Text("x"), opts)
		refused(t, err, field)
	}
	_, err := queryOf[QueryOption](&Client{config: &config{}}, nil, nil)
	refused(t, err, "messages")
}

func TestTextsOfToolsAndParamsThatCannotBeSentAreRefused(t *testing.T) {
	for _, opt := range []QueryOption{
		WithTools(map[string]any{"d": "half\xed\xa0\x80"}), WithTools(json.RawMessage(`{"d": "\ud800"}`)),
		WithParams(map[string]any{"user": "\xff"}), WithResponseFormat(map[string]string{"\xff": ""}),
	} {
		_, err := queryOf(&Client{config: &config{}}, Text("x"), []QueryOption{opt})
		if !errors.Is(err, ErrInvalidRequest) {
			t.Errorf("%v", err)
		}
	}
	fine := asked(t, Text("x"), WithTools(map[string]any{"d": "\uFFFD \\ufffd <&>"}, json.RawMessage(`{"d": "\ufffd"}`)))
	if fine.GetToolsJson()[0] != "{\"d\":\"\uFFFD \\\\ufffd <&>\"}" {
		t.Error(fine.GetToolsJson())
	}
}

func TestMetadataMustBeWhatGRPCCanSend(t *testing.T) {
	for _, pair := range [][]string{{"x-pointsman-tenant", "a"}, {"grpc-x", "a"}, {"k y", "a"}, {"k", "ä"}, {"k"}, {"", "a"}} {
		_, err := New("", WithMetadata(pair...))
		refused(t, err, "metadata")
	}
	if err := checkPair("x-bin", "\x00\xff"); err != nil {
		t.Error(err)
	}
}

func TestTheEnvironmentSaysWhatNobodyElseDoes(t *testing.T) {
	t.Setenv("POINTSMAN_ADDRESS", "127.0.0.1:7000")
	t.Setenv("POINTSMAN_TENANT", "team-b")
	t.Setenv("POINTSMAN_API_KEY", "pm_x")
	c, err := configOf("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.address != "127.0.0.1:7000" || *c.adminAddress != "127.0.0.1:7001" || c.terms.tenant != "team-b" || c.terms.apiKey != "pm_x" {
		t.Errorf("%+v", c)
	}
	c, err = configOf("127.0.0.1:1", []Option{WithTenant("a"), WithAPIKey("k"), WithAdminAddress("127.0.0.1:9")})
	if err != nil || c.address != "127.0.0.1:1" || *c.adminAddress != "127.0.0.1:9" || c.terms.tenant != "a" || c.terms.apiKey != "k" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestWithoutATenantItIsTheKeysOwnElseDefault(t *testing.T) {
	for key, tenant := range map[string]string{"": "default", "pm_x": ""} {
		t.Setenv("POINTSMAN_API_KEY", key)
		c, err := configOf("", nil)
		if err != nil || c.terms.tenant != tenant {
			t.Errorf("key %q: %q %v", key, c.terms.tenant, err)
		}
	}
}

func TestAKeyGoesUnencryptedToThisMachineOnly(t *testing.T) {
	for _, here := range []string{"127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/p.sock", "dns:///localhost:1", "[::ffff:127.0.0.1]:1"} {
		if _, err := configOf(here, []Option{WithAPIKey("pm_x")}); err != nil {
			t.Errorf("%s: %v", here, err)
		}
	}
	for _, elsewhere := range []string{"10.0.0.7:1", "localhost.x:1", "example.com:1", "dns:///example.com:1", "127.0.0.1.example.com:1"} {
		_, err := configOf(elsewhere, []Option{WithAPIKey("pm_x")})
		refused(t, err, "api_key")
		if err != nil && strings.Contains(err.Error(), "pm_x") {
			t.Errorf("the key is in %v", err)
		}
		for _, opt := range []Option{WithPlainKey(), WithTLS("system")} {
			if _, err := configOf(elsewhere, []Option{WithAPIKey("pm_x"), opt}); err != nil {
				t.Errorf("%s: %v", elsewhere, err)
			}
		}
	}
}

func TestAddressesAreHostAndPort(t *testing.T) {
	for _, wrong := range []string{"http://127.0.0.1:1", "localhost", "a b:1", "localhost:0", "localhost:65536", "localhost:x", "https://h", "h:"} {
		_, err := New(wrong)
		refused(t, err, "address")
	}
	for _, right := range []string{"h:1", "[::1]:65535", "unix:/x.sock", "dns:///h:1", "passthrough:///h:1"} {
		client, err := New(right)
		if err != nil {
			t.Errorf("%s: %v", right, err)
			continue
		}
		_ = client.Close()
	}
}

func TestTLSFilesThatCannotBeUsedAreNamed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		field string
		opt   Option
	}{
		{"tls_ca", WithTLS("/nowhere/ca.pem")}, {"tls_ca", WithTLS(empty)},
		{"tls_cert", WithCertificate("/nowhere/cert.pem", "/nowhere/key.pem")}, {"tls_cert", WithCertificate(empty, empty)},
		{"tls_cert", WithCertificate(empty, "")}, {"compression", WithCompression("zip")}, {"retry", WithRetry(RetryPolicy{Attempts: -1})},
	}
	for _, c := range cases {
		_, err := New("", c.opt)
		refused(t, err, c.field)
	}
	t.Setenv("POINTSMAN_TLS_CA", "/nowhere/ca.pem")
	_, err := New("")
	refused(t, err, "POINTSMAN_TLS_CA")
}
