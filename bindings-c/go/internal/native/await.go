package native

// #include "shim.h"
import "C"

import (
	"bytes"
	"context"
	"net/http"
	"runtime/cgo"
	"time"
	"unsafe"

	"druva-sdk/druva/core"
)

// outcome is what a callback brings: one of them, or neither at the end of a list.
type outcome struct {
	response *C.druva_response
	fault    *C.druva_error
}

// druvaGoDone is called once for each call that was submitted, on a thread of the library: the channel has room, so
// it never waits.
//
//export druvaGoDone
func druvaGoDone(userdata C.uintptr_t, response *C.druva_response, fault *C.druva_error) {
	handle := cgo.Handle(userdata)
	done := handle.Value().(chan outcome)
	handle.Delete()
	done <- outcome{response, fault}
}

// await submits a call and waits for its end. When the context ends first, the call is cancelled, and its end, which
// is then near, is still waited for: it says whether the request may have been applied, and nothing is left behind.
func await(ctx context.Context, cancel *C.druva_cancel, submit func(userdata C.uintptr_t, fault **C.druva_error) C.druva_result) (*core.Response, error) {
	done := make(chan outcome, 1)
	handle := cgo.NewHandle(done)
	var fault *C.druva_error
	if submit(C.uintptr_t(handle), &fault) != C.DRUVA_OK {
		handle.Delete()
		return nil, raise(ctx, fault)
	}
	var end outcome
	select {
	case end = <-done:
	case <-ctx.Done():
		C.druva_cancel_trigger(cancel)
		end = <-done
	}
	if end.fault != nil {
		return nil, raise(ctx, end.fault)
	}
	if end.response == nil {
		return nil, nil
	}
	return take(end.response), nil
}

// take copies a response and frees it.
func take(handle *C.druva_response) *core.Response {
	defer C.druva_response_free(handle)
	read := C.shim_read(handle)
	response := &core.Response{
		Status:   int(read.status),
		Header:   http.Header{},
		Body:     bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(read.body)), read.length)),
		Attempts: int(read.attempts),
		Elapsed:  time.Duration(float64(read.elapsed) * float64(time.Second)),
	}
	var name, value *C.char
	for i := C.size_t(0); C.druva_response_header_at(handle, i, &name, &value); i++ {
		response.Header.Add(C.GoString(name), C.GoString(value))
	}
	return response
}

// raise makes Go's error of the library's and frees that.
func raise(ctx context.Context, fault *C.druva_error) error {
	defer C.druva_error_free(fault)
	return core.Raise(ctx, []byte(C.GoString(C.druva_error_to_json(fault))))
}
