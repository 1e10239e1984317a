module druva-sdk/bench

go 1.25.0

require (
	druva-sdk/druva v0.0.0
	golang.org/x/oauth2 v0.36.0
)

replace druva-sdk/druva => ../../../bindings-c/go
