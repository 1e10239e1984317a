package druva_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"druva-sdk/druva"
	"druva-sdk/druva/druvatest"
	"druva-sdk/druva/insync"
)

func TestListsPageByPage(t *testing.T) {
	_, client := start(t, druvatest.Options{Devices: 25, PageSize: 10})
	list := client.Insync.Devices.List(t.Context(), nil)
	var sizes []int
	for page, err := range list.Pages() {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(list.Items(page)))
	}
	if fmt.Sprint(sizes) != "[10 10 5]" {
		t.Error(sizes)
	}
	count := 0
	for device, err := range client.Insync.Devices.List(t.Context(), nil).All() {
		if err != nil {
			t.Fatal(err)
		}
		if !device.DeviceID.Valid || len(device.Raw) == 0 {
			t.Errorf("%+v", device)
		}
		if count++; count == 12 {
			break
		}
	}
	var ids []int64
	for device, err := range client.Insync.Devices.List(t.Context(), &insync.DevicesListOptions{PlatformOS: druva.String("win32")}).All() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, device.DeviceID.Value)
	}
	device, err := client.Insync.Devices.Get(t.Context(), ids[0])
	if err != nil || device.DeviceID.Value != ids[0] || device.PlatformOS.Value != "win32" {
		t.Error(device, err)
	}
	generic := client.Pages(t.Context(), "insync.devices.list", map[string]any{"deviceIDs": ids[:1]})
	for item, err := range generic.All() {
		if err != nil || !strings.Contains(string(item), fmt.Sprint(ids[0])) {
			t.Error(string(item), err)
		}
	}
	response, err := client.Call(t.Context(), "insync.devices.get", map[string]any{"deviceID": ids[0]})
	var same insync.Device
	if err != nil || response.JSON(&same) != nil || same.DeviceID != device.DeviceID || response.Header.Get("content-type") == "" {
		t.Error(response, err)
	}
}

// Whoever keeps the cursor after each event goes on with the page that was not done, and never behind it.
func TestACursorLosesNothing(t *testing.T) {
	_, client := start(t, druvatest.Options{PageSize: 10})
	list := client.Insync.Events.List(t.Context(), nil)
	var ids []int64
	var cursors []string
	for event, err := range list.All() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, event.EventID.Value)
		cursors = append(cursors, list.Cursor())
		if len(ids) == 25 {
			break
		}
	}
	if kept := list.Cursor(); kept != cursors[24] {
		t.Errorf("behind the loop %q, in it %q", kept, cursors[24])
	}
	for at, next := range map[int]int{0: 0, 8: 0, 9: 10, 10: 10, 18: 10, 19: 20, 24: 20} {
		options := &insync.EventsListOptions{}
		if cursors[at] != "" {
			options.Tracker = druva.String(cursors[at])
		}
		for event, err := range client.Insync.Events.List(t.Context(), options).All() {
			if err != nil {
				t.Fatal(err)
			}
			if event.EventID.Value != ids[next] {
				t.Errorf("after event %d: %d, not %d", at, event.EventID.Value, ids[next])
			}
			break
		}
	}
	sizes := 0
	for page, err := range list.Pages() {
		if err != nil {
			t.Fatal(err)
		}
		if sizes += len(list.Items(page)); sizes == 10 && list.Cursor() == cursors[24] {
			t.Error("a whole page leaves the cursor where it was")
		}
	}
}

// Every method that can be called without positional arguments and without changing anything, through the typed surface.
func TestTypedLists(t *testing.T) {
	_, client := start(t, druvatest.Options{Devices: 30, Users: 20, PageSize: 10})
	called := 0
	var walk func(service reflect.Value)
	walk = func(service reflect.Value) {
		for i := range service.Elem().NumField() {
			if field := service.Elem().Field(i); field.Kind() == reflect.Pointer {
				walk(field)
			}
		}
		for i := range service.NumMethod() {
			name := service.Type().Method(i).Name
			method := service.Method(i)
			arguments := []reflect.Value{reflect.ValueOf(t.Context())}
			for at := 1; at < method.Type().NumIn(); at++ {
				if options := method.Type().In(at); options.Kind() == reflect.Pointer {
					arguments = append(arguments, reflect.New(options.Elem()))
				}
			}
			if name != "List" || len(arguments) < method.Type().NumIn() {
				continue
			}
			called++
			if err := drain(method.Call(arguments)); err != nil {
				t.Errorf("%v.%s: %v", service.Type(), name, err)
			}
		}
	}
	walk(reflect.ValueOf(client.Insync))
	walk(reflect.ValueOf(client.Platform))
	if called < 10 {
		t.Errorf("only %d methods were called", called)
	}
}

// drain ranges over all items of a list, or takes the error of a call.
func drain(results []reflect.Value) error {
	if len(results) == 2 {
		err, _ := results[1].Interface().(error)
		return err
	}
	for _, err := range results[0].MethodByName("All").Call(nil)[0].Seq2() {
		if err, _ := err.Interface().(error); err != nil {
			return err
		}
	}
	return nil
}
