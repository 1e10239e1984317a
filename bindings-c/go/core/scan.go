package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// scanner walks over JSON text, checking it as it goes. After the first error it stands still.
//
// encoding/json would need a second pass to keep the raw text of each object and a third after a value of an
// unexpected type; walking once takes less than half the time of its first (see the benchmarks).
type scanner struct {
	data  []byte
	at    int
	depth int
	err   error
}

// maxDepth bounds the recursion over what a server may nest.
const maxDepth = 512

var errTooDeep = errors.New("json: nested too deeply")

func (s *scanner) fail() {
	if s.err != nil {
		return
	}
	if s.at >= len(s.data) {
		s.err = errors.New("json: ends in the middle")
	} else {
		s.err = fmt.Errorf("json: unexpected %q at offset %d", s.data[s.at], s.at)
	}
}

// peek returns the next byte that is no white space, without taking it; 0 at the end and after an error.
func (s *scanner) peek() byte {
	if s.err != nil {
		return 0
	}
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take takes the next byte if it is c.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) expect(c byte) {
	if !s.take(c) {
		s.fail()
	}
}

// object calls member for each member of the object that comes; member reads the value.
func (s *scanner) object(member func(key []byte)) {
	s.list('{', '}', func() {
		if s.peek() != '"' {
			s.fail()
			return
		}
		key := s.text()
		s.expect(':')
		if s.err == nil {
			member(key)
		}
	})
}

// along takes the value that comes; what the dotted path of members leads to in it is taken by found. Of members of one name
// the first counts. False when there is nothing.
func (s *scanner) along(path string, found func()) (there bool) {
	if s.peek() != '{' {
		s.value()
		return false
	}
	name, rest, deeper := strings.Cut(path, ".")
	s.object(func(key []byte) {
		switch {
		case there || string(key) != name:
			s.value()
		case deeper:
			there = s.along(rest, found)
		default:
			there = true
			found()
		}
	})
	return there
}

// array calls item for each item of the array that comes; item reads it.
func (s *scanner) array(item func()) { s.list('[', ']', item) }

func (s *scanner) list(open, end byte, element func()) {
	s.expect(open)
	if s.depth++; s.depth > maxDepth {
		s.err = errTooDeep
	}
	for first := true; s.err == nil && !s.take(end); first = false {
		if !first {
			s.expect(',')
		}
		element()
	}
	s.depth--
}

// value takes any value and returns its text.
func (s *scanner) value() []byte {
	c := s.peek()
	start := s.at
	switch {
	case c == '{':
		s.object(func([]byte) { s.value() })
	case c == '[':
		s.array(func() { s.value() })
	case c == '"':
		s.quoted()
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	default:
		s.number()
	}
	return s.data[start:s.at:s.at]
}

func (s *scanner) literal(word string) {
	for i := range len(word) {
		if s.at >= len(s.data) || s.data[s.at] != word[i] {
			s.fail()
			return
		}
		s.at++
	}
}

func (s *scanner) number() {
	if s.at < len(s.data) && s.data[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.data) && s.data[s.at] == '0' {
		s.at++
	} else {
		s.digits()
	}
	if s.at < len(s.data) && s.data[s.at] == '.' {
		s.at++
		s.digits()
	}
	if s.at < len(s.data) && s.data[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.data) && (s.data[s.at] == '+' || s.data[s.at] == '-') {
			s.at++
		}
		s.digits()
	}
}

func (s *scanner) digits() {
	start := s.at
	for s.at < len(s.data) && s.data[s.at] >= '0' && s.data[s.at] <= '9' {
		s.at++
	}
	if s.at == start {
		s.fail()
	}
}

// quoted takes a string and says whether it has escapes.
func (s *scanner) quoted() (escaped bool) {
	for s.at++; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return escaped
		case c == '\\':
			escaped = true
			s.escape()
		case c < ' ':
			s.fail()
			return escaped
		}
	}
	s.at = len(s.data)
	s.fail()
	return escaped
}

// escape steps onto the last byte of an escape.
func (s *scanner) escape() {
	if s.at++; s.at >= len(s.data) {
		return
	}
	switch s.data[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		for range 4 {
			if s.at++; s.at >= len(s.data) || !strings.ContainsRune("0123456789abcdefABCDEF", rune(s.data[s.at])) {
				s.fail()
				return
			}
		}
	default:
		s.fail()
	}
}

// text takes a string and returns what it means.
func (s *scanner) text() []byte {
	start := s.at
	escaped := s.quoted()
	if s.err != nil {
		return nil
	}
	if !escaped {
		return s.data[start+1 : s.at-1]
	}
	var text string
	if err := json.Unmarshal(s.data[start:s.at], &text); err != nil {
		s.err = err
	}
	return []byte(text)
}
