package core

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Error is anything that went wrong in this SDK. Every error that it returns is one of the classes below, and
// errors.As finds an error as its own class and as each class above it: a *NotFoundError is also an *APIError and an
// *Error.
//
//	var limited *druva.RateLimitedError
//	if errors.As(err, &limited) {
//		time.Sleep(limited.RetryAfter.Or(time.Minute))
//	}
type Error struct {
	// Kind is the class as a constant, for a switch.
	Kind Kind
	// Class is the class's name, the same in every language: "RateLimitedError".
	Class string
	// Message says what was tried and what happened, useful alone.
	Message string
	// Operation is the id of the operation that failed: "insync.devices.list".
	Operation string
	// Method and Path are those of the request, when there was one to be sent.
	Method, Path string
	// Status is the HTTP status that Druva answered with, or 0.
	Status int
	// Code is Druva's own code for the error: "InsyncEndpoints-1006".
	Code string
	// Retryable says whether the same call may succeed later.
	Retryable bool
	// Attempts is how many attempts were made.
	Attempts int
	// MayHaveBeenApplied says whether the request may have taken effect.
	MayHaveBeenApplied Applied
	// RetryAfter is how long Druva asked to wait.
	RetryAfter Opt[time.Duration]
	// Hint says what to do about it.
	Hint string
	// Body is the body that Druva answered with, at most 64 KiB of it. What it quotes of the request's secrets reads
	// ***.
	Body string

	cause error
}

// Applied says whether the request of a failed call may have taken effect.
type Applied string

// What may have become of a request.
const (
	// AppliedNo: it did not take effect.
	AppliedNo Applied = "no"
	// AppliedUnknown: nobody can tell; look before doing it again.
	AppliedUnknown Applied = "unknown"
	// AppliedYes: it took effect.
	AppliedYes Applied = "yes"
)

// Error returns Message.
func (e *Error) Error() string { return e.Message }

// GoString shows the class and the message with %#v; the body may hold anything.
func (e *Error) GoString() string { return fmt.Sprintf("&druva.%s{%q}", e.Class, e.Message) }

// Unwrap returns the cause that lies outside the SDK, such as [context.Cause] of the context that was cancelled.
func (e *Error) Unwrap() error { return e.cause }

// Is makes a call that ran out of time a [context.DeadlineExceeded], whoever set the deadline, and a cancelled one a
// [context.Canceled].
func (e *Error) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded:
		return e.Kind == KindTimeout
	case context.Canceled:
		return e.Kind == KindCancelled
	}
	return false
}

// Raise makes an error of its class from what the library says: a JSON object with the members that every language
// knows. The context is the one that the call ran under.
func Raise(ctx context.Context, text []byte) error {
	var said struct {
		Kind               Kind
		Class, Message     string
		Operation          string
		Method, Path       string
		Status             int
		Code               string
		Retryable          bool
		Attempts           int
		MayHaveBeenApplied Applied  `json:"may_have_been_applied"`
		RetryAfter         *float64 `json:"retry_after"`
		Hint, Body         string
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return failure(KindInternal, "", "the library's error is no JSON: "+err.Error(), err)
	}
	e := Error{
		Kind: said.Kind, Class: said.Class, Message: said.Message, Operation: said.Operation, Method: said.Method,
		Path: said.Path, Status: said.Status, Code: said.Code, Retryable: said.Retryable, Attempts: said.Attempts,
		MayHaveBeenApplied: said.MayHaveBeenApplied, Hint: said.Hint, Body: said.Body,
	}
	if said.RetryAfter != nil {
		// A Duration holds 292 years; a server may say more.
		e.RetryAfter = Some(time.Duration(min(*said.RetryAfter*float64(time.Second), 1<<62)))
	}
	if e.Kind == KindCancelled || e.Kind == KindTimeout {
		e.cause = context.Cause(ctx)
	}
	// The library only sees that it was told to stop; why is the context's business.
	if e.Kind == KindCancelled && ctx.Err() == context.DeadlineExceeded {
		e.Kind, e.Class = KindTimeout, KindTimeout.class()
		e.Message = of(e.Operation, "the context's deadline passed")
	}
	return e.typed()
}

// Ended is the error of a call under a context that is over before anything was sent; nil when it is not. The operation is
// empty where it is about none.
func Ended(ctx context.Context, operation string) error {
	kind := KindCancelled
	switch ctx.Err() {
	case nil:
		return nil
	case context.DeadlineExceeded:
		kind = KindTimeout
	}
	cause := context.Cause(ctx)
	return failure(kind, operation, "nothing was sent: "+cause.Error(), cause)
}

// Closed is the error of a call on a client that was closed.
func Closed(operation string) error {
	return failure(KindArgument, operation, "the client is closed", nil)
}

// failure is an error that arises on this side of the library; nothing was sent.
func failure(kind Kind, operation, what string, cause error) error {
	e := Error{
		Kind: kind, Class: kind.class(), Message: of(operation, what), Operation: operation, MayHaveBeenApplied: AppliedNo,
		cause: cause,
	}
	return e.typed()
}

// of begins a message with the operation that it is about, if there is one.
func of(operation, what string) string {
	if operation == "" {
		return what
	}
	return operation + ": " + what
}

// undecodable is an answer that is no JSON.
func undecodable(operation string, response *Response, applied Applied, cause error) error {
	e := Error{
		Kind: KindDecode, Class: KindDecode.class(), Message: of(operation, "the answer cannot be read: "+cause.Error()),
		Operation: operation, Status: response.Status, Attempts: response.Attempts, MayHaveBeenApplied: applied,
		Body: string(response.Body[:min(len(response.Body), 64<<10)]), cause: cause,
	}
	return e.typed()
}
