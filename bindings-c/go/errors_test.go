package druva_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"druva-sdk/druva"
	"druva-sdk/druva/core"
)

func is[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

// What errors.As finds, by the kind of the class.
var found = map[druva.Kind]func(error) bool{
	druva.KindConfig:             is[*druva.ConfigError],
	druva.KindArgument:           is[*druva.ArgumentError],
	druva.KindAuth:               is[*druva.AuthError],
	druva.KindInvalidCredentials: is[*druva.InvalidCredentialsError],
	druva.KindWrongCloud:         is[*druva.WrongCloudError],
	druva.KindConnection:         is[*druva.ConnectionError],
	druva.KindTimeout:            is[*druva.TimeoutError],
	druva.KindCancelled:          is[*druva.CancelledError],
	druva.KindDecode:             is[*druva.DecodeError],
	druva.KindInternal:           is[*druva.InternalError],
	druva.KindAPI:                is[*druva.APIError],
	druva.KindBadRequest:         is[*druva.BadRequestError],
	druva.KindAuthentication:     is[*druva.AuthenticationError],
	druva.KindPermissionDenied:   is[*druva.PermissionDeniedError],
	druva.KindNotFound:           is[*druva.NotFoundError],
	druva.KindConflict:           is[*druva.ConflictError],
	druva.KindUnprocessable:      is[*druva.UnprocessableError],
	druva.KindRateLimited:        is[*druva.RateLimitedError],
	druva.KindServer:             is[*druva.ServerError],
}

// The classes that an error of a kind is found as, beside Error.
var classes = map[druva.Kind][]druva.Kind{
	druva.KindError:              {},
	druva.KindConfig:             {druva.KindConfig},
	druva.KindArgument:           {druva.KindArgument},
	druva.KindAuth:               {druva.KindAuth},
	druva.KindInvalidCredentials: {druva.KindInvalidCredentials, druva.KindAuth},
	druva.KindWrongCloud:         {druva.KindWrongCloud, druva.KindAuth},
	druva.KindConnection:         {druva.KindConnection},
	druva.KindTimeout:            {druva.KindTimeout},
	druva.KindCancelled:          {druva.KindCancelled},
	druva.KindDecode:             {druva.KindDecode},
	druva.KindInternal:           {druva.KindInternal},
	druva.KindAPI:                {druva.KindAPI},
	druva.KindBadRequest:         {druva.KindBadRequest, druva.KindAPI},
	druva.KindAuthentication:     {druva.KindAuthentication, druva.KindAPI},
	druva.KindPermissionDenied:   {druva.KindPermissionDenied, druva.KindAPI},
	druva.KindNotFound:           {druva.KindNotFound, druva.KindAPI},
	druva.KindConflict:           {druva.KindConflict, druva.KindAPI},
	druva.KindUnprocessable:      {druva.KindUnprocessable, druva.KindAPI},
	druva.KindRateLimited:        {druva.KindRateLimited, druva.KindAPI},
	druva.KindServer:             {druva.KindServer, druva.KindAPI},
}

func TestErrorsOfEveryKind(t *testing.T) {
	reason := errors.New("the program ends")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	for kind := range classes {
		bare := core.Raise(ctx, fmt.Appendf(nil, `{"kind": %q, "class": "Its", "message": "m", "operation": "insync.devices.get",
			"method": "GET", "path": "/p", "status": 429, "code": "X-1", "retryable": true, "attempts": 3,
			"may_have_been_applied": "unknown", "retry_after": 1.5, "hint": "wait", "body": "the body"}`, kind))
		err := fmt.Errorf("the report: %w", errors.Join(bare, errors.New("another")))
		var whole *druva.Error
		if !errors.As(err, &whole) || whole.Kind != kind || whole.Status != 429 || whole.Body != "the body" {
			t.Fatalf("%s: %T %v", kind, bare, bare)
		}
		for name, class := range found {
			if want := slices.Contains(classes[kind], name); class(err) != want {
				t.Errorf("%s is found as %s: %v", kind, name, !want)
			}
		}
		text, failure := json.Marshal(bare)
		var read map[string]any
		if failure != nil || json.Unmarshal(text, &read) != nil || read["Kind"] != string(kind) || read["Message"] != "m" ||
			read["RetryAfter"] != 1.5e9 || read["MayHaveBeenApplied"] != "unknown" || read["Body"] != "the body" {
			t.Errorf("%s: %s %v", kind, text, failure)
		}
		if shown := fmt.Sprintf("%+v", bare); shown != "m" {
			t.Errorf("%s: %s", kind, shown)
		}
		if shown := fmt.Sprintf("%#v", bare); !strings.Contains(shown, `"m"`) || strings.Contains(shown, "the body") {
			t.Errorf("%s: %s", kind, shown)
		}
		cancelled, late := kind == druva.KindCancelled, kind == druva.KindTimeout
		if errors.Is(err, context.Canceled) != cancelled || errors.Is(err, context.DeadlineExceeded) != late ||
			errors.Is(err, reason) != (cancelled || late) || !errors.Is(err, bare) {
			t.Errorf("%s is what it is not, or is not what it is", kind)
		}
	}
}
