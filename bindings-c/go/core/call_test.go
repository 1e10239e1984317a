package core

import (
	"context"
	"errors"
	"testing"
)

// garbled is a caller whose answers are no JSON.
type garbled struct{ reads bool }

func (g garbled) answer() (*Response, error) {
	return &Response{Status: 200, Body: []byte(`{"items": [{]}`)}, nil
}

func (g garbled) Call(context.Context, string, []byte) (*Response, error) { return g.answer() }

func (g garbled) Wait(context.Context, string, []byte, WaitOptions) (*Response, error) {
	return g.answer()
}

func (g garbled) List(context.Context, string, []byte) (Pager, error) { return g, nil }

func (g garbled) Next(context.Context) (*Response, error) { return g.answer() }

func (g garbled) Cursor() string { return "" }

func (g garbled) Reads(string) bool { return g.reads }

func TestAnAnswerThatCannotBeReadSaysWhatWasDone(t *testing.T) {
	list := func(ctx context.Context, caller Caller) *Pages[*everything, *everything] {
		return List[*everything](ctx, caller, "o", nil, "items", func(*everything) []*everything { return nil })
	}
	for name, c := range map[string]struct {
		call    func(ctx context.Context, caller Caller) error
		reads   bool
		applied Applied
	}{
		"write": {func(ctx context.Context, caller Caller) error {
			_, err := Get[*everything](ctx, caller, "o", nil)
			return err
		}, false, AppliedYes},
		"read": {func(ctx context.Context, caller Caller) error {
			_, err := Get[*everything](ctx, caller, "o", nil)
			return err
		}, true, AppliedNo},
		"wait": {func(ctx context.Context, caller Caller) error {
			_, err := Wait[*everything](ctx, caller, "o", nil, nil)
			return err
		}, true, AppliedNo},
		"items": {func(ctx context.Context, caller Caller) (err error) {
			for _, err = range list(ctx, caller).All() {
			}
			return err
		}, true, AppliedNo},
		"pages": {func(ctx context.Context, caller Caller) (err error) {
			for _, err = range list(ctx, caller).Pages() {
			}
			return err
		}, true, AppliedNo},
	} {
		var e *Error
		err := c.call(t.Context(), garbled{c.reads})
		if !errors.As(err, &e) || e.Kind != KindDecode || e.Operation != "o" || e.MayHaveBeenApplied != c.applied {
			t.Errorf("%s: %+v", name, err)
		}
	}
}
