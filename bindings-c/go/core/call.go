// Package core is what the products' packages share: errors, optional values, answers, pages. Programs meet it through
// package druva, which has the same types under its own name.
package core

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

// Response is an answer as it came.
type Response struct {
	// Status is the HTTP status, 2xx.
	Status int
	// Header has the headers.
	Header http.Header
	// Body is the whole body.
	Body []byte
	// Attempts is how many attempts were made, the successful one included.
	Attempts int
	// Elapsed is the time from the call to the whole answer.
	Elapsed time.Duration
}

// JSON reads the body into v as [json.Unmarshal] does. A generated type reads leniently.
func (r *Response) JSON(v any) error { return json.Unmarshal(r.Body, v) }

// String says what came, without headers and body: answers hold cookies and tokens.
func (r *Response) String() string {
	return fmt.Sprintf("<Response %d, %d bytes>", r.Status, len(r.Body))
}

// GoString is String: %#v shows no more.
func (r *Response) GoString() string { return r.String() }

// Caller carries out operations. The client of package druva brings the only one that programs need.
type Caller interface {
	// Call calls an operation with a JSON object of arguments; nil means none.
	Call(ctx context.Context, operation string, arguments []byte) (*Response, error)
	// List begins a list. Nothing is sent before the first page is asked for.
	List(ctx context.Context, operation string, arguments []byte) (Pager, error)
	// Wait calls an operation until the work that it reports on is over.
	Wait(ctx context.Context, operation string, arguments []byte, options WaitOptions) (*Response, error)
	// Reads says whether an operation changes nothing.
	Reads(operation string) bool
}

// Pager fetches the pages of a list.
type Pager interface {
	// Next fetches a page; nil without an error after the last one.
	Next(ctx context.Context) (*Response, error)
	// Cursor is the last non-empty cursor that an answer brought.
	Cursor() string
}

// Send calls an operation whose answer is taken as it comes.
func Send(ctx context.Context, caller Caller, operation string, arguments any) (*Response, error) {
	text, err := encode(operation, arguments)
	if err != nil {
		return nil, err
	}
	return caller.Call(ctx, operation, text)
}

// Get calls an operation and reads its answer as a T.
func Get[T any](ctx context.Context, caller Caller, operation string, arguments any) (T, error) {
	response, err := Send(ctx, caller, operation, arguments)
	if err != nil {
		var none T
		return none, err
	}
	answer, err := read[T](response)
	if err != nil {
		applied := AppliedYes
		if caller.Reads(operation) {
			applied = AppliedNo
		}
		err = undecodable(operation, response, applied, err)
	}
	return answer, err
}

func read[T any](response *Response) (T, error) {
	var answer T
	if err := Decode(response.Body, &answer); err != nil {
		return answer, err
	}
	// An answer of null, or of nothing, is an object without fields: programs look at it without asking.
	if place := reflect.ValueOf(&answer).Elem(); place.Kind() == reflect.Pointer && place.IsNil() {
		place.Set(reflect.New(place.Type().Elem()))
	}
	return answer, nil
}

// encode writes arguments as JSON; nil, also behind a pointer, means none.
func encode(operation string, arguments any) ([]byte, error) {
	text, err := json.Marshal(arguments)
	if err != nil {
		return nil, failure(KindArgument, operation, "the arguments cannot be written as JSON: "+err.Error(), err)
	}
	if bytes.Equal(text, []byte("null")) {
		return nil, nil
	}
	return text, nil
}
