// Package druvatest runs Druva on loopback for tests of programs, and moves a client's clock.
//
//	func TestReport(t *testing.T) {
//		emulator := druvatest.Start(t, druvatest.Options{Devices: 100})
//		client := emulator.Client(t, druva.Options{})
//		...
//	}
package druvatest

import (
	"encoding/json"
	"testing"
	"time"

	"druva-sdk/druva"
	"druva-sdk/druva/internal/emulator"
	"druva-sdk/druva/internal/native"
)

// Options says what the emulated Druva has. Zero values are the emulator's defaults.
type Options struct {
	// Port to listen on; 0 is any that is free.
	Port int `json:"port,omitzero"`
	// Seed of the data: the same seed gives the same data.
	Seed int64 `json:"seed,omitzero"`
	// Devices is how many devices there are.
	Devices int `json:"devices,omitzero"`
	// Users is how many users there are.
	Users int `json:"users,omitzero"`
	// PageSize is how many records an answer has at most.
	PageSize int `json:"page_size,omitzero"`
	// TokenTTL is how many seconds a token lives.
	TokenTTL int `json:"token_ttl,omitzero"`
	// ClientID and ClientSecret are the credential that it accepts.
	ClientID     string `json:"client_id,omitzero"`
	ClientSecret string `json:"client_secret,omitzero"`
}

// Emulator is Druva on a loopback port of its own.
type Emulator struct{ running *emulator.Emulator }

// Start starts an emulator that ends with the test.
func Start(t testing.TB, options Options) *Emulator {
	t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatalf("druvatest: %v", err)
	}
	e, err := emulator.Start(text)
	if err != nil {
		t.Fatalf("druvatest: %v", err)
	}
	t.Cleanup(e.Stop)
	return &Emulator{e}
}

// URL is where it listens.
func (e *Emulator) URL() string { return e.running.URL }

// String says what it is, without the secret that it accepts.
func (e *Emulator) String() string { return "an emulator at " + e.URL() }

// Credentials returns options with which a client reaches the emulator.
func (e *Emulator) Credentials() druva.Options {
	return druva.Options{BaseURL: e.running.URL, ClientID: e.running.ClientID, ClientSecret: druva.NewSecret(e.running.ClientSecret)}
}

// Client returns a client of the emulator that ends with the test. What options leaves out of address and credential is
// filled in.
func (e *Emulator) Client(t testing.TB, options druva.Options) *druva.Client {
	t.Helper()
	own := e.Credentials()
	if options.BaseURL == "" {
		options.BaseURL = own.BaseURL
	}
	if options.ClientID == "" {
		options.ClientID = own.ClientID
	}
	if options.ClientSecret.IsZero() {
		options.ClientSecret = own.ClientSecret
	}
	client, err := druva.NewClient(options)
	if err != nil {
		t.Fatalf("druvatest: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// Control gives the emulator a command, such as {"do": "fault", "operation": "insync.devices.list", "status": 503} or
// {"do": "log"}, and returns its answer.
func (e *Emulator) Control(command map[string]any) (map[string]any, error) {
	text, err := json.Marshal(command)
	if err != nil {
		return nil, err
	}
	if text, err = e.running.Control(text); err != nil {
		return nil, err
	}
	var answer map[string]any
	err = json.Unmarshal(text, &answer)
	return answer, err
}

// AdvanceClock moves the client's idea of time forward: tests of token expiry need no sleep.
func AdvanceClock(client *druva.Client, by time.Duration) error {
	return emulator.AdvanceClock(native.Of(client), by)
}
