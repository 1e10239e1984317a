package core

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

type leaf struct {
	Name Opt[string] `json:"name,omitzero"`

	Raw json.RawMessage `json:"-"`
}

type everything struct {
	Text    Opt[string]      `json:"text,omitzero"`
	Whole   Opt[int64]       `json:"whole,omitzero"`
	Number  Opt[float64]     `json:"number,omitzero"`
	Truth   Opt[bool]        `json:"truth,omitzero"`
	When    Opt[Timestamp]   `json:"when,omitzero"`
	Any     JSON             `json:"any,omitzero"`
	Object  *leaf            `json:"object,omitzero"`
	Itself  *everything      `json:"itself,omitzero"`
	Numbers []int64          `json:"numbers,omitzero"`
	Objects []*leaf          `json:"objects,omitzero"`
	Lists   [][]string       `json:"lists,omitzero"`
	Map     map[string]JSON  `json:"map,omitzero"`
	Leaves  map[string]*leaf `json:"leaves,omitzero"`

	Raw json.RawMessage `json:"-"`
}

func decoded(t *testing.T, text string) everything {
	t.Helper()
	var e everything
	if err := Decode([]byte(text), &e); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func TestSingleValuesAreConverted(t *testing.T) {
	for _, c := range []struct {
		wire, text, whole, number, truth string
	}{
		{`null`, "<nil>", "<nil>", "<nil>", "<nil>"},
		{`"12"`, "12", "12", "12", "<nil>"},
		{`" 12 "`, " 12 ", "12", "12", "<nil>"},
		{`12`, "12", "12", "12", "<nil>"},
		{`12.0`, "12.0", "12", "12", "<nil>"},
		{`12.5`, "12.5", "<nil>", "12.5", "<nil>"},
		{`1e3`, "1e3", "1000", "1000", "<nil>"},
		{`9223372036854775807`, "9223372036854775807", "9223372036854775807", "9.223372036854776e+18", "<nil>"},
		{`9223372036854775808`, "9223372036854775808", "<nil>", "9.223372036854776e+18", "<nil>"},
		{`1e999`, "1e999", "<nil>", "<nil>", "<nil>"},
		{`"NaN"`, "NaN", "<nil>", "<nil>", "<nil>"},
		{`1`, "1", "1", "1", "true"},
		{`"0"`, "0", "0", "0", "false"},
		{`true`, "true", "<nil>", "<nil>", "true"},
		{`"False"`, "False", "<nil>", "<nil>", "false"},
		{`""`, "", "<nil>", "<nil>", "<nil>"},
		{`"J\u00f6rg \ud83d\udcbb \"\\\/"`, `Jörg 💻 "\/`, "<nil>", "<nil>", "<nil>"},
		{`[1]`, "<nil>", "<nil>", "<nil>", "<nil>"},
		{`{"a":null}`, "<nil>", "<nil>", "<nil>", "<nil>"},
	} {
		e := decoded(t, fmt.Sprintf(`{"text":%s,"whole":%[1]s,"number":%[1]s,"truth":%[1]s,"when":%[1]s}`, c.wire))
		got := []string{e.Text.String(), e.Whole.String(), e.Number.String(), e.Truth.String(), e.When.String()}
		if want := []string{c.text, c.whole, c.number, c.truth, c.text}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", c.wire, got, want)
		}
		var single Opt[int64]
		if err := json.Unmarshal([]byte(c.wire), &single); err != nil || single.String() != c.whole {
			t.Errorf("%s: json.Unmarshal gives %v, %v", c.wire, single, err)
		}
	}
}

func TestEveryFieldSurvivesEveryValue(t *testing.T) {
	names := []string{"text", "whole", "number", "truth", "when", "any", "object", "itself", "numbers", "objects", "lists", "map", "leaves", "unknown"}
	for _, name := range names {
		for _, wire := range []string{`null`, `"x"`, `12`, `true`, `[]`, `[null,"1",{},[3]]`, `{}`, `{"a":null,"b":[1],"c":"d"}`} {
			text := fmt.Sprintf(`{"%s":%s,"text":"after"}`, name, wire)
			if name == "text" {
				continue
			}
			e := decoded(t, text)
			if e.Text.Value != "after" || string(e.Raw) != text {
				t.Errorf("%s: %+v", text, e)
			}
			for _, object := range e.Objects {
				_ = object.Name
			}
		}
	}
}

func TestListsKeepObjectsAndLeaveOutWhatCannotBeRead(t *testing.T) {
	e := decoded(t, `{"numbers":[1,"2",null,"x",3],"objects":[{"name":"a"},null,"b"],"lists":[["a"],null],"map":{"a":1,"b":null},"leaves":{"x":{"name":1}}}`)
	if !reflect.DeepEqual(e.Numbers, []int64{1, 2, 3}) {
		t.Error(e.Numbers)
	}
	if len(e.Objects) != 3 || e.Objects[0].Name.Value != "a" || string(e.Objects[2].Raw) != `"b"` {
		t.Error(e.Objects)
	}
	if len(e.Lists) != 2 || e.Map["a"].Text().Value != "1" || e.Map["a"].Int().Value != 1 || e.Map["b"].Text().Valid || e.Leaves["x"].Name.Value != "1" {
		t.Error(e)
	}
}

func TestWhatIsNoObjectIsMissing(t *testing.T) {
	for _, wire := range []string{`null`, `"x"`, `12`, `[{}]`} {
		e := decoded(t, `{"object":{"name":"a"},"object":`+wire+`,"leaves":{"x":`+wire+`}}`)
		if e.Object != nil || e.Leaves == nil || len(e.Leaves) != 0 || !strings.Contains(string(e.Raw), wire) {
			t.Errorf("%s: %+v", wire, e)
		}
	}
	if e := decoded(t, `{"object":{}}`); e.Object == nil {
		t.Error(e)
	}
}

func TestAnythingButJSONIsAnError(t *testing.T) {
	for _, text := range []string{`{`, `{"text":"a`, `[1,]`, `{"a":1,}`, `{"text":01}`, `nul`, `{} {}`, "{\"text\":\"\n\"}", `{"text" 1}`, `<html>`, strings.Repeat("[", 1000)} {
		var e everything
		if err := Decode([]byte(text), &e); err == nil {
			t.Errorf("%s is read", text)
		}
	}
	for _, text := range []string{"", " ", "null", "12", "[]", `"text"`} {
		var e *everything
		if err := Decode([]byte(text), &e); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAnOptionalValueIsFormattedLikeTheValue(t *testing.T) {
	text := fmt.Sprintf("%d %5d %q %v %v %#v", Some[int64](7), Some[int64](7), Some("a"), Some(true), Opt[string]{}, Some("a"))
	if text != `7     7 "a" true <nil> "a"` {
		t.Error(text)
	}
}

func TestMissingFieldsAreNotWritten(t *testing.T) {
	text, err := json.Marshal(leaf{})
	if err != nil || string(text) != "{}" {
		t.Error(string(text), err)
	}
	text, err = json.Marshal(leaf{Name: Some("")})
	if err != nil || string(text) != `{"name":""}` {
		t.Error(string(text), err)
	}
}

// What encoding/json takes for JSON is what Decode takes for JSON, and texts mean the same.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"text":"a\u0000b","itself":{"numbers":[1,2e5,-0.1]}}`, `{"objects":[{"name":null},{}]}`, `"\ud800"`, `-`, `1.`, `{"":{}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var e everything
		err := Decode(data, &e)
		if len(strings.Trim(string(data), " \t\r\n")) == 0 || err == errTooDeep {
			return
		}
		if valid := json.Valid(data); valid != (err == nil) {
			t.Fatalf("json.Valid says %v, Decode %v", valid, err)
		}
		var plain struct{ Text *string }
		if err == nil && utf8.Valid(data) && json.Unmarshal(data, &plain) == nil && plain.Text != nil && strings.Count(string(data), `"text"`) == 1 {
			if strings.Contains(strings.ToLower(string(e.Raw)), `"text"`) && e.Text.Valid && e.Text.Value != *plain.Text {
				t.Fatalf("encoding/json reads %q, Decode %q", *plain.Text, e.Text.Value)
			}
		}
	})
}

type page struct {
	Items []*everything `json:"items"`
}

func TestItemsOneByOneAreThoseOfThePage(t *testing.T) {
	for _, text := range []string{
		`{"items":[{"text":"a"},null,"b",{"items":[{}]},[1]],"next":"x"}`, `{"next":"x","items":[]}`, `{"items":null}`, `{"items":1}`,
		`{"other":{"items":[{}]}}`, `{}`, `[]`, `null`, `{"items":[{},{"text":`, `{"items":[{}],"items":nul}`,
	} {
		var p page
		wrong := Decode([]byte(text), &p)
		var items []*everything
		err := decodeEach([]byte(text), "items", func(item *everything, _ bool) bool {
			items = append(items, item)
			return true
		})
		if wrong == nil && (len(items) != len(p.Items) || len(items) > 0 && !reflect.DeepEqual(items, p.Items)) || fmt.Sprint(err) != fmt.Sprint(wrong) {
			t.Errorf("%s: %v, %v", text, items, err)
		}
	}
	var first []string
	err := decodeEach([]byte(`{"data":{"rows":["a",null,2,{"b":1},"c"]},"data":{"rows":["d"]}}`), "data.rows", func(item string, _ bool) bool {
		first = append(first, item)
		return item != "2"
	})
	if fmt.Sprint(first) != "[a 2]" || err != nil {
		t.Error(first, err)
	}
}

// A page of 4,097 items, about 1 MB.
func benchmarkPage() []byte {
	item := `{"text":"DESKTOP-%d","whole":%[1]d,"number":12.5,"truth":true,"when":"2026-01-01T00:00:00Z","object":{"name":"x","more":"unknown"},"numbers":[1,2,3],"a":"some unknown text","b":"another one that nobody knows"}`
	items := make([]string, 4097)
	for i := range items {
		items[i] = fmt.Sprintf(item, i)
	}
	return []byte(`{"items":[` + strings.Join(items, ",") + `]}`)
}

func BenchmarkDecode(b *testing.B) {
	data := benchmarkPage()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var p page
		if err := Decode(data, &p); err != nil || len(p.Items) != 4097 {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeEach(b *testing.B) {
	data := benchmarkPage()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		count := 0
		if err := decodeEach(data, "items", func(*everything, bool) bool { count++; return true }); err != nil || count != 4097 {
			b.Fatal(err)
		}
	}
}

// For comparison: plain pointer fields, without a raw text, strict.
func BenchmarkEncodingJSON(b *testing.B) {
	type plain struct {
		Text    *string
		Whole   *int64
		Number  *float64
		Truth   *bool
		When    *string
		Object  *struct{ Name *string }
		Numbers []int64
	}
	data := benchmarkPage()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var p struct{ Items []*plain }
		if err := json.Unmarshal(data, &p); err != nil || len(p.Items) != 4097 {
			b.Fatal(err)
		}
	}
}
