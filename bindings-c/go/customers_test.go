package druva_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"druva-sdk/druva"
	"druva-sdk/druva/druvatest"
	"druva-sdk/druva/internal/emulator"
	"druva-sdk/druva/msp"
)

// requests is how often an operation was called since the log was cleared.
func requests(t *testing.T, e *druvatest.Emulator, operation string) (count int) {
	t.Helper()
	for _, request := range control(t, e, map[string]any{"do": "log"})["requests"].([]any) {
		if request.(map[string]any)["operation"] == operation {
			count++
		}
	}
	return count
}

func customers(t *testing.T, client *druva.Client) (all []*msp.Customer) {
	t.Helper()
	for customer, err := range client.MSP.Customers.List(t.Context(), nil).All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, customer)
	}
	return all
}

func listDevices(ctx context.Context, client *druva.Client) error {
	_, err := client.Call(ctx, "insync.devices.list", nil)
	return err
}

func TestACustomersClientHasATokenOfItsOwn(t *testing.T) {
	e, provider := start(t, druvatest.Options{Devices: 3})
	id := customers(t, provider)[0].ID.Value
	one, err := provider.Customer(id)
	other, otherErr := provider.Customer(id)
	if err != nil || otherErr != nil {
		t.Fatal(err, otherErr)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(verb, one); !strings.Contains(text, id) || strings.Contains(text, e.Credentials().ClientSecret.Reveal()) {
			t.Error(text)
		}
	}
	if strings.Contains(provider.String(), id) {
		t.Error(provider)
	}
	for _, client := range []*druva.Client{one, other} {
		if err := listDevices(t.Context(), client); err != nil {
			t.Fatal(err)
		}
	}
	if minted := requests(t, e, "msp.customers.create_token"); minted != 1 {
		t.Error("tokens of the customer:", minted)
	}
	// Neither needs the other to stay open.
	other.Close()
	provider.Close()
	if err := listDevices(t.Context(), one); err != nil {
		t.Error(err)
	}
	var argument *druva.ArgumentError
	if _, err := provider.Customer(id); !errors.As(err, &argument) || !strings.Contains(err.Error(), "closed") {
		t.Errorf("%T %v", err, err)
	}
}

func TestWhoHasNoCustomers(t *testing.T) {
	e, provider := start(t, druvatest.Options{Devices: 3})
	var argument *druva.ArgumentError
	if _, err := provider.Customer(""); !errors.As(err, &argument) {
		t.Errorf("%T %v", err, err)
	}
	customer, err := provider.Customer("some")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := customer.Customer("another"); !errors.As(err, &argument) {
		t.Errorf("%T %v", err, err)
	}
	if _, err := druva.ForEachCustomer(t.Context(), customer, 2, neverCalled(t)); !errors.As(err, &argument) {
		t.Errorf("%T %v", err, err)
	}
	control(t, e, map[string]any{"do": "fault", "operation": "msp.customers.list", "status": 403, "count": nil})
	var denied *druva.PermissionDeniedError
	if _, err := druva.ForEachCustomer(t.Context(), provider, 2, neverCalled(t)); !errors.As(err, &denied) {
		t.Errorf("%T %v", err, err)
	}
}

func neverCalled(t *testing.T) func(context.Context, *druva.Client, msp.Customer) (int, error) {
	return func(context.Context, *druva.Client, msp.Customer) (int, error) {
		t.Error("work was begun")
		return 0, nil
	}
}

func TestWorkForEveryCustomer(t *testing.T) {
	e, provider := start(t, druvatest.Options{Devices: 3})
	all := customers(t, provider)
	if len(all) < 3 {
		t.Fatal("too few customers to tell:", len(all))
	}
	bad := errors.New("a planted failure")
	var running, most atomic.Int64
	outcomes, err := druva.ForEachCustomer(t.Context(), provider, 2, func(ctx context.Context, client *druva.Client, customer msp.Customer) (string, error) {
		defer running.Add(-1)
		for now := running.Add(1); now > most.Load(); {
			most.Store(now)
		}
		if customer.ID == all[1].ID {
			return "", bad
		}
		time.Sleep(5 * time.Millisecond)
		return client.String(), listDevices(ctx, client)
	})
	if err != nil || len(outcomes) != len(all) {
		t.Fatal(len(outcomes), err)
	}
	for at, outcome := range outcomes {
		if outcome.Customer.ID != all[at].ID {
			t.Errorf("at %d: %v, not %v", at, outcome.Customer.ID, all[at].ID)
		}
		if at == 1 {
			if !errors.Is(outcome.Err, bad) {
				t.Error(outcome.Err)
			}
		} else if outcome.Err != nil || !strings.Contains(outcome.Value, all[at].ID.Value) {
			t.Errorf("%s: %v", outcome.Value, outcome.Err)
		}
	}
	if most.Load() != 2 {
		t.Error("at the same time:", most.Load())
	}
	if minted := requests(t, e, "msp.customers.create_token"); minted != len(all)-1 {
		t.Error("tokens of customers:", minted)
	}
}

func TestAContextEndsTheWorkForCustomers(t *testing.T) {
	e, provider := start(t, druvatest.Options{Devices: 3})
	control(t, e, map[string]any{"do": "fault", "operation": "insync.devices.list", "delay": 30.0, "status": 200, "body": map[string]any{}, "count": nil})
	reason := errors.New("the program ends")
	ctx, cancel := context.WithCancelCause(t.Context())
	var begun atomic.Int64
	outcomes, err := druva.ForEachCustomer(ctx, provider, 1, func(ctx context.Context, client *druva.Client, _ msp.Customer) (int, error) {
		begun.Add(1)
		time.AfterFunc(20*time.Millisecond, func() { cancel(reason) })
		return 7, listDevices(ctx, client)
	})
	if err != nil || begun.Load() != 1 || len(outcomes) < 2 {
		t.Fatal(len(outcomes), begun.Load(), err)
	}
	for _, outcome := range outcomes {
		var cancelled *druva.CancelledError
		if !errors.As(outcome.Err, &cancelled) || !errors.Is(outcome.Err, reason) {
			t.Errorf("%v: %T %v", outcome.Customer.ID, outcome.Err, outcome.Err)
		}
	}
	if outcomes[0].Value != 7 || outcomes[1].Value != 0 {
		t.Error(outcomes[0].Value, outcomes[1].Value)
	}
	if _, err := druva.ForEachCustomer(ctx, provider, 1, neverCalled(t)); !errors.Is(err, reason) {
		t.Errorf("%T %v", err, err)
	}
}

func TestForgottenCustomersAreFreed(t *testing.T) {
	_, provider := start(t, druvatest.Options{Devices: 3})
	before := emulator.LiveHandles()
	if _, err := druva.ForEachCustomer(t.Context(), provider, 0, func(ctx context.Context, client *druva.Client, _ msp.Customer) (int, error) {
		return 0, listDevices(ctx, client)
	}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if runtime.GC(); emulator.LiveHandles() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("handles: %d before, %d after", before, emulator.LiveHandles())
}

func TestAKeyForCloudRanger(t *testing.T) {
	e := druvatest.Start(t, druvatest.Options{Cloud: "cloudranger", APIKey: "the+very/key="})
	options := e.Credentials()
	if options.Cloud != "cloudranger" || options.APIKey.Reveal() != "the+very/key=" || options.ClientID != "" {
		t.Errorf("%+v %q", options, options.APIKey.Reveal())
	}
	client := e.Client(t, druva.Options{})
	if text := fmt.Sprintf("%+v %#v %+v", options, options, client); strings.Contains(text, "very") {
		t.Error(text)
	}
	var argument *druva.ArgumentError
	if err := listDevices(t.Context(), client); !errors.As(err, &argument) || !strings.Contains(err.Error(), "cloudranger") {
		t.Errorf("%T %v", err, err)
	}
}

func TestOperationsAreDescribed(t *testing.T) {
	byID := map[string]druva.Operation{}
	for _, operation := range druva.Operations() {
		byID[operation.ID] = operation
		if operation.Summary == "" || len(operation.Clouds) == 0 || len(operation.Documents) == 0 || operation.Path == "" {
			t.Errorf("%+v", operation)
		}
	}
	list, get := byID["insync.devices.list"], byID["insync.devices.get"]
	if list.Paging != "token" || list.Cursor != "pageToken" || list.Items != "devices" || list.Product != "insync" || list.Retry != "safe" {
		t.Errorf("%+v", list)
	}
	if want := (druva.Param{Name: "deviceID", Wire: "deviceID", Place: "path", Type: "integer", Required: true}); get.Paging != "" || get.Params[0] != want {
		t.Errorf("%+v", get)
	}
	if byID["insync.restores.get"].State == "" || byID["insync.events.list"].Paging != "tracker" {
		t.Errorf("%+v %+v", byID["insync.restores.get"], byID["insync.events.list"])
	}
}
