// Package druva calls Druva's REST APIs.
//
//	client, err := druva.NewClient(druva.Options{})
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	for device, err := range client.Insync.Devices.List(ctx, nil).All() {
//		if err != nil {
//			return err
//		}
//		fmt.Println(device.DeviceID, device.DeviceName)
//	}
//
// The client gets tokens and keeps them fresh, sends each call to the right host, repeats only what may be repeated, and
// pages. Options, or the environment (DRUVA_CLIENT_ID, DRUVA_CLIENT_SECRET, DRUVA_CLOUD, ...), or a profile configure it.
//
// A call ends with its context. A deadline of the context takes the place of the client's own Timeout, and holds for all
// pages of a list together. Of several goroutines that wait at most one occupies a thread.
//
// A field of an answer that Druva left out, or filled with something unreadable, is missing ([Opt]) and no error; the
// object as it came is in its Raw field.
package druva

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"druva-sdk/druva/core"
	"druva-sdk/druva/internal/native"
)

// Client calls Druva: client.<Product>.<Resource>.<Verb>. Any number of goroutines may share one; tokens and connections
// are shared with it.
type Client struct {
	Products
	native *native.Client
}

// Credential is what a CredentialProvider gives: id and secret of an API credential, or the API key of CloudRanger.
type Credential struct {
	ClientID     string
	ClientSecret Secret
	APIKey       Secret
}

// NewClient makes a client. Nothing is sent before the first call. Its error is a [*ConfigError].
func NewClient(options Options) (*Client, error) {
	settings, err := json.Marshal(options.settings())
	if err != nil {
		return nil, err
	}
	var c *native.Client
	if provider := options.CredentialProvider; provider == nil {
		c, err = native.New(settings)
	} else {
		c, err = native.NewProvided(settings, func() (id, secret string, err error) {
			given, err := provider(context.Background())
			if given.APIKey.IsZero() {
				return given.ClientID, given.ClientSecret.Reveal(), err
			}
			return "", given.APIKey.Reveal(), err
		})
	}
	if err != nil {
		return nil, err
	}
	return &Client{newProducts(c), c}, nil
}

// Call calls any operation by its id ("insync.devices.get") with arguments by their names in Druva's documents
// ({"deviceID": 12}): a map, a struct with json tags, or nil for none.
func (c *Client) Call(ctx context.Context, operation string, arguments any) (*Response, error) {
	return core.Send(ctx, c.native, operation, arguments)
}

// Pages begins a list of any operation that has pages; the rest is as in [Client.Call].
func (c *Client) Pages(ctx context.Context, operation string, arguments any) *Pages[*Response, json.RawMessage] {
	return core.ListRaw(ctx, c.native, operation, arguments, itemsOf(operation))
}

// Wait waits for the work that an operation reports on ("insync.restores.get") to end and returns the last answer. The work
// may have ended in any way, including failure: look at the state in the answer. A state that Druva does not document does
// not count as an end. Options may be nil; the rest is as in [Client.Call]. An operation that reports on no work gives an
// [*ArgumentError].
func (c *Client) Wait(ctx context.Context, operation string, arguments any, options *WaitOptions) (*Response, error) {
	return core.Await(ctx, c.native, operation, arguments, options)
}

// Close frees the client's connections and tokens. Calls under way go on to their end, later ones fail. A client that is
// forgotten is closed by the garbage collector.
func (c *Client) Close() { c.native.Close() }

// String says what the client is, without secrets.
func (c *Client) String() string { return c.native.String() }

// GoString is String: %#v shows no more.
func (c *Client) GoString() string { return c.String() }

func init() {
	native.Of = func(client any) *native.Client { return client.(*Client).native }
}

// settings returns what is set, by the names that every language knows.
func (o Options) settings() map[string]any {
	settings := map[string]any{}
	fields := reflect.ValueOf(o)
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Tag.Get("option")
		switch value := fields.Field(i).Interface().(type) {
		case func(context.Context) (Credential, error):
			// NewClient's own.
		case Secret:
			if !value.IsZero() {
				settings[name] = value.Reveal()
			}
		case time.Duration:
			if value != 0 {
				settings[name] = value.Seconds()
			}
		default:
			if !fields.Field(i).IsZero() {
				settings[name] = value
			}
		}
	}
	return settings
}
