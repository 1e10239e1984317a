package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Decode reads JSON into a generated type, leniently: no schema rejects an answer. A value of another type is
// converted where it can be (text and numbers into each other, text into a truth) and is missing where it cannot;
// members that the type does not know stay in its Raw field, which shares data's memory. Only text that is no JSON is
// an error. An empty text reads as null.
func Decode(data []byte, into any) error {
	target := reflect.ValueOf(into).Elem()
	read := readerOf(target.Type())
	s := &scanner{data: data}
	if s.peek() == 0 && s.at == len(data) {
		return nil
	}
	read(s, target)
	if s.peek(); s.err == nil && s.at < len(data) {
		s.fail()
	}
	return s.err
}

// reader takes one value from the text and puts it into a place; false when it left the place alone.
type reader func(*scanner, reflect.Value) bool

// readers keeps what readerOf found out, by type.
var readers sync.Map

func readerOf(t reflect.Type) reader {
	if known, ok := readers.Load(t); ok {
		return known.(reader)
	}
	known, _ := readers.LoadOrStore(t, newReader(t))
	return known.(reader)
}

func newReader(t reflect.Type) reader {
	if read, ok := scalars[t]; ok {
		return read
	}
	switch {
	case t == reflect.TypeFor[JSON](), t == reflect.TypeFor[json.RawMessage]():
		return readRaw
	case t.Kind() == reflect.Pointer:
		// A type may contain itself: its reader is looked up when it is used.
		return func(s *scanner, place reflect.Value) bool {
			if s.peek() == 'n' {
				s.value()
				return false
			}
			place.Set(reflect.New(t.Elem()))
			return readerOf(t.Elem())(s, place.Elem())
		}
	case t.Kind() == reflect.Slice:
		return readSlice(t)
	case t.Kind() == reflect.Map:
		return readMap(t)
	case t.Kind() == reflect.Struct:
		return readStruct(t)
	}
	panic(fmt.Sprintf("druva: a generated type contains %v", t))
}

// scalars has the readers of single values, bare and optional.
var scalars = map[reflect.Type]reader{}

func init() {
	addScalar(toString)
	addScalar(toInt)
	addScalar(toFloat)
	addScalar(toBool)
	addScalar(toTimestamp)
}

func addScalar[T any](convert func(token) (T, bool)) {
	scalars[reflect.TypeFor[T]()] = func(s *scanner, place reflect.Value) bool {
		value, ok := convert(s.token())
		if ok {
			*place.Addr().Interface().(*T) = value
		}
		return ok
	}
	scalars[reflect.TypeFor[Opt[T]]()] = func(s *scanner, place reflect.Value) bool {
		value, ok := convert(s.token())
		*place.Addr().Interface().(*Opt[T]) = Opt[T]{value, ok}
		return ok
	}
}

func readRaw(s *scanner, place reflect.Value) bool {
	text := s.value()
	if string(text) == "null" {
		return false
	}
	place.SetBytes(text)
	return true
}

func readSlice(t reflect.Type) reader {
	element := t.Elem()
	return func(s *scanner, place reflect.Value) bool {
		if s.peek() != '[' {
			s.value()
			return false
		}
		read := elementReader(element)
		place.Set(reflect.MakeSlice(t, 0, 4))
		s.array(func() {
			length := place.Len()
			if length == place.Cap() {
				place.Grow(1)
			}
			place.SetLen(length + 1)
			item := place.Index(length)
			item.SetZero()
			if !read(s, item) {
				place.SetLen(length)
			}
		})
		return true
	}
}

// elementReader reads an element of a list; false when the list goes without it. Objects keep their place in the list whatever
// was sent; single values that cannot be read are left out.
func elementReader(element reflect.Type) reader {
	read := readerOf(element)
	switch element.Kind() {
	case reflect.Pointer:
		return func(s *scanner, place reflect.Value) bool {
			// Never a nil pointer in a list: programs range over it without looking.
			if !read(s, place) && place.IsNil() {
				place.Set(reflect.New(element.Elem()))
			}
			return true
		}
	case reflect.Slice, reflect.Map:
		return func(s *scanner, place reflect.Value) bool {
			read(s, place)
			return true
		}
	}
	return read
}

var errEnough = errors.New("no more is wanted")

// decodeEach reads the elements of the list at a dotted path as [Decode] reads the whole, but each when it is its turn.
func decodeEach[T any](data []byte, path string, yield func(element T, last bool) bool) error {
	s := &scanner{data: data}
	s.along(path, func() {
		if s.peek() != '[' {
			s.value()
			return
		}
		read := elementReader(reflect.TypeFor[T]())
		var item T
		place := reflect.ValueOf(&item).Elem()
		s.array(func() {
			place.SetZero()
			if read(s, place) && s.err == nil && !yield(item, s.peek() == ']') {
				s.err = errEnough
			}
		})
	})
	if s.err == errEnough {
		return nil
	}
	return s.err
}

func readMap(t reflect.Type) reader {
	return func(s *scanner, place reflect.Value) bool {
		if s.peek() != '{' {
			s.value()
			return false
		}
		read := readerOf(t.Elem())
		members := reflect.MakeMap(t)
		s.object(func(key []byte) {
			name := string(key)
			value := reflect.New(t.Elem()).Elem()
			if read(s, value) {
				members.SetMapIndex(reflect.ValueOf(name), value)
			}
		})
		place.Set(members)
		return true
	}
}

func readStruct(t reflect.Type) reader {
	type field struct {
		index  int
		object bool
		read   reader
	}
	fields := map[string]field{}
	raw := -1
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
			fields[name] = field{i, f.Type.Kind() == reflect.Pointer, readerOf(f.Type)}
		} else if f.Name == "Raw" {
			raw = i
		}
	}
	return func(s *scanner, place reflect.Value) bool {
		isObject := s.peek() == '{'
		start := s.at
		if isObject {
			s.object(func(key []byte) {
				f, ok := fields[string(key)]
				if !ok {
					s.value()
				} else if !f.read(s, place.Field(f.index)) && f.object {
					// What is no object is missing; it is still in the Raw of this one.
					place.Field(f.index).SetZero()
				}
			})
		} else {
			s.value()
		}
		if raw >= 0 && s.err == nil {
			place.Field(raw).SetBytes(s.data[start:s.at:s.at])
		}
		return isObject
	}
}
