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
	// The cursor that the last page was fetched with, and whether a loop over items has not come to that page's last one.
	before  string
	midPage bool
	// The dotted path of the items in a page.
	path  string
	read  func(*Response) (P, error)
	items func(P) []T
}

// List begins a list whose pages are read as P; path is the dotted path of their items, and items takes them out of one.
func List[P, T any](ctx context.Context, caller Caller, operation string, arguments any, path string, items func(P) []T) *Pages[P, T] {
	p := &Pages[P, T]{ctx: ctx, operation: operation, path: path, items: items}
	p.read = read[P]
	p.begin(caller, arguments)
	return p
}

// ListRaw begins a list whose pages are taken as they come.
func ListRaw(ctx context.Context, caller Caller, operation string, arguments any, path string) *Pages[*Response, json.RawMessage] {
	p := &Pages[*Response, json.RawMessage]{ctx: ctx, operation: operation, path: path}
	p.read = func(r *Response) (*Response, error) { return r, nil }
	p.items = func(r *Response) (items []json.RawMessage) {
		// The library has seen that it is a page.
		_ = decodeEach(r.Body, path, func(item json.RawMessage, _ bool) bool {
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
				p.err = p.each(response, func(item T, last bool) bool {
					p.midPage = !last
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

func (p *Pages[P, T]) each(response *Response, yield func(item T, last bool) bool) error {
	return p.unreadable(response, decodeEach(response.Body, p.path, yield))
}

func (p *Pages[P, T]) unreadable(response *Response, err error) error {
	if err == nil {
		return nil
	}
	return undecodable(p.operation, response, AppliedNo, err)
}

// Pages returns the pages. An error ends them; it comes with a zero page.
func (p *Pages[P, T]) Pages() iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for response, err := range p.answers() {
			var page P
			if err == nil {
				page, err = p.read(response)
				err = p.unreadable(response, err)
				p.err = err
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
				p.before, p.midPage = p.pager.Cursor(), false
				response, p.err = p.pager.Next(p.ctx)
			}
			if p.err == nil && response == nil || !yield(response, p.err) || p.err != nil {
				return
			}
		}
	}
}

// Cursor is where to go on later, by passing it as the operation's own argument: of an event feed, the tracker worth
// keeping. It is the last non-empty cursor that an answer brought, else the one that the list began with, or "". While a
// loop over All has items of a page left, it is the one that this page was fetched with: a program that keeps it after each
// item may get items twice, but never misses one.
func (p *Pages[P, T]) Cursor() string {
	switch {
	case p.pager == nil:
		return ""
	case p.midPage:
		return p.before
	}
	return p.pager.Cursor()
}

// Items returns the items of a page.
func (p *Pages[P, T]) Items(page P) []T { return p.items(page) }
