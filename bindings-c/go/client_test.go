package druva_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"druva-sdk/druva"
	"druva-sdk/druva/druvatest"
	"druva-sdk/druva/insync"
	"druva-sdk/druva/internal/emulator"
)

func start(t *testing.T, options druvatest.Options) (*druvatest.Emulator, *druva.Client) {
	t.Helper()
	e := druvatest.Start(t, options)
	return e, e.Client(t, druva.Options{Backoff: time.Millisecond})
}

func control(t *testing.T, e *druvatest.Emulator, command map[string]any) map[string]any {
	t.Helper()
	answer, err := e.Control(command)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestErrorsAreFoundByClass(t *testing.T) {
	e, client := start(t, druvatest.Options{Devices: 3})
	_, err := client.Insync.Devices.Get(t.Context(), 987654321)
	var notFound *druva.NotFoundError
	var api *druva.APIError
	var whole *druva.Error
	var limited *druva.RateLimitedError
	if !errors.As(err, &notFound) || !errors.As(err, &api) || !errors.As(err, &whole) || errors.As(err, &limited) {
		t.Fatalf("%T %v", err, err)
	}
	if whole.Status != 404 || whole.Operation != "insync.devices.get" || whole.Kind != druva.KindNotFound || notFound.Message != err.Error() {
		t.Errorf("%+v", whole)
	}
	control(t, e, map[string]any{"do": "fault", "operation": "insync.devices.list", "status": 429, "headers": map[string]any{"retry-after": "3600"}})
	for _, err = range client.Insync.Devices.List(t.Context(), nil).All() {
	}
	if !errors.As(err, &limited) || limited.RetryAfter.Value != time.Hour {
		t.Errorf("%T %v", err, err)
	}
	_, err = client.Call(t.Context(), "insync.devices.get", nil)
	if errors.As(err, &whole); whole.Kind != druva.KindArgument || whole.MayHaveBeenApplied != druva.AppliedNo {
		t.Errorf("%T %v", err, err)
	}
	var argument *druva.ArgumentError
	_, err = client.Insync.Users.Create(t.Context(), &insync.UsersCreateOptions{UserName: "Jo", EmailID: "jo@example.com"})
	if !errors.As(err, &argument) || !strings.Contains(err.Error(), "profileID") {
		t.Errorf("%T %v", err, err)
	}
	_, err = client.Call(t.Context(), "no.such.thing", func() {})
	if errors.As(err, &whole); whole.Kind != druva.KindArgument {
		t.Errorf("%T %v", err, err)
	}
	var config *druva.ConfigError
	if _, err = druva.NewClient(druva.Options{Cloud: "elsewhere"}); !errors.As(err, &config) {
		t.Errorf("%T %v", err, err)
	}
	control(t, e, map[string]any{"do": "fault", "operation": "insync.devices.get", "status": 200, "body": "no JSON"})
	var decode *druva.DecodeError
	if _, err = client.Insync.Devices.Get(t.Context(), 1); !errors.As(err, &decode) {
		t.Errorf("%T %v", err, err)
	}
}

func TestAContextEndsACall(t *testing.T) {
	e, client := start(t, druvatest.Options{Devices: 3})
	if _, err := client.Insync.Devices.Get(t.Context(), 1); err != nil && !strings.Contains(err.Error(), "404") {
		t.Log(err)
	}
	slow := map[string]any{"do": "fault", "operation": "insync.devices.list", "delay": 30.0, "status": 200, "body": map[string]any{}, "count": nil}
	control(t, e, slow)
	reason := errors.New("the program ends")
	for name, c := range map[string]struct {
		ctx  func() (context.Context, context.CancelFunc)
		want []error
		kind druva.Kind
	}{
		"cancelled": {func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(reason) })
			return ctx, func() { cancel(nil) }
		}, []error{context.Canceled, reason}, druva.KindCancelled},
		"deadline": {func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		}, []error{context.DeadlineExceeded}, druva.KindTimeout},
		"over before": {func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, cancel
		}, []error{context.Canceled}, druva.KindCancelled},
	} {
		for _, list := range []bool{false, true} {
			ctx, cancel := c.ctx()
			began := time.Now()
			var err error
			if list {
				for _, err = range client.Insync.Devices.List(ctx, nil).All() {
				}
			} else {
				_, err = client.Call(ctx, "insync.devices.list", nil)
			}
			cancel()
			var e *druva.Error
			if !errors.As(err, &e) || e.Kind != c.kind || e.Operation != "insync.devices.list" {
				t.Errorf("%s: %T %v", name, err, err)
			}
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("%s: %v is not %v", name, err, want)
				}
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s: took %v", name, took)
			}
		}
	}
	var timeout *druva.TimeoutError
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	control(t, e, map[string]any{"do": "fault", "operation": "token", "delay": 30.0, "count": nil})
	doctored := e.Client(t, druva.Options{})
	if _, err := doctored.Doctor(soon); !errors.As(err, &timeout) || strings.HasPrefix(err.Error(), ":") {
		t.Errorf("%T %v", err, err)
	}
	control(t, e, map[string]any{"do": "clear_faults"})
	control(t, e, slow)
	impatient := e.Client(t, druva.Options{Timeout: 50 * time.Millisecond})
	if _, err := impatient.Call(t.Context(), "insync.devices.list", nil); !errors.As(err, &timeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%T %v", err, err)
	}
}

func TestNothingSecretIsPrinted(t *testing.T) {
	e := druvatest.Start(t, druvatest.Options{ClientSecret: "the+very/secret="})
	options := e.Credentials()
	options.Proxy = druva.NewSecret("http://user:password@127.0.0.1:1")
	type program struct{ options druva.Options }
	things := []any{options, &options, options.ClientSecret, program{options}, &program{options}, e.Client(t, druva.Options{}), *e.Client(t, druva.Options{})}
	for _, thing := range things {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, thing)
			for _, secret := range []string{"very", "password", fmt.Sprintf("%x", "very")} {
				if strings.Contains(text, secret) {
					t.Errorf("%s of a %T: %s", verb, thing, text)
				}
			}
		}
	}
	if options.ClientSecret.Reveal() != "the+very/secret=" {
		t.Error("the secret is lost")
	}
}

func TestManyGoroutinesShareAClient(t *testing.T) {
	e, client := start(t, druvatest.Options{Devices: 10})
	count := 10_000
	var wait sync.WaitGroup
	var failed atomic.Int64
	var first atomic.Value
	for i := range count {
		wait.Add(1)
		go func() {
			defer wait.Done()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%10 == 0 {
				cancel()
			}
			_, err := client.Call(ctx, "insync.devices.list", nil)
			if err != nil && !errors.Is(err, context.Canceled) {
				failed.Add(1)
				first.CompareAndSwap(nil, err.Error())
			}
		}()
	}
	wait.Wait()
	if threads := pprof.Lookup("threadcreate").Count(); threads > 200 {
		t.Errorf("%d threads for goroutines that wait", threads)
	}
	if failed.Load() > 0 {
		t.Errorf("%d of %d failed: %v", failed.Load(), count, first.Load())
	}
	if tokens := control(t, e, map[string]any{"do": "log"})["tokens_minted"]; tokens != 1.0 {
		t.Error("tokens minted:", tokens)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := emulator.LiveHandles()
	goroutines := runtime.NumGoroutine()
	t.Run("use", func(t *testing.T) {
		e, client := start(t, druvatest.Options{Devices: 25, PageSize: 10})
		for range 20 {
			for range client.Insync.Devices.List(t.Context(), nil).All() {
				break
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Microsecond)
			client.Insync.Devices.Get(ctx, 1)
			cancel()
			client.Insync.Devices.Get(t.Context(), -1)
		}
		forgotten, err := druva.NewClient(e.Credentials())
		if err != nil {
			t.Fatal(err)
		}
		forgotten.Call(t.Context(), "insync.devices.list", nil)
	})
	for range 100 {
		if runtime.GC(); emulator.LiveHandles() <= before && runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("handles: %d before, %d after; goroutines: %d before, %d after", before, emulator.LiveHandles(), goroutines, runtime.NumGoroutine())
}

func TestAClosedClientRefuses(t *testing.T) {
	_, client := start(t, druvatest.Options{Devices: 3})
	client.Close()
	client.Close()
	var argument *druva.ArgumentError
	if _, err := client.Call(t.Context(), "insync.devices.list", nil); !errors.As(err, &argument) {
		t.Errorf("%T %v", err, err)
	} else if want := "insync.devices.list: the client is closed"; argument.Message != want || argument.Operation != "insync.devices.list" {
		t.Errorf("%q, not %q, of %q", argument.Message, want, argument.Operation)
	}
	for _, err := range client.Insync.Devices.List(t.Context(), nil).All() {
		if !errors.As(err, &argument) {
			t.Errorf("%T %v", err, err)
		}
	}
}

func TestAClientThatIsClosedMeanwhileSaysWhatItIs(t *testing.T) {
	e := druvatest.Start(t, druvatest.Options{Devices: 3})
	for range 2000 {
		client, err := druva.NewClient(e.Credentials())
		if err != nil {
			t.Fatal(err)
		}
		whole := client.String()
		go client.Close()
		for said := whole; said != "a closed client"; said = client.String() {
			if said != whole && said != "" {
				t.Fatalf("%q", said)
			}
		}
	}
}

func TestAnEmulatorHasItsOptions(t *testing.T) {
	e, client := start(t, druvatest.Options{Customers: 3, ExpiredStatus: 403})
	if all := customers(t, client); len(all) != 3 {
		t.Error("customers:", len(all))
	}
	control(t, e, map[string]any{"do": "revoke"})
	customers(t, client)
	refused := 0
	for _, request := range control(t, e, map[string]any{"do": "log"})["requests"].([]any) {
		if request.(map[string]any)["status"] == 403.0 {
			refused++
		}
	}
	if refused != 1 {
		t.Error("403:", refused)
	}
}

func TestTheClockMoves(t *testing.T) {
	e, client := start(t, druvatest.Options{Devices: 3})
	for range 2 {
		if _, err := client.Call(t.Context(), "insync.devices.list", nil); err != nil {
			t.Fatal(err)
		}
		if err := druvatest.AdvanceClock(client, 2*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if tokens := control(t, e, map[string]any{"do": "log"})["tokens_minted"]; tokens != 2.0 {
		t.Error("tokens minted:", tokens)
	}
}

func TestAWaitEndsWithTheWork(t *testing.T) {
	e, client := start(t, druvatest.Options{Devices: 3})
	restore := func() int64 {
		created, err := client.Insync.Restores.Create(t.Context(), &insync.RestoresCreateOptions{
			DeviceID: druva.Int(1), TargetDeviceID: druva.Int(1), RestoreLocation: "Desktop",
		})
		if err != nil {
			t.Fatal(err)
		}
		return created.Restores[0].RestoreID.Value
	}
	var states []string
	options := &druva.WaitOptions{Interval: time.Millisecond, Progress: func(state string) {
		states = append(states, state)
		// Blocking is allowed here: the work ends while the wait is held up, and every look is told all the same.
		if state == "Ongoing" && len(states) == 1 {
			time.Sleep(20 * time.Millisecond)
			control(t, e, map[string]any{"do": "advance", "seconds": 120})
			client.Call(t.Context(), "insync.devices.list", nil)
		}
	}}
	done, err := client.Insync.Restores.Wait(t.Context(), restore(), options)
	if err != nil || done.Status.Value != "Successful" {
		t.Fatalf("%+v %v", done, err)
	}
	if last := len(states) - 1; last < 2 || states[last] != "Successful" || states[last-1] != "Ongoing" {
		t.Error(states)
	}

	// Without end, but for the one that the caller sets.
	id := map[string]any{"restoreID": restore()}
	reason := errors.New("the program ends")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err = client.Wait(ctx, "insync.restores.get", id, &druva.WaitOptions{Progress: func(string) { cancel(reason) }})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) {
		t.Errorf("%T %v", err, err)
	}
	_, err = client.Wait(t.Context(), "insync.restores.get", id, &druva.WaitOptions{Timeout: 50 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "Ongoing") {
		t.Errorf("%T %v", err, err)
	}
	deadline, release := context.WithTimeout(t.Context(), time.Second)
	defer release()
	if _, err = client.Wait(deadline, "insync.restores.get", id, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%T %v", err, err)
	}

	var argument *druva.ArgumentError
	if _, err = client.Wait(t.Context(), "insync.devices.get", map[string]any{"deviceID": 1}, nil); !errors.As(err, &argument) {
		t.Errorf("%T %v", err, err)
	}
	if _, err = client.Wait(t.Context(), "insync.restores.get", id, &druva.WaitOptions{Interval: -1}); !errors.As(err, &argument) {
		t.Errorf("%T %v", err, err)
	}
}
