// Package emulator knows the part of the C library that is for tests. It stands apart so that a linker can leave it out.
package emulator

// #include <stdlib.h>
// #include <druva.h>
import "C"

import (
	"context"
	"errors"
	"time"
	"unsafe"

	"druva-sdk/druva/core"
	"druva-sdk/druva/internal/native"
)

// Emulator is a running emulator.
type Emulator struct {
	handle *C.druva_testing_emulator
	// URL is where it listens; the others are what it accepts: the key on the cloud cloudranger, else id and secret.
	URL, ClientID, ClientSecret, APIKey string
}

// Start starts an emulator with a JSON object of options.
func Start(options []byte) (*Emulator, error) {
	text := C.CString(string(options))
	defer C.free(unsafe.Pointer(text))
	e := &Emulator{}
	var fault *C.druva_error
	if C.druva_testing_emulator_start(text, &e.handle, &fault) != C.DRUVA_OK {
		return nil, raise(fault)
	}
	e.URL = C.GoString(C.druva_testing_emulator_url(e.handle))
	e.ClientID = C.GoString(C.druva_testing_emulator_client_id(e.handle))
	e.ClientSecret = C.GoString(C.druva_testing_emulator_client_secret(e.handle))
	e.APIKey = C.GoString(C.druva_testing_emulator_api_key(e.handle))
	return e, nil
}

// Control gives the emulator a command and returns its answer, both JSON.
func (e *Emulator) Control(command []byte) ([]byte, error) {
	text := C.CString(string(command))
	defer C.free(unsafe.Pointer(text))
	var answer *C.druva_document
	var fault *C.druva_error
	if C.druva_testing_emulator_control(e.handle, text, &answer, &fault) != C.DRUVA_OK {
		return nil, raise(fault)
	}
	defer C.druva_document_free(answer)
	return []byte(C.GoString(C.druva_document_text(answer))), nil
}

// Stop ends the emulator.
func (e *Emulator) Stop() { C.druva_testing_emulator_free(e.handle) }

// AdvanceClock moves a client's idea of time forward.
func AdvanceClock(client *native.Client, by time.Duration) error {
	if C.druva_testing_advance_clock((*C.druva_client)(client.Handle()), C.double(by.Seconds())) != C.DRUVA_OK {
		return errors.New("druva: the clock cannot be moved: a closed client, or a negative time")
	}
	return nil
}

// LiveHandles is the number of the library's handles that nobody has freed.
func LiveHandles() int { return int(C.druva_testing_live_handles()) }

func raise(fault *C.druva_error) error {
	defer C.druva_error_free(fault)
	return core.Raise(context.Background(), []byte(C.GoString(C.druva_error_to_json(fault))))
}
