module druva-sdk/examples

go 1.24

require (
	druva-sdk/druva v0.0.0
	github.com/mattn/go-sqlite3 v1.14.53
)

replace druva-sdk/druva => ..
