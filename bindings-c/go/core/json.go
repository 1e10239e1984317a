package core

import "encoding/json"

// JSON is a value of which the documents say no more than that it is JSON. Its text is as it came; nil is missing.
type JSON json.RawMessage

// Text reads the value as text: that of a string, the digits of a number, true or false.
func (j JSON) Text() Opt[string] { return single[string](j) }

// Int reads the value as a whole number, also from text.
func (j JSON) Int() Opt[int64] { return single[int64](j) }

// Float reads the value as a number, also from text.
func (j JSON) Float() Opt[float64] { return single[float64](j) }

// Bool reads the value as a truth, also from text.
func (j JSON) Bool() Opt[bool] { return single[bool](j) }

func single[T any](j JSON) (value Opt[T]) {
	// What is no JSON is missing like anything that cannot be read.
	_ = Decode(j, &value)
	return value
}

// String returns the JSON text.
func (j JSON) String() string { return string(j) }

// MarshalJSON writes the text; null when it is missing.
func (j JSON) MarshalJSON() ([]byte, error) { return json.RawMessage(j).MarshalJSON() }

// UnmarshalJSON keeps a copy of the text.
func (j *JSON) UnmarshalJSON(data []byte) error { return (*json.RawMessage)(j).UnmarshalJSON(data) }
