// Command runner plays conformance scenarios: it reads a request a line and writes an answer a line.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"druva-sdk/druva"
	"druva-sdk/druva/druvatest"
	"druva-sdk/druva/insync"
)

// request is what the scenarios ask for.
type request struct {
	Do          string
	Client      string
	Options     map[string]any
	Operation   string
	Argument    string
	Arguments   json.RawMessage
	Timeout     *float64
	CancelAfter *float64 `json:"cancel_after"`
	Interval    *float64
	Concurrent  int
	Limit       *int
	Seconds     float64
	Of, ID      string
	Provide     string
	Show        bool
	Type        string
	Values      []json.RawMessage
}

type object = map[string]any

// unsupported is what the runner cannot do.
type unsupported string

func (u unsupported) Error() string { return string(u) }

// shown is how what came of a request looks when it is printed, whole what is in it.
var shown, whole strings.Builder

func shows(it any) {
	fmt.Fprintf(&shown, "%v %+v %#v %s %q\n", it, it, it, it, it)
	text, err := json.Marshal(it)
	fmt.Fprintln(&whole, string(text), err)
}

func main() {
	clients := map[string]*druva.Client{}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for input.Scan() {
		asked := request{Client: "a", Of: "a", Concurrent: 1}
		var ok any
		err := json.Unmarshal(input.Bytes(), &asked)
		answer := object{}
		if err == nil {
			ok, answer, err = carryOut(clients, asked)
		}
		switch unable := unsupported(""); {
		case err == nil:
			answer = object{"ok": ok}
		case errors.As(err, &unable):
			answer = object{"unsupported": string(unable)}
		default:
			if answer == nil {
				answer = object{}
			}
			answer["error"] = describe(err)
		}
		if asked.Show {
			answer["shown"], answer["whole"] = shown.String(), whole.String()
		}
		shown.Reset()
		whole.Reset()
		if err := output.Encode(answer); err != nil {
			os.Exit(1)
		}
	}
}

// carryOut returns what goes back, or an error and what goes back beside it.
func carryOut(clients map[string]*druva.Client, asked request) (ok any, beside object, err error) {
	client := clients[asked.Client]
	switch asked.Do {
	case "decode":
		ok, err = decode(asked)
		return ok, nil, err
	case "collect":
		runtime.GC()
		return nil, nil, nil
	case "customer":
		if clients[asked.Of] == nil {
			return nil, nil, unsupported("no client " + asked.Of + " is open")
		}
		if client, err = clients[asked.Of].Customer(asked.ID); err == nil {
			clients[asked.Client] = client
		}
		return nil, nil, err
	case "open":
		if client != nil {
			client.Close()
			delete(clients, asked.Client)
		}
		options, err := configure(asked.Options)
		if err != nil {
			return nil, nil, err
		}
		if asked.Provide != "" {
			options.CredentialProvider = func(context.Context) (druva.Credential, error) { return provided(asked.Provide) }
		}
		if client, err = druva.NewClient(options); err != nil {
			return nil, nil, err
		}
		clients[asked.Client] = client
		shows(options)
		shows(client)
		return nil, nil, nil
	}
	if client == nil {
		return nil, nil, unsupported("no client " + asked.Client + " is open")
	}
	switch asked.Do {
	case "call":
		ok, err = call(client, asked)
		return ok, nil, err
	case "customers":
		ok, err = customers(client, asked)
		return ok, nil, err
	case "typed":
		ok, err = typed(client, asked)
		return ok, nil, err
	case "pages":
		seen, err := pages(client, asked)
		return seen, seen, err
	case "wait":
		ok, err = wait(client, asked)
		return ok, nil, err
	case "doctor":
		diagnosis, err := client.Doctor(context.Background())
		if err != nil {
			return nil, nil, err
		}
		return object{"ok": diagnosis.OK, "findings": diagnosis.Findings, "text": diagnosis.String()}, nil, nil
	case "devices":
		ok, err = devices(client, asked)
		return ok, nil, err
	case "advance":
		return nil, nil, druvatest.AdvanceClock(client, seconds(asked.Seconds))
	case "show":
		return object{"text": fmt.Sprintf("%v %+v %#v %+v", client, client, client, *client)}, nil, nil
	case "close":
		client.Close()
		delete(clients, asked.Client)
		return nil, nil, nil
	}
	return nil, nil, unsupported(asked.Do)
}

// provided reads the credential in a file, as a program's own function might.
func provided(path string) (given druva.Credential, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return given, err
	}
	var found struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	err = json.Unmarshal(text, &found)
	return druva.Credential{ClientID: found.ID, ClientSecret: druva.NewSecret(found.Secret)}, err
}

// configure fills the fields of Options by the names that scenarios use.
func configure(given map[string]any) (options druva.Options, err error) {
	fields := map[string]reflect.Value{}
	all := reflect.ValueOf(&options).Elem()
	for i := range all.NumField() {
		fields[all.Type().Field(i).Tag.Get("option")] = all.Field(i)
	}
	for name, value := range given {
		field, ok := fields[name]
		if !ok {
			return options, unsupported("option " + name)
		}
		switch place := field.Addr().Interface().(type) {
		case *druva.Secret:
			*place = druva.NewSecret(fmt.Sprint(value))
		case *string:
			*place = fmt.Sprint(value)
			if name == "base_url" {
				// An empty text is one that is not given, and has a default: a blank is the nearest that Go can say.
				*place = cmp.Or(*place, " ")
			}
		case *time.Duration:
			// No waiting at all would be Go's zero value: the default.
			*place = max(seconds(value.(float64)), time.Nanosecond)
		case *int:
			*place = int(value.(float64))
		}
	}
	return options, nil
}

// context ends when the request says so. What it holds is given back with the function.
func (asked request) context() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	if asked.CancelAfter != nil {
		time.AfterFunc(seconds(*asked.CancelAfter), cancel)
	}
	if asked.Timeout != nil {
		limited, release := context.WithTimeout(ctx, seconds(*asked.Timeout))
		return limited, func() { release(); cancel() }
	}
	return ctx, cancel
}

func call(client *druva.Client, asked request) (any, error) {
	once := func() (*druva.Response, error) {
		ctx, release := asked.context()
		defer release()
		return client.Call(ctx, asked.Operation, asked.Arguments)
	}
	if asked.Concurrent > 1 {
		return object{"results": together(slices.Repeat([]caller{once}, asked.Concurrent))}, nil
	}
	response, err := once()
	if err != nil {
		return nil, err
	}
	return plain(response), nil
}

func wait(client *druva.Client, asked request) (any, error) {
	states := []string{}
	options := druva.WaitOptions{Progress: func(state string) { states = append(states, state) }}
	if asked.Interval != nil {
		options.Interval = seconds(*asked.Interval)
	}
	if asked.Timeout != nil {
		options.Timeout, asked.Timeout = seconds(*asked.Timeout), nil
	}
	ctx, release := asked.context()
	defer release()
	response, err := client.Wait(ctx, asked.Operation, asked.Arguments, &options)
	if err != nil {
		return nil, err
	}
	answer := plain(response)
	answer["states"] = states
	return answer, nil
}

// plain is an answer as the scenarios look at it.
func plain(response *druva.Response) object {
	fmt.Fprintf(&shown, "%v %+v %#v %s\n", response, response, response, response)
	answer := object{"status": response.Status, "attempts": response.Attempts}
	if json.Valid(response.Body) {
		answer["json"] = json.RawMessage(response.Body)
	} else {
		answer["text"] = string(response.Body)
	}
	return answer
}

// customers calls with a client of each customer for each of its callers.
func customers(provider *druva.Client, asked request) (any, error) {
	var calls []caller
	for customer, err := range provider.MSP.Customers.List(context.Background(), nil).All() {
		if err != nil {
			return nil, err
		}
		arguments := object{asked.Argument: customer.ID.Value}
		for range asked.Concurrent {
			own, err := provider.Customer(customer.ID.Value)
			if err != nil {
				return nil, err
			}
			defer own.Close()
			calls = append(calls, func() (*druva.Response, error) {
				return own.Call(context.Background(), asked.Operation, arguments)
			})
		}
	}
	return object{"results": together(calls)}, nil
}

type caller = func() (*druva.Response, error)

// together makes the calls at once and counts how they end.
func together(calls []caller) map[string]int {
	results := map[string]int{}
	var lock sync.Mutex
	var wait sync.WaitGroup
	for _, once := range calls {
		wait.Add(1)
		go func() {
			defer wait.Done()
			end := "ok"
			if _, err := once(); err != nil {
				end = fmt.Sprint(describe(err)["class"])
			}
			lock.Lock()
			defer lock.Unlock()
			results[end]++
		}()
	}
	wait.Wait()
	return results
}

func pages(client *druva.Client, asked request) (object, error) {
	ctx, release := asked.context()
	defer release()
	list := client.Pages(ctx, asked.Operation, asked.Arguments)
	sizes, items := []int{}, 0
	seen := func() object {
		answer := object{"pages": sizes, "items": items, "cursor": nil}
		if cursor := list.Cursor(); cursor != "" {
			answer["cursor"] = cursor
		}
		return answer
	}
	shows(list)
	for page, err := range list.Pages() {
		if err != nil {
			return seen(), err
		}
		sizes = append(sizes, len(list.Items(page)))
		items += len(list.Items(page))
		if asked.Limit != nil && items >= *asked.Limit {
			break
		}
	}
	return seen(), nil
}

func devices(client *druva.Client, asked request) (any, error) {
	var options insync.DevicesListOptions
	if asked.Arguments != nil {
		if err := json.Unmarshal(asked.Arguments, &options); err != nil {
			return nil, err
		}
	}
	seen := []object{}
	for device, err := range client.Insync.Devices.List(context.Background(), &options).All() {
		if err != nil {
			return nil, err
		}
		seen = append(seen, object{
			"deviceID":               device.DeviceID,
			"deviceName":             device.DeviceName,
			"deviceStatus":           device.DeviceStatus,
			"userID":                 device.UserID,
			"totalBackupDataInBytes": device.TotalBackupDataInBytes,
			"lastConnected":          device.LastConnected,
			"deviceMarkedInactive":   device.DeviceMarkedInactive,
			"raw":                    device.Raw,
		})
	}
	return object{"devices": seen}, nil
}

// describe writes an error as every language does, from what Go's error says.
func describe(err error) object {
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		shows(cause)
	}
	var e *druva.Error
	if !errors.As(err, &e) {
		return object{"class": fmt.Sprintf("%T", err), "message": err.Error()}
	}
	description := object{
		"kind": e.Kind, "class": e.Class, "message": err.Error(), "operation": text(e.Operation), "method": text(e.Method),
		"path": text(e.Path), "status": nil, "code": text(e.Code), "retryable": e.Retryable, "attempts": e.Attempts,
		"may_have_been_applied": e.MayHaveBeenApplied, "retry_after": nil, "hint": text(e.Hint), "body": nil,
	}
	if e.Status != 0 {
		description["status"], description["body"] = e.Status, e.Body
	}
	if wait, ok := e.RetryAfter.Get(); ok {
		description["retry_after"] = wait.Seconds()
	}
	// The class is what errors.As finds, not what the error says of itself.
	if found := class(err); found != e.Class {
		description["class"] = "a " + found + " that calls itself " + e.Class
	}
	return description
}

// class is the name of an error's type in every language.
func class(err error) string {
	switch name := reflect.TypeOf(err).Elem().Name(); name {
	case "Error":
		return "DruvaError"
	case "APIError":
		return "ApiError"
	default:
		return name
	}
}

func text(value string) any {
	if value == "" {
		return nil
	}
	return value
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }
