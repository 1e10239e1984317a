package native

// #include "shim.h"
import "C"

import (
	"bytes"
	"context"
	"net/http"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"

	"druva-sdk/druva/core"
)

// outcome is what a callback brings: one of them, or neither at the end of a list.
type outcome struct {
	response *C.druva_response
	fault    *C.druva_error
}

// flight is what the callbacks of a submitted call leave for the goroutine that waits for it.
type flight struct {
	done chan outcome
	// What a wait was told, and that there is more of it. A thread of the library must never wait for a goroutine.
	news   chan struct{}
	lock   sync.Mutex
	states []string
}

// druvaGoDone is called once for each call that was submitted, on a thread of the library: the channel has room, so
// it never waits.
//
//export druvaGoDone
func druvaGoDone(userdata C.uintptr_t, response *C.druva_response, fault *C.druva_error) {
	handle := cgo.Handle(userdata)
	call := handle.Value().(*flight)
	handle.Delete()
	call.done <- outcome{response, fault}
}

// druvaGoProgress is called with each state that a wait sees, always before druvaGoDone.
//
//export druvaGoProgress
func druvaGoProgress(userdata C.uintptr_t, state *C.char) {
	call := cgo.Handle(userdata).Value().(*flight)
	call.lock.Lock()
	call.states = append(call.states, C.GoString(state))
	call.lock.Unlock()
	select {
	case call.news <- struct{}{}:
	default: // The goroutine has not looked at the last news yet.
	}
}

// tell passes on the states that came since the last time.
func (f *flight) tell(progress func(state string)) {
	f.lock.Lock()
	states := f.states
	f.states = nil
	f.lock.Unlock()
	for _, state := range states {
		if progress != nil {
			progress(state)
		}
	}
}

// await submits a call and waits for its end. When the context ends first, the call is cancelled, and its end, which
// is then near, is still waited for: it says whether the request may have been applied, and nothing is left behind.
// What a wait is told goes to progress, on this goroutine; nil is not told.
func await(ctx context.Context, cancel *C.druva_cancel, progress func(state string), submit func(userdata C.uintptr_t, fault **C.druva_error) C.druva_result) (*core.Response, error) {
	call := &flight{done: make(chan outcome, 1), news: make(chan struct{}, 1)}
	handle := cgo.NewHandle(call)
	submitted.Store(true)
	var fault *C.druva_error
	if submit(C.uintptr_t(handle), &fault) != C.DRUVA_OK {
		handle.Delete()
		return nil, raise(ctx, fault)
	}
	end := call.end(ctx.Done(), cancel, progress)
	if end.fault != nil {
		return nil, raise(ctx, end.fault)
	}
	if end.response == nil {
		return nil, nil
	}
	return take(end.response), nil
}

// end waits for the end of the call.
func (f *flight) end(over <-chan struct{}, cancel *C.druva_cancel, progress func(state string)) outcome {
	for {
		select {
		case end := <-f.done:
			f.tell(progress)
			return end
		case <-f.news:
			f.tell(progress)
		case <-over:
			C.druva_cancel_trigger(cancel)
			over = nil
		}
	}
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
