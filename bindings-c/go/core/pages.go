package core

import (
	"context"
	"encoding/json"
	"iter"
)

// Pages is a list that comes page by page: P is the answer that carries a page, T is an item. Nothing is sent before
// a loop asks for it.
//
//	for device, err := range client.Insync.Devices.List(ctx, nil).All() {
//		if err != nil {
//			return err
//		}
//		fmt.Println(device.DeviceName)
//	}
//
// There is one position: a loop that follows another one goes on with the next page. After an error the list is over
// and further loops give the same error. Use it from one goroutine at a time.
type Pages[P, T any] struct {
	ctx       context.Context
	operation string
	pager     Pager
	err       error
	// The dotted path of the items in a page.
	path  string
	read  func(*Response) (P, error)
	items func(P) []T
}

// List begins a list whose pages are read as P; path is the dotted path of their items, and items takes them out of one.
func List[P, T any](ctx context.Context, caller Caller, operation string, arguments any, path string, items func(P) []T) *Pages[P, T] {
	p := &Pages[P, T]{ctx: ctx, operation: operation, path: path, items: items}
	p.read = func(r *Response) (P, error) { return read[P](operation, r) }
	p.begin(caller, arguments)
	return p
}

// ListRaw begins a list whose pages are taken as they come.
func ListRaw(ctx context.Context, caller Caller, operation string, arguments any, path string) *Pages[*Response, json.RawMessage] {
	p := &Pages[*Response, json.RawMessage]{ctx: ctx, operation: operation, path: path}
	p.read = func(r *Response) (*Response, error) { return r, nil }
	p.items = func(r *Response) (items []json.RawMessage) {
		// The library has seen that it is a page.
		_ = decodeEach(r.Body, path, func(item json.RawMessage) bool {
			items = append(items, item)
			return true
		})
		return items
	}
	p.begin(caller, arguments)
	return p
}

func (p *Pages[P, T]) begin(caller Caller, arguments any) {
	var text []byte
	if text, p.err = encode(p.operation, arguments); p.err == nil {
		p.pager, p.err = caller.List(p.ctx, p.operation, text)
	}
}

// All returns the items of all pages. Each is made when it is its turn: of a page no more is held than its text. An error
// ends them; it comes with a zero item.
func (p *Pages[P, T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for response, err := range p.answers() {
			more := true
			if err == nil {
				p.err = p.each(response, func(item T) bool {
					more = yield(item, nil)
					return more
				})
				err = p.err
			}
			if err != nil {
				var none T
				yield(none, err)
			}
			if !more {
				return
			}
		}
	}
}

func (p *Pages[P, T]) each(response *Response, yield func(T) bool) error {
	if err := decodeEach(response.Body, p.path, yield); err != nil {
		return undecodable(p.operation, response, err)
	}
	return nil
}

// Pages returns the pages. An error ends them; it comes with a zero page.
func (p *Pages[P, T]) Pages() iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for response, err := range p.answers() {
			var page P
			if err == nil {
				page, p.err = p.read(response)
				err = p.err
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// answers returns the pages as they come.
func (p *Pages[P, T]) answers() iter.Seq2[*Response, error] {
	return func(yield func(*Response, error) bool) {
		for {
			var response *Response
			if p.err == nil {
				response, p.err = p.pager.Next(p.ctx)
			}
			if p.err == nil && response == nil || !yield(response, p.err) || p.err != nil {
				return
			}
		}
	}
}

// Cursor is the last non-empty cursor that an answer brought; "" before the first. Of an event feed it is the tracker
// worth keeping: pass it as the operation's own argument to go on from there.
func (p *Pages[P, T]) Cursor() string {
	if p.pager == nil {
		return ""
	}
	return p.pager.Cursor()
}

// Items returns the items of a page.
func (p *Pages[P, T]) Items(page P) []T { return p.items(page) }
