package druva

import (
	"encoding/json"
	"sync"

	"druva-sdk/druva/internal/native"
)

// Operation describes a call, for programs that look around: generic tools, tables, completions.
type Operation struct {
	// ID is what [Client.Call] takes: "insync.devices.get".
	ID string
	// Product is the first part of the id.
	Product string
	// Method and Path are those of the request; Routes has the paths of the clouds that have another one.
	Method, Path string
	Routes       map[string]string
	// Summary is a sentence about it.
	Summary string
	// Params are its arguments, in the order of a method's parameters and options.
	Params []Param
	// Answer is the type of the answer, or the media type of one that is no JSON; "" where nothing is known of it.
	Answer string
	// Paging is what a list goes on by: "token", "number", "offset" or "tracker"; "" of what is no list.
	Paging string
	// Cursor is the argument that a list goes on with, Items the dotted path of the items in its answer.
	Cursor, Items string
	// State is, of an operation that [Client.Wait] takes, the dotted path of the state in its answer.
	State string
	// Retry says whether the call is sent again when its outcome is unknown: "safe" and "idempotent" ones are, "never" not.
	Retry string
	// Clouds serve it.
	Clouds []string
	// Documents of Druva's describe it.
	Documents []string
	// Deprecated says why not to use it any more, and what to use.
	Deprecated string
}

// Param is an argument of an operation.
type Param struct {
	// Name is its key in the arguments of [Client.Call], Wire is what Druva calls it.
	Name, Wire string
	// Place is where it travels: "path", "query", "header" or "body".
	Place string
	// Type is "string", "integer", "list" and so on.
	Type string
	// Required: a call without it is refused before anything is sent.
	Required bool
}

var operations = sync.OnceValue(func() (all []Operation) {
	if err := json.Unmarshal(native.Operations(), &all); err != nil {
		panic("druva: the library's operations: " + err.Error())
	}
	return all
})

// Operations are all that there are. The slice is shared: it is for reading.
func Operations() []Operation { return operations() }
