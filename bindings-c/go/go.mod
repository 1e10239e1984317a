module druva-sdk/druva

go 1.24
