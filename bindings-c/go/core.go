package druva

import (
	"time"

	"druva-sdk/druva/core"
)

// Opt is a value that may be missing: a field of an answer, or an argument. Value is T's zero value then; Or gives
// another one.
type Opt[T any] = core.Opt[T]

// Response is an answer as it came.
type Response = core.Response

// Pages is a list that comes page by page: All loops over its items, Pages over its pages, Cursor is where to go on. A
// page is fetched when it is asked for, from the third on while the one before is worked on.
type Pages[P, T any] = core.Pages[P, T]

// WaitOptions say how to wait for work to end.
type WaitOptions = core.WaitOptions

// Applied says whether the request of a failed call may have taken effect.
type Applied = core.Applied

// What may have become of a request.
const (
	AppliedNo      = core.AppliedNo
	AppliedUnknown = core.AppliedUnknown
	AppliedYes     = core.AppliedYes
)

// String is a string argument.
func String(value string) Opt[string] { return core.Some(value) }

// Int is an integer argument.
func Int(value int64) Opt[int64] { return core.Some(value) }

// Float is an argument that is any number.
func Float(value float64) Opt[float64] { return core.Some(value) }

// Bool is an argument that is true or false.
func Bool(value bool) Opt[bool] { return core.Some(value) }

// JSON is a value of which the documents say no more than that it is JSON, such as the cells of a report.
type JSON = core.JSON

// Timestamp is a point in time as Druva writes it; its Time method reads it.
type Timestamp = core.Timestamp

// Time is an argument that is a point in time.
func Time(value time.Time) Opt[Timestamp] { return core.Some(core.TimestampOf(value)) }
