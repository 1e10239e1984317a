// Package druvatest runs Druva on loopback for tests of programs, and moves a client's clock.
//
//	func TestReport(t *testing.T) {
//		emulator := druvatest.Start(t, druvatest.Options{Devices: 100})
//		client := emulator.Client(t, druva.Options{})
//		...
//	}
package druvatest

import (
	"cmp"
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
	// Customers is how many customers a provider has.
	Customers int `json:"customers,omitzero"`
	// PageSize is how many records an answer has at most.
	PageSize int `json:"page_size,omitzero"`
	// TokenTTL is how many seconds a token lives.
	TokenTTL int `json:"token_ttl,omitzero"`
	// ClientID and ClientSecret are the credential that it accepts.
	ClientID     string `json:"client_id,omitzero"`
	ClientSecret string `json:"client_secret,omitzero"`
	// APIKey is the key that it accepts as cloudranger.
	APIKey string `json:"api_key,omitzero"`
	// Cloud is the one that it plays: "public" without it.
	Cloud string `json:"cloud,omitzero"`
	// ExpiredStatus is the answer to an expired, revoked or missing token: 401 or 403.
	ExpiredStatus int `json:"expired_status,omitzero"`
}

// Emulator is Druva on a loopback port of its own.
type Emulator struct {
	running *emulator.Emulator
	cloud   string
}

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
	return &Emulator{e, cmp.Or(options.Cloud, "public")}
}

// URL is where it listens.
func (e *Emulator) URL() string { return e.running.URL }

// String says what it is, without the secret that it accepts.
func (e *Emulator) String() string { return "an emulator at " + e.URL() }

// Credentials returns options with which a client reaches the emulator: its address, its cloud, and what that takes as a
// credential.
func (e *Emulator) Credentials() druva.Options { return e.fill(druva.Options{}) }

// fill completes address, cloud and credential.
func (e *Emulator) fill(options druva.Options) druva.Options {
	options.BaseURL = cmp.Or(options.BaseURL, e.running.URL)
	options.Cloud = cmp.Or(options.Cloud, e.cloud)
	if options.Cloud == "cloudranger" {
		if options.APIKey.IsZero() {
			options.APIKey = druva.NewSecret(e.running.APIKey)
		}
		return options
	}
	options.ClientID = cmp.Or(options.ClientID, e.running.ClientID)
	if options.ClientSecret.IsZero() {
		options.ClientSecret = druva.NewSecret(e.running.ClientSecret)
	}
	return options
}

// Client returns a client of the emulator that ends with the test. What options leaves out of address, cloud and
// credential is filled in.
func (e *Emulator) Client(t testing.TB, options druva.Options) *druva.Client {
	t.Helper()
	options = e.fill(options)
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
