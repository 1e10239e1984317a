// Package native is the only one that knows the C library.
//
// Calls that meet others are submitted and end in a callback, so a goroutine that waits occupies no thread. What the
// library gives are handles: numbers, never given out twice, so that one that was freed is refused rather than followed.
package native

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"encoding/json"
	"runtime"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"druva-sdk/druva/core"
)

// Client is the library's client; it is a [core.Caller].
type Client struct {
	handle  *C.druva_client
	closed  atomic.Bool
	free    func()
	cleanup runtime.Cleanup
}

// New makes a client from a JSON object of options.
func New(options []byte) (*Client, error) {
	text := C.CString(string(options))
	defer C.free(unsafe.Pointer(text))
	var handle *C.druva_client
	var fault *C.druva_error
	if C.druva_client_new_json(text, &handle, &fault) != C.DRUVA_OK {
		return nil, raise(context.Background(), fault)
	}
	return own(handle), nil
}

// Provider gives the credential: id and secret, or with an empty id the API key of CloudRanger.
type Provider func() (id, secret string, err error)

// NewProvided makes a client whose credential comes from a provider.
func NewProvided(options []byte, provider Provider) (*Client, error) {
	text := C.CString(string(options))
	defer C.free(unsafe.Pointer(text))
	var handle *C.druva_client
	var fault *C.druva_error
	if C.shim_client_new_provided(text, C.uintptr_t(cgo.NewHandle(provider)), &handle, &fault) != C.DRUVA_OK {
		return nil, raise(context.Background(), fault)
	}
	return own(handle), nil
}

// druvaGoProvide is called on a thread of the library, which may wait.
//
//export druvaGoProvide
func druvaGoProvide(userdata C.uintptr_t, credential *C.druva_credential) {
	id, secret, err := cgo.Handle(userdata).Value().(Provider)()
	if err != nil {
		words := C.CString(err.Error())
		defer C.free(unsafe.Pointer(words))
		C.druva_credential_fail(credential, words)
		return
	}
	var name *C.char
	if id != "" {
		name = C.CString(id)
		defer C.free(unsafe.Pointer(name))
	}
	own := C.CString(secret)
	defer C.free(unsafe.Pointer(own))
	C.druva_credential_set(credential, name, own)
}

//export druvaGoRelease
func druvaGoRelease(userdata C.uintptr_t) { cgo.Handle(userdata).Delete() }

// own takes a handle over; it is freed when the client is closed or forgotten.
func own(handle *C.druva_client) *Client {
	c := &Client{handle: handle, free: sync.OnceFunc(func() { C.druva_client_free(handle) })}
	c.cleanup = runtime.AddCleanup(c, func(free func()) { free() }, c.free)
	return c
}

// Customer makes a client of one customer of a managed-service provider.
func (c *Client) Customer(id string) (*Client, error) {
	if c.closed.Load() {
		return nil, core.Closed("")
	}
	text := C.CString(id)
	defer C.free(unsafe.Pointer(text))
	var handle *C.druva_client
	var fault *C.druva_error
	result := C.druva_client_customer(c.handle, text, &handle, &fault)
	runtime.KeepAlive(c)
	if result != C.DRUVA_OK {
		return nil, raise(context.Background(), fault)
	}
	return own(handle), nil
}

// Close frees the client. Calls under way go on to their end.
func (c *Client) Close() {
	c.closed.Store(true)
	c.cleanup.Stop()
	c.free()
}

// String says what the client is; the library leaves secrets out.
func (c *Client) String() string {
	defer runtime.KeepAlive(c)
	size := C.druva_client_describe(c.handle, nil, 0) + 1
	if size == 1 {
		return "a closed client"
	}
	// Zeroed: a client that is closed in between leaves it as it is.
	text := (*C.char)(C.calloc(size, 1))
	defer C.free(unsafe.Pointer(text))
	C.druva_client_describe(c.handle, text, size)
	return C.GoString(text)
}

// Call calls an operation.
func (c *Client) Call(ctx context.Context, operation string, arguments []byte) (*core.Response, error) {
	call, err := c.newCall(ctx, operation, arguments)
	if err != nil {
		return nil, err
	}
	defer call.free()
	alone := underWay.Add(1) == 1 && !submitted.Load()
	defer underWay.Add(-1)
	var response *core.Response
	if alone {
		response, err = c.block(ctx, call)
	} else {
		response, err = await(ctx, call.cancel, nil, func(userdata C.uintptr_t, fault **C.druva_error) C.druva_result {
			return C.shim_submit(c.handle, call.operation, call.arguments, call.timeout, call.cancel, userdata, fault)
		})
	}
	runtime.KeepAlive(c)
	return response, err
}

// How many calls are under way, and whether one was ever submitted: since then a thread of the library's drives them all.
var (
	underWay  atomic.Int64
	submitted atomic.Bool
)

// block makes a call that is the only one on the goroutine's own thread, for half of what it costs to hand it to the
// library's and back.
func (c *Client) block(ctx context.Context, call *call) (*core.Response, error) {
	if call.cancel != nil {
		// It may run late: the library knows a switch that was freed for what it is.
		defer context.AfterFunc(ctx, func() { C.druva_cancel_trigger(call.cancel) })()
	}
	var handle *C.druva_response
	var fault *C.druva_error
	if C.shim_call(c.handle, call.operation, call.arguments, call.timeout, call.cancel, &handle, &fault) != C.DRUVA_OK {
		return nil, raise(ctx, fault)
	}
	return take(handle), nil
}

// Wait calls an operation until the work that it reports on is over.
func (c *Client) Wait(ctx context.Context, operation string, arguments []byte, options core.WaitOptions) (*core.Response, error) {
	call, err := c.newCall(ctx, operation, arguments)
	if err != nil {
		return nil, err
	}
	defer call.free()
	if options.Timeout != 0 {
		call.timeout = C.double(options.Timeout.Seconds())
	}
	interval := C.double(options.Interval.Seconds())
	response, err := await(ctx, call.cancel, options.Progress, func(userdata C.uintptr_t, fault **C.druva_error) C.druva_result {
		return C.shim_submit_wait(c.handle, call.operation, call.arguments, interval, call.timeout, call.cancel, userdata, fault)
	})
	runtime.KeepAlive(c)
	return response, err
}

// List begins a list.
func (c *Client) List(ctx context.Context, operation string, arguments []byte) (core.Pager, error) {
	call, err := c.newCall(ctx, operation, arguments)
	if err != nil {
		return nil, err
	}
	var handle *C.druva_pages
	var fault *C.druva_error
	result := C.shim_pages_new(c.handle, call.operation, call.arguments, call.timeout, call.cancel, &handle, &fault)
	runtime.KeepAlive(c)
	cancel := call.cancel
	call.cancel = nil
	call.free()
	if result != C.DRUVA_OK {
		C.druva_cancel_free(cancel)
		return nil, raise(ctx, fault)
	}
	p := &pager{operation, handle, cancel}
	runtime.AddCleanup(p, func(free func()) { free() }, func() {
		C.druva_pages_free(handle)
		C.druva_cancel_free(cancel)
	})
	return p, nil
}

type pager struct {
	operation string
	handle    *C.druva_pages
	cancel    *C.druva_cancel
}

func (p *pager) Next(ctx context.Context) (*core.Response, error) {
	if err := core.Ended(ctx, p.operation); err != nil {
		return nil, err
	}
	response, err := await(ctx, p.cancel, nil, func(userdata C.uintptr_t, fault **C.druva_error) C.druva_result {
		return C.shim_submit_next(p.handle, userdata, fault)
	})
	runtime.KeepAlive(p)
	return response, err
}

func (p *pager) Cursor() string {
	defer runtime.KeepAlive(p)
	return C.GoString(C.druva_pages_cursor(p.handle))
}

// Operations are all operations as the text of a JSON array.
func Operations() []byte { return []byte(C.GoString(C.druva_operations_json())) }

// reads has the operations that change nothing.
var reads = sync.OnceValue(func() map[string]bool {
	var all []struct{ ID, Retry string }
	if err := json.Unmarshal(Operations(), &all); err != nil {
		panic("druva: the library's operations: " + err.Error())
	}
	reads := map[string]bool{}
	for _, operation := range all {
		reads[operation.ID] = operation.Retry == "safe"
	}
	return reads
})

// Reads says whether an operation changes nothing.
func (c *Client) Reads(operation string) bool { return reads()[operation] }

// call is what C wants to know about a call.
type call struct {
	operation, arguments *C.char
	timeout              C.double
	cancel               *C.druva_cancel
}

// newCall prepares a call under a context. A deadline of the context takes the place of the client's own.
func (c *Client) newCall(ctx context.Context, operation string, arguments []byte) (*call, error) {
	if err := core.Ended(ctx, operation); err != nil {
		return nil, err
	}
	// The library would refuse it too, in words about handles.
	if c.closed.Load() {
		return nil, core.Closed(operation)
	}
	prepared := &call{operation: C.CString(operation)}
	if arguments != nil {
		prepared.arguments = C.CString(string(arguments))
	}
	if deadline, ok := ctx.Deadline(); ok {
		// Just expired is not 0, which would mean the client's own deadline.
		prepared.timeout = C.double(max(time.Until(deadline), time.Nanosecond).Seconds())
	}
	if ctx.Done() == nil {
		return prepared, nil
	}
	var fault *C.druva_error
	if C.druva_cancel_new(&prepared.cancel, &fault) != C.DRUVA_OK {
		prepared.free()
		return nil, raise(ctx, fault)
	}
	return prepared, nil
}

func (c *call) free() {
	C.free(unsafe.Pointer(c.operation))
	C.free(unsafe.Pointer(c.arguments))
	if c.cancel != nil {
		C.druva_cancel_free(c.cancel)
	}
}

// Handle is the library's handle, for package emulator.
func (c *Client) Handle() unsafe.Pointer { return unsafe.Pointer(c.handle) }

// Of finds the native client of a druva.Client; package druva sets it, for package druvatest.
var Of func(client any) *Client
