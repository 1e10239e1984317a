package main

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	"druva-sdk/druva"
)

// typed calls an operation through its own method, as a program would: by the names, nothing is known of any one operation.
func typed(client *druva.Client, asked request) (any, error) {
	method := methodOf(client, asked.Operation)
	if !method.IsValid() {
		return nil, unsupported(asked.Operation)
	}
	given, err := parameters(method.Type(), asked)
	if err != nil {
		return nil, err
	}
	results := method.Call(given)
	if len(results) == 1 {
		return everyPage(results[0])
	}
	if err, _ := results[1].Interface().(error); err != nil {
		return nil, err
	}
	if response, ok := results[0].Interface().(*druva.Response); ok {
		return object{"status": response.Status}, nil
	}
	return look(results[0]), nil
}

// methodOf finds client.<Product>.<Resource>.<Verb>.
func methodOf(client *druva.Client, operation string) (method reflect.Value) {
	place := reflect.ValueOf(client)
	parts := strings.Split(operation, ".")
	for _, part := range parts[:len(parts)-1] {
		if place = place.Elem().FieldByNameFunc(named(part)); !place.IsValid() {
			return place
		}
	}
	for i := range place.NumMethod() {
		if named(parts[len(parts)-1])(place.Type().Method(i).Name) {
			return place.Method(i)
		}
	}
	return reflect.Value{}
}

// named compares Go's names with those of the model: aws_native is AWSNative.
func named(name string) func(string) bool {
	name = strings.ReplaceAll(name, "_", "")
	return func(own string) bool { return strings.EqualFold(own, name) }
}

// parameters are what a method takes: what stands in the path by position, all else in the options.
func parameters(method reflect.Type, asked request) ([]reflect.Value, error) {
	var arguments map[string]json.RawMessage
	if err := json.Unmarshal(asked.Arguments, &arguments); err != nil {
		return nil, err
	}
	given := []reflect.Value{reflect.ValueOf(context.Background())}
	for _, name := range positional(asked.Operation) {
		place := reflect.New(method.In(len(given)))
		if err := json.Unmarshal(arguments[name], place.Interface()); err != nil {
			return nil, err
		}
		given = append(given, place.Elem())
	}
	if len(given) < method.NumIn() {
		options := reflect.New(method.In(len(given)).Elem())
		if err := json.Unmarshal(asked.Arguments, options.Interface()); err != nil {
			return nil, err
		}
		given = append(given, options)
	}
	return given, nil
}

func positional(id string) (names []string) {
	for _, operation := range druva.Operations() {
		for _, param := range operation.Params {
			if operation.ID == id && param.Place == "path" && param.Required {
				names = append(names, param.Name)
			}
		}
	}
	return names
}

// everyPage goes through a list to its end.
func everyPage(list reflect.Value) (any, error) {
	read, raw := []any{}, []any{}
	for page, err := range list.MethodByName("Pages").Call(nil)[0].Seq2() {
		if err, _ := err.Interface().(error); err != nil {
			return nil, err
		}
		seen := look(page)
		read, raw = append(read, seen["read"]), append(raw, seen["raw"])
	}
	return object{"read": read, "raw": raw}, nil
}

// look is an answer as its fields give it and as it came.
func look(answer reflect.Value) object {
	read, _ := see(answer)
	return object{"read": read, "raw": raw(answer)}
}

// see is what a program reads of a value; false if nothing.
func see(value reflect.Value) (any, bool) {
	switch one := value.Interface().(type) {
	case druva.JSON:
		return json.RawMessage(one), one != nil
	case interface{ IsZero() bool }:
		return one, !one.IsZero()
	}
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil, false
		}
		return see(value.Elem())
	case reflect.Struct:
		members := object{}
		for i := range value.NumField() {
			name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
			if seen, ok := see(value.Field(i)); ok && name != "-" {
				members[name] = seen
			}
		}
		return members, true
	case reflect.Slice:
		items := []any{}
		for i := range value.Len() {
			if seen, ok := see(value.Index(i)); ok {
				items = append(items, seen)
			}
		}
		return items, !value.IsNil()
	case reflect.Map:
		members := object{}
		for name, one := range value.Seq2() {
			if seen, ok := see(one); ok {
				members[name.String()] = seen
			}
		}
		return members, !value.IsNil()
	}
	return value.Interface(), true
}

// raw is a value as it came: an object's own Raw, of what holds objects each of theirs.
func raw(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		return raw(value.Elem())
	case reflect.Struct:
		if whole := value.FieldByName("Raw"); whole.IsValid() {
			return whole.Interface()
		}
	case reflect.Slice:
		if value.Type() == reflect.TypeFor[druva.JSON]() {
			break
		}
		items := []any{}
		for i := range value.Len() {
			items = append(items, raw(value.Index(i)))
		}
		return items
	}
	return value.Interface()
}

// decode reads values as a model.
func decode(asked request) (any, error) {
	product, name, _ := strings.Cut(asked.Type, ".")
	for path, model := range models() {
		if own, type_, _ := strings.Cut(path, "."); !named(product)(own) || !named(name)(type_) {
			continue
		}
		seen := []object{}
		for _, value := range asked.Values {
			place := reflect.New(model)
			if err := json.Unmarshal(value, place.Interface()); err != nil {
				return nil, err
			}
			seen = append(seen, look(place))
		}
		return seen, nil
	}
	return nil, unsupported(asked.Type)
}

// models are the structs that methods return, and those in their fields, as "insync.Device".
var models = sync.OnceValue(func() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			_, known := found[t.String()]
			if _, model := t.FieldByName("Raw"); known || !model {
				return
			}
			found[t.String()] = t
			for i := range t.NumField() {
				walk(t.Field(i).Type)
			}
		}
	}
	var services func(reflect.Type)
	services = func(t reflect.Type) {
		for i := range t.Elem().NumField() {
			if field := t.Elem().Field(i); field.IsExported() {
				services(field.Type)
			}
		}
		for i := range t.NumMethod() {
			result := t.Method(i).Type.Out(0)
			if pages, ok := result.MethodByName("Items"); ok {
				result = pages.Type.In(1)
			}
			walk(result)
		}
	}
	services(reflect.TypeFor[*druva.Products]())
	return found
})
