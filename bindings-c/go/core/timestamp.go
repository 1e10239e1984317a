package core

import "time"

// Timestamp is a point in time as Druva writes it: RFC 3339, and now and then something else, such as "-" for none.
type Timestamp string

// TimestampOf writes a time for an argument.
func TimestampOf(t time.Time) Timestamp { return Timestamp(t.UTC().Format(time.RFC3339Nano)) }

// Time reads the text; an error when it is no RFC 3339.
func (t Timestamp) Time() (time.Time, error) { return time.Parse(time.RFC3339, string(t)) }
