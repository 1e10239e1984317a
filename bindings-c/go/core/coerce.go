package core

import (
	"math"
	"strconv"
	"strings"
)

// token is a single value: its kind is the first byte of its text, 0 for an object or an array.
type token struct {
	kind byte
	text []byte
}

func (s *scanner) token() token {
	switch c := s.peek(); c {
	case '"':
		return token{c, s.text()}
	case '{', '[':
		s.value()
		return token{}
	default:
		return token{c, s.value()}
	}
}

// words returns the text of a string, the digits of a number, true or false.
func (t token) words() (string, bool) {
	if t.kind == 0 || t.kind == 'n' {
		return "", false
	}
	return string(t.text), true
}

func toString(t token) (string, bool) { return t.words() }

// toInt reads whole numbers, also as text or with a zero fraction.
func toInt(t token) (int64, bool) {
	text, ok := t.words()
	if !ok {
		return 0, false
	}
	text = strings.TrimSpace(text)
	if value, err := strconv.ParseInt(text, 10, 64); err == nil {
		return value, true
	}
	// Beyond 2^53 a float no longer names one integer.
	value, ok := toFloat(t)
	if !ok || value != math.Trunc(value) || math.Abs(value) > 1<<53 {
		return 0, false
	}
	return int64(value), true
}

// toFloat reads numbers, also as text.
func toFloat(t token) (float64, bool) {
	text, ok := t.words()
	if !ok || t.kind == 't' || t.kind == 'f' {
		return 0, false
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return value, err == nil && !math.IsInf(value, 0) && !math.IsNaN(value)
}

// toBool reads truths, also as text or as 1 and 0.
func toBool(t token) (bool, bool) {
	text, ok := t.words()
	text = strings.TrimSpace(text)
	switch {
	case !ok:
		return false, false
	case text == "1" || strings.EqualFold(text, "true"):
		return true, true
	case text == "0" || strings.EqualFold(text, "false"):
		return false, true
	}
	return false, false
}

func toTimestamp(t token) (Timestamp, bool) {
	text, ok := t.words()
	return Timestamp(text), ok
}
