package pointsman

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"time"

	pointsmanv1 "pointsman.dev/clients/go/pointsman/v1"
)

// queryOf is the query that a prompt and its options make.
func queryOf[O interface{ applyRequest(*saying) }](c *Client, prompt Prompt, opts []O) (*saying, error) {
	if prompt == nil {
		return nil, invalid("messages", "is nil: give a Text, a Chat, or a whole query with FromQuery")
	}
	said := &saying{terms: c.config.terms, query: prompt.query()}
	for _, opt := range opts {
		opt.applyRequest(said)
	}
	said.putExtraParams()
	return said, said.problem
}

func onQuery(put func(*saying)) QueryOption { return queryOption{put} }

func (s *saying) preference() *pointsmanv1.Preference {
	if s.query.Preference == nil {
		s.query.Preference = &pointsmanv1.Preference{}
	}
	return s.query.Preference
}

func (s *saying) hints() *pointsmanv1.Hints {
	if s.query.Hints == nil {
		s.query.Hints = &pointsmanv1.Hints{}
	}
	return s.query.Hints
}

func (s *saying) generation() *pointsmanv1.GenerationParams {
	if s.query.Params == nil {
		s.query.Params = &pointsmanv1.GenerationParams{}
	}
	return s.query.Params
}

// WithDial says where to stand between cheap and good, in [0, 1]: 0 is the cheapest model that answers, 1 the best whatever
// it costs. It excludes WithCostWeight.
func WithDial(dial float64) QueryOption {
	return onQuery(func(s *saying) {
		s.trade("dial")
		s.preference().Tradeoff = &pointsmanv1.Preference_Dial{Dial: dial}
	})
}

// WithCostWeight is lambda itself: utility per US dollar, 0 or more. It excludes WithDial.
func WithCostWeight(perDollar float64) QueryOption {
	return onQuery(func(s *saying) {
		s.trade("cost_weight")
		s.preference().Tradeoff = &pointsmanv1.Preference_CostWeight{CostWeight: perDollar}
	})
}

// trade notes which of dial and cost_weight was given, of which one must be.
func (s *saying) trade(name string) {
	if s.tradeoff != "" && s.tradeoff != name {
		s.refuse(invalid("dial", "and cost_weight exclude each other: give one of them"))
	}
	s.tradeoff = name
}

// WithLatencyWeight is mu: utility per second until the answer, 0 or more.
func WithLatencyWeight(perSecond float64) QueryOption {
	return onQuery(func(s *saying) { s.preference().LatencyWeight = &perSecond })
}

// WithMaxCostUSD is a ceiling on the whole query in US dollars, judges included.
func WithMaxCostUSD(dollars float64) QueryOption {
	return onQuery(func(s *saying) { s.preference().MaxCostUsd = &dollars })
}

// WithMaxLatency keeps out models that are expected to take longer.
func WithMaxLatency(latency time.Duration) QueryOption {
	ms := milliseconds(latency)
	return onQuery(func(s *saying) { s.preference().MaxLatencyMs = &ms })
}

// WithMinQuality is a floor in [0, 1] on the predicted quality of a model that may answer.
func WithMinQuality(quality float64) QueryOption {
	return onQuery(func(s *saying) { s.preference().MinQuality = &quality })
}

// WithModels names the models that may be called. Without it, every enabled one that the tenant may use.
func WithModels(names ...string) QueryOption {
	return onQuery(func(s *saying) { s.query.Models = names })
}

// WithRequireTags names tags that a model must have, all of them, for instance "region:eu".
func WithRequireTags(tags ...string) QueryOption {
	return onQuery(func(s *saying) { s.query.RequireTags = tags })
}

// WithTemperature is the sampling temperature, 0 or more.
func WithTemperature(temperature float64) QueryOption {
	return param("temperature", func(s *saying) { s.generation().Temperature = &temperature })
}

// WithTopP is the probability mass to sample from, in (0, 1].
func WithTopP(mass float64) QueryOption {
	return param("top_p", func(s *saying) { s.generation().TopP = &mass })
}

// WithMaxTokens is a ceiling on the tokens of the answer, 1 or more.
func WithMaxTokens(tokens int) QueryOption {
	return param("max_tokens", func(s *saying) { s.generation().MaxTokens = whole(s, "max_tokens", tokens) })
}

// WithStop are texts that end the answer.
func WithStop(texts ...string) QueryOption {
	return param("stop", func(s *saying) { s.generation().Stop = texts })
}

// WithSeed is the seed of the sampling, for providers that take one.
func WithSeed(seed int64) QueryOption {
	return param("seed", func(s *saying) { s.generation().Seed = &seed })
}

func param(name string, put func(*saying)) QueryOption {
	return onQuery(func(s *saying) {
		if s.given == nil {
			s.given = map[string]bool{}
		}
		s.given[name] = true
		put(s)
	})
}

// WithParams are parameters by their provider's name: those that have an option of their own, and what only some provider
// knows, for instance {"top_k": 5}.
func WithParams(params map[string]any) QueryOption {
	return onQuery(func(s *saying) {
		if s.params == nil {
			s.params = map[string]any{}
		}
		maps.Copy(s.params, params)
	})
}

// putExtraParams puts what WithParams gave into the fields that the contract has for it, and the rest as JSON.
func (s *saying) putExtraParams() {
	extra := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.params)) {
		value := s.params[name]
		known, has := paramFields[name]
		switch {
		case s.given[name]:
			s.refuse(invalid(name, "is given twice, by itself and in params: leave one out"))
		case has:
			s.refuse(known(s, name, value))
		default:
			extra[name] = value
		}
	}
	if len(extra) == 0 {
		return
	}
	text, err := jsonOf(extra, "params")
	if err != nil {
		s.refuse(err)
		return
	}
	s.generation().ExtraJson = &text
}

// paramFields put a value of WithParams into its field; JSON carries it there, since it may be of any of Go's number types.
var paramFields = map[string]func(s *saying, name string, value any) error{
	"temperature": func(s *saying, name string, value any) error { return read(value, name, &s.generation().Temperature) },
	"top_p":       func(s *saying, name string, value any) error { return read(value, name, &s.generation().TopP) },
	"max_tokens":  func(s *saying, name string, value any) error { return read(value, name, &s.generation().MaxTokens) },
	"seed":        func(s *saying, name string, value any) error { return read(value, name, &s.generation().Seed) },
	"stop": func(s *saying, name string, value any) error {
		if one, is := value.(string); is {
			value = []string{one}
		}
		return read(value, name, &s.generation().Stop)
	},
}

func read(value any, name string, into any) error {
	if value == nil {
		return invalid(name, "is nil: leave it out")
	}
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return invalid(name, "does not fit: %v", err)
	}
	return nil
}

// WithTools are tools that the model may call: each what JSON makes an object of, as in OpenAI's `tools`.
func WithTools(tools ...any) QueryOption {
	return onQuery(func(s *saying) {
		s.query.ToolsJson = make([]string, len(tools))
		for i, tool := range tools {
			text, err := jsonOf(tool, "tools")
			s.query.ToolsJson[i] = text
			s.refuse(err)
		}
	})
}

// WithResponseFormat is the wanted form of the answer: what JSON makes an object of, as OpenAI's `response_format`.
func WithResponseFormat(format any) QueryOption {
	return onQuery(func(s *saying) {
		text, err := jsonOf(format, "response_format")
		s.query.ResponseFormatJson = &text
		s.refuse(err)
	})
}

// WithTask says what is to be done, for instance "summarise".
func WithTask(task string) QueryOption { return onQuery(func(s *saying) { s.hints().Task = &task }) }

// WithDomain says which field the query is about, for instance "law".
func WithDomain(domain string) QueryOption {
	return onQuery(func(s *saying) { s.hints().Domain = &domain })
}

// WithLanguage says the language of the query, as a BCP 47 tag, for instance "pt-BR".
func WithLanguage(language string) QueryOption {
	return onQuery(func(s *saying) { s.hints().Language = &language })
}

// WithLabels are labels of your own. They are logged with the episode and never learnt from.
func WithLabels(labels map[string]string) QueryOption {
	return onQuery(func(s *saying) { s.hints().Labels = maps.Clone(labels) })
}

// WithSessionID names a conversation, or the run of an agent. Its queries stay with one model unless another is better by
// more than the switch costs.
func WithSessionID(id string) QueryOption {
	return onQuery(func(s *saying) { s.query.SessionId = &id })
}

// WithPredictions has the decision tell what was expected of each model.
func WithPredictions() QueryOption { return onQuery(func(s *saying) { s.includePredictions = true }) }

// WithSingleCall says that you will run one model and no cascade; then the model is the best single choice.
func WithSingleCall() RouteOption { return routeOption{func(s *saying) { s.singleCall = true }} }

// WithOptimistic has text sent from the first model's first token on; a better answer may take its place, which a retraction
// says. [Stream.Texts] is refused then.
func WithOptimistic() StreamOption { return streamOption{func(s *saying) { s.optimistic = true }} }

// WithTrace has trace events sent, too.
func WithTrace() StreamOption { return streamOption{func(s *saying) { s.includeTrace = true }} }

// jsonOf is a value as a JSON object.
func jsonOf(value any, path string) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", invalid(path, "cannot be written as JSON: %v", err)
	}
	object := bytes.TrimSpace(text.Bytes())
	if problem := lostText(value, object); problem != "" {
		return "", invalid(path, problem)
	}
	if !bytes.HasPrefix(object, []byte("{")) {
		return "", invalid(path, "must be an object in JSON, not %s", shown(string(object)))
	}
	return string(object), nil
}

// lostText is why JSON has another text than the value: encoding/json writes the escape of U+FFFD for what is no UTF-8, and
// for nothing else; what is JSON already is written as it is.
func lostText(value any, object []byte) string {
	if _, is := value.(json.RawMessage); is {
		return notText(object)
	}
	for _, escape := range escapes.FindAll(object, -1) {
		if string(escape) == `\ufffd` {
			return "has a text that is no UTF-8, which cannot be sent"
		}
	}
	return ""
}

var escapes = regexp.MustCompile(`\\(u[0-9a-f]{4}|.)`)

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
