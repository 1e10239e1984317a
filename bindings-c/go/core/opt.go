package core

import (
	"encoding/json"
	"fmt"
	"io"
)

// Opt is a value that may be missing. A field of an answer is missing when Druva left it out, sent null, or sent
// something that cannot be read as a T; an argument that is missing is not sent.
//
// Value can be read without asking: it is T's zero value when Valid is false.
type Opt[T any] struct {
	Value T
	Valid bool
}

// Some is a value that is there.
func Some[T any](value T) Opt[T] { return Opt[T]{value, true} }

// Get returns the value and whether it is there.
func (o Opt[T]) Get() (T, bool) { return o.Value, o.Valid }

// Or returns the value, or fallback when it is missing.
func (o Opt[T]) Or(fallback T) T {
	if o.Valid {
		return o.Value
	}
	return fallback
}

// String shows the value; one that is missing is <nil>.
func (o Opt[T]) String() string { return fmt.Sprint(o) }

// Format shows the value with any verb of fmt as if it stood alone; one that is missing is <nil>.
func (o Opt[T]) Format(state fmt.State, verb rune) {
	if o.Valid {
		fmt.Fprintf(state, fmt.FormatString(state, verb), o.Value)
	} else {
		io.WriteString(state, "<nil>")
	}
}

// IsZero says that the value is missing; encoding/json leaves it out then.
func (o Opt[T]) IsZero() bool { return !o.Valid }

// MarshalJSON writes the value, or null.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if o.Valid {
		return json.Marshal(o.Value)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads the value leniently: a number from text, text from a number, a truth from text. What cannot be
// read is missing and no error.
func (o *Opt[T]) UnmarshalJSON(data []byte) error { return Decode(data, o) }
