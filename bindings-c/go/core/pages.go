package core

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
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
	ctx   context.Context
	pager Pager
	err   error
	read  func(*Response) (P, error)
	items func(P) []T
}

// List begins a list whose pages are read as P; items takes the items out of one.
func List[P, T any](ctx context.Context, caller Caller, operation string, arguments any, items func(P) []T) *Pages[P, T] {
	p := &Pages[P, T]{ctx: ctx, items: items}
	p.read = func(r *Response) (P, error) { return read[P](operation, r) }
	p.begin(caller, operation, arguments)
	return p
}

// ListRaw begins a list whose pages are taken as they come; path is the dotted path of their items.
func ListRaw(ctx context.Context, caller Caller, operation string, arguments any, path string) *Pages[*Response, json.RawMessage] {
	p := &Pages[*Response, json.RawMessage]{ctx: ctx}
	p.read = func(r *Response) (*Response, error) {
		if _, err := itemsAt(r.Body, path); err != nil {
			return nil, undecodable(operation, r, err)
		}
		return r, nil
	}
	p.items = func(r *Response) []json.RawMessage {
		// Checked when the page was read.
		items, _ := itemsAt(r.Body, path)
		return items
	}
	p.begin(caller, operation, arguments)
	return p
}

func itemsAt(body []byte, path string) (items []json.RawMessage, err error) {
	for name := range strings.SplitSeq(path, ".") {
		var members map[string]json.RawMessage
		if err = Decode(body, &members); err != nil {
			return nil, err
		}
		body = members[name]
	}
	err = Decode(body, &items)
	return items, err
}

func (p *Pages[P, T]) begin(caller Caller, operation string, arguments any) {
	var text []byte
	if text, p.err = encode(operation, arguments); p.err == nil {
		p.pager, p.err = caller.List(p.ctx, operation, text)
	}
}

// All returns the items of all pages. An error ends them; it comes with a zero item.
func (p *Pages[P, T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range p.Pages() {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.items(page) {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// Pages returns the pages. An error ends them; it comes with a zero page.
func (p *Pages[P, T]) Pages() iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for {
			page, more, err := p.next()
			if !more || !yield(page, err) || err != nil {
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

func (p *Pages[P, T]) next() (page P, more bool, err error) {
	if p.err != nil {
		return page, true, p.err
	}
	response, err := p.pager.Next(p.ctx)
	if err == nil && response == nil {
		return page, false, nil
	}
	if err == nil {
		page, err = p.read(response)
	}
	p.err = err
	return page, true, err
}
