package core

import (
	"context"
	"time"
)

// WaitOptions say how to wait. Nil means the defaults.
type WaitOptions struct {
	// Interval is the time between two looks; 5 s without it.
	Interval time.Duration
	// Timeout is how long to wait altogether. Without it the context's deadline counts, and an hour when that has none.
	// Then a [*TimeoutError]; the work itself goes on.
	Timeout time.Duration
	// Progress is called with the state after each look, in order, on the goroutine that waits.
	Progress func(state string)
}

// Await waits for the work that an operation reports on to end and returns the last answer as it came.
func Await(ctx context.Context, caller Caller, operation string, arguments any, options *WaitOptions) (*Response, error) {
	text, err := encode(operation, arguments)
	if err != nil {
		return nil, err
	}
	if options == nil {
		options = &WaitOptions{}
	}
	return caller.Wait(ctx, operation, text, *options)
}

// Wait waits as [Await] does and reads the last answer as a T.
func Wait[T any](ctx context.Context, caller Caller, operation string, arguments any, options *WaitOptions) (T, error) {
	response, err := Await(ctx, caller, operation, arguments, options)
	if err != nil {
		var none T
		return none, err
	}
	answer, err := read[T](response)
	if err != nil {
		err = undecodable(operation, response, AppliedNo, err)
	}
	return answer, err
}
